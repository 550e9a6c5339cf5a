"""The plot of a simulation: how much stock is bound over time, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from earmark.words.trial import seconds_text

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 880, 420, 80, 64, 56
_COLOURS = {"reserved": "#1558b0", "held": "#8a5a00", "without counts": "#9b1c31"}
_DASHES = {"reserved": "", "held": "6 3", "without counts": "2 3"}
_FONT = "font-family:Helvetica,Arial,sans-serif;fill:#1b2330"


def plot(process: str, points: Sequence[dict[str, Any]], without: Sequence[dict[str, Any]] | None) -> bytes:
    """Return the plot; ``without`` are the points of the same items where nobody counts stock."""
    lines = {name: [(point["at"], point[name]) for point in points] for name in ("reserved", "held")}
    if without is not None:
        lines["without counts"] = [(point["at"], point["reserved"] + point["held"]) for point in without]
    moments = [datetime.fromisoformat(at) for line in lines.values() for at, _ in line]
    start, span = min(moments), max((max(moments) - min(moments)).total_seconds(), 1.0)
    most = max((value for line in lines.values() for _, value in line), default=0) or 1
    root = etree.Element(
        "svg", {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "width": str(_WIDTH), "height": str(_HEIGHT)},
        nsmap={None: "http://www.w3.org/2000/svg"},  # type: ignore[dict-item]
    )  # fmt: skip
    etree.SubElement(root, "title").text = f"{process}: bound stock over time"
    etree.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    _text(root, _LEFT, 26, f"{process}: pieces that are bound over time", "start", 16)
    _axes(root, most, span)
    for number, (name, line) in enumerate(lines.items()):
        places = [
            (_x((datetime.fromisoformat(at) - start).total_seconds() / span), _y(value / most))
            for at, value in line
        ]
        look = {
            "fill": "none",
            "stroke": _COLOURS[name],
            "stroke-width": "2",
            "stroke-dasharray": _DASHES[name],
        }
        etree.SubElement(
            root, "polyline", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in places), **look}
        )
        left = _LEFT + number * 170
        etree.SubElement(
            root, "line", {"x1": str(left), "x2": str(left + 28), "y1": "46", "y2": "46", **look}
        )
        _text(root, left + 34, 50, name, "start", 13)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _axes(root: etree._Element, most: int, span: float) -> None:
    for part in range(5):
        y, x = _y(part / 4), _x(part / 4)
        grid = {"stroke": "#d5dbe3", "stroke-width": "1"}
        right = str(_WIDTH - 30)
        etree.SubElement(
            root, "line", {"x1": str(_LEFT), "x2": right, "y1": f"{y:.1f}", "y2": f"{y:.1f}", **grid}
        )
        _text(root, _LEFT - 8, y + 4, f"{most * part / 4:,.0f}", "end", 12)
        _text(root, x, _HEIGHT - _BOTTOM + 20, seconds_text(span * part / 4), "middle", 12)
    _text(root, (_LEFT + _WIDTH - 30) / 2, _HEIGHT - 12, "since the first order", "middle", 12)


def _text(root: etree._Element, x: float, y: float, text: str, anchor: str, size: int) -> None:
    style = f"{_FONT};font-size:{size}px;text-anchor:{anchor}"
    etree.SubElement(root, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "style": style}).text = text


def _x(part: float) -> float:
    return _LEFT + part * (_WIDTH - 30 - _LEFT)


def _y(part: float) -> float:
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _BOTTOM - _TOP)
