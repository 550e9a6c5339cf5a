"""The legend under a picture: each sign as it is drawn in the picture, with its meaning."""

from __future__ import annotations

from math import ceil

from lxml import etree

from visualize import pen, style
from visualize.fonts import text_width
from visualize.graph import SIGNS, Mark, Trigger
from visualize.layout import Curve, Rect
from visualize.legend import Entry
from visualize.shapes import draw_mark_badge

_SIZE = 10.5
_ROW = 21.0
_SAMPLE = 40.0
_GAP = 22.0
_HEAD = 34.0

_ICONS = {
    "on-enter": "bolt",
    "timeout": "clock",
    "manual": "person",
    "command": "command",
    "condition": "question",
    "flag": "flag",
    "missing": "warning",
    "finding": "warning",
}
_COLOURS = {"missing": style.MISSING, "finding": style.FINDING}
_FRAMES = {
    "on-enter": Trigger.ON_ENTER,
    "timeout": Trigger.TIMEOUT,
    "manual": Trigger.MANUAL,
    "call": Trigger.CALL,
}


def legend_size(entries: tuple[Entry, ...], width: float) -> float:
    """Return the height in points of the legend when it may be ``width`` points wide."""
    return _HEAD + _grid(entries, width)[1] * _ROW if entries else 0.0


def draw_legend(group: etree._Element, entries: tuple[Entry, ...], width: float) -> None:
    """Draw the entries in columns, from the upper left corner of ``group`` on."""
    column, rows = _grid(entries, width)
    pen.element(group, "path", d=f"M0,10 H{pen.number(width)}", stroke=style.CLUSTER_LINE, stroke_width=1)
    pen.text(group, "Legend", (0, 23), size=_SIZE, bold=True, color=style.MUTED)
    for number, entry in enumerate(entries):
        x, y = number // rows * column, _HEAD + number % rows * _ROW
        sample = pen.element(group, "g", class_=f"sample {entry.key}")
        _draw_sample(sample, entry.key, Rect(x, y, _SAMPLE - 8, _ROW - 5))
        pen.text(group, entry.meaning, (x + _SAMPLE, y + (_ROW - 5) / 2), size=_SIZE)


def _grid(entries: tuple[Entry, ...], width: float) -> tuple[float, int]:
    column = max(text_width(entry.meaning, _SIZE) for entry in entries) + _SAMPLE + _GAP
    columns = max(1, int((width + _GAP) // column))
    return column, ceil(len(entries) / columns)


def _draw_sample(group: etree._Element, key: str, rect: Rect) -> None:
    x, y = rect.center
    if key in _FRAMES:
        look = style.BOX[_FRAMES[key]]
        dash = look.dash
        pen.box(
            group, rect, radius=min(look.radius, 8), fill=look.fill, stroke=look.line, stroke_dasharray=dash
        )
    if key in _ICONS:
        pen.icon(group, _ICONS[key], (x - 5.5, y), 11, _COLOURS.get(key, style.INK))
    elif key == "call":
        pen.text(group, "event", (x, y), size=style.SMALLEST, bold=True, anchor="middle")
    elif key == "start":
        pen.element(group, "circle", cx=x, cy=y, r=6, fill=style.INK)
    elif key in set(Mark):
        draw_mark_badge(group, Mark(key), SIGNS[Mark(key)], Rect(x - 8, y - 8, 16, 16))
    elif key in ("happy", "thick", "eventless"):
        _draw_line(group, key, rect)
    elif key == "decision":
        _draw_diamond(group, x, y)
    elif key == "count":
        pen.box(group, Rect(x - 10, y - 7, 20, 14), radius=7, fill=style.BADGE)
        pen.text(group, "7", (x, y), size=style.SMALLEST, bold=True, color=style.PAPER, anchor="middle")
    else:
        _draw_frame(group, key, rect)


def _draw_line(group: etree._Element, key: str, rect: Rect) -> None:
    y, right = rect.center[1], rect.x + rect.width
    points = ((rect.x, y), (rect.x + 8, y), (right - 16, y), (right - 8, y))
    color = {"happy": style.HAPPY, "thick": style.AS_BEFORE}.get(key, style.LINE)
    width, dash = (style.LINE_WIDTH, "6 4") if key == "eventless" else (style.HAPPY_WIDTH, None)
    pen.arrow(group, Curve(points, None, (right, y)), color=color, width=width, dash=dash)


def _draw_diamond(group: etree._Element, x: float, y: float) -> None:
    points = " ".join(
        f"{pen.number(a)},{pen.number(b)}" for a, b in ((x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y))
    )
    pen.element(group, "polygon", points=points, fill=style.PAPER, stroke=style.INK, stroke_width=1.4)
    pen.text(group, "?", (x, y), size=10, bold=True, anchor="middle")


def _draw_frame(group: etree._Element, key: str, rect: Rect) -> None:
    if key == "highlight":
        look = {"fill": style.HIGHLIGHT_FILL, "stroke": style.HIGHLIGHT}
        pen.box(group, rect, radius=5, grow=-1, stroke_width=3, **look)
    elif key == "reserved":
        pen.box(group, rect, radius=4, fill=style.RESERVED_FILL, stroke=style.RESERVED, stroke_width=2)
        pen.box(group, Rect(rect.x + 3, rect.y + 3, 4, rect.height - 6), radius=1, fill=style.RESERVED)
        pen.icon(group, "lock", (rect.x + 13, rect.center[1]), 10, style.RESERVED)
    elif key == "heat":
        for number, fill in enumerate(style.HEAT):
            wide = rect.width / len(style.HEAT)
            pen.box(group, Rect(rect.x + number * wide, rect.y, wide, rect.height), fill=fill)
    elif key == "reference":
        pen.box(group, rect, radius=5, fill=style.PAPER, stroke=style.MUTED, stroke_dasharray="3 2.5")
        pen.icon(group, "arrow", (rect.center[0] - 5.5, rect.center[1]), 11, style.INK)
    elif key == "folded":
        pen.box(group, rect, radius=5, fill=style.CLUSTER_FILL, stroke=style.MUTED, stroke_width=2.2)
    elif key == "plain":
        pen.box(group, rect, radius=5, fill=style.PAPER, stroke=style.AS_BEFORE, stroke_width=1.3)
    elif key == "final":
        pen.box(group, rect, radius=5, fill=style.PAPER, stroke=style.INK, stroke_width=1.3)
        pen.box(group, rect, radius=3, grow=-3, fill="none", stroke=style.INK, stroke_width=1)
