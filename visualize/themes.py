"""The dark palette: for each colour of a light picture the one that stands for it on a dark ground."""

from __future__ import annotations

import re
from collections.abc import Iterator

from visualize import style
from visualize.graph import Mark

_MARKS = {
    Mark.ADDED: ("#4CC272", "#143322"),
    Mark.REMOVED: ("#FF8A7A", "#3F1B18"),
    Mark.RENAMED: ("#4CC7D0", "#0F3336"),
    Mark.CHANGED: ("#F0A651", "#3D2A0E"),
    Mark.TAKEN: ("#8FB4FF", "#1C2A4D"),
    Mark.MISSED: ("#F0A651", "#3D2A0E"),
}

DARK: dict[str, str] = {
    style.INK: "#E8EDF2",
    style.MUTED: "#A9B5C1",
    style.LINE: "#93A0AD",
    style.PAPER: "#12171D",
    style.HAPPY: "#4CC272",
    style.HAPPY_FILL: "#14301F",
    style.RESERVED: "#6DB3F8",
    style.RESERVED_FILL: "#12304F",
    style.MISSING: "#FF8A7A",
    style.HIGHLIGHT: "#FFB14D",
    style.HIGHLIGHT_FILL: "#4A3A10",
    style.FLAG: "#C9ABF5",
    style.FINDING: "#FFB057",
    style.CLUSTER_FILL: "#1A2129",
    style.CLUSTER_LINE: "#4A5663",
    style.AS_BEFORE: "#66727F",
    "#A67C00": "#E0B84A",
    "#FFF8E1": "#332A0F",
    "#F7F2FB": "#2A2138",
    **{look.color: _MARKS[mark][0] for mark, look in style.MARKS.items()},
    **{look.fill: _MARKS[mark][1] for mark, look in style.MARKS.items()},
    **dict(zip(style.HEAT, ("#1D2733", "#33301F", "#4D3B17", "#6B4410", "#8A4A0B", "#B04A12"), strict=True)),
}

_COLOUR = re.compile(r'(fill|stroke)="(#[0-9A-F]{6})"')


def darkened(svg: str) -> str:
    """Return a light picture in the dark palette."""
    return _COLOUR.sub(lambda found: f'{found[1]}="{DARK.get(found[2], found[2])}"', svg)


def dark_rules(scope: str) -> Iterator[str]:
    """Yield the rules of a style sheet that darken a picture within ``scope``; the sheet says when they hold."""
    for light, dark in DARK.items():
        for attribute in ("fill", "stroke"):
            yield f'{scope} [{attribute}="{light}"]{{{attribute}:{dark}}}'


def themed(svg: str, theme: str) -> str:
    """Return a light picture as the theme wants it: light, dark, or auto for what its reader prefers."""
    return darkened(svg) if theme == "dark" else either(svg) if theme == "auto" else svg


def either(svg: str) -> str:
    """Return a light picture that is dark for whoever prefers that."""
    rules = "".join(dark_rules(".earmark-diagram"))
    sheet = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    end = svg.index(">") + 1
    return svg[:end] + sheet + svg[end:]
