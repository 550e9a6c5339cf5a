"""Drawing SVG elements: a thin layer over lxml that knows about text, icons, boxes and arrows.

Attributes are written on every element and not in a style sheet: not every SVG reader knows style sheets.
"""

from __future__ import annotations

from math import hypot

from lxml import etree

from visualize import style
from visualize.fonts import text_width
from visualize.icons import ICONS, SIDE
from visualize.layout import Curve, Point, Rect

SVG = "http://www.w3.org/2000/svg"
FAMILIES = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"

_BASELINE = 0.35


def element(parent: etree._Element | None, tag: str, **attributes: str | float | None) -> etree._Element:
    """Add an element; ``_`` in attribute names stands for ``-``, None leaves an attribute out."""
    shown = {
        name.strip("_").replace("_", "-"): number(value) if isinstance(value, int | float) else value
        for name, value in attributes.items()
        if value is not None
    }
    if parent is None:
        # The stubs do not know that the default namespace has the key None.
        return etree.Element(f"{{{SVG}}}{tag}", shown, nsmap={None: SVG})  # type: ignore[dict-item]
    return etree.SubElement(parent, f"{{{SVG}}}{tag}", shown)


def number(value: float) -> str:
    """Return a number with at most two places and no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text(
    parent: etree._Element,
    shown: str,
    at: Point,
    *,
    size: float,
    bold: bool = False,
    color: str = style.INK,
    anchor: str = "start",
) -> None:
    """Write one line of text, vertically centred on ``at``, exactly as wide as it was measured.

    ``textLength`` makes a viewer with another typeface squeeze the letters instead of running over the box.
    """
    width = text_width(shown, size, bold)
    written = element(
        parent,
        "text",
        x=at[0],
        y=at[1] + size * _BASELINE,
        font_family=FAMILIES,
        font_size=size,
        font_weight="bold" if bold else None,
        fill=color,
        text_anchor=None if anchor == "start" else anchor,
        textLength=width if len(shown) > 1 else None,
        lengthAdjust="spacingAndGlyphs" if len(shown) > 1 else None,
    )
    written.text = shown


def icon(parent: etree._Element, name: str, at: Point, side: float, color: str) -> None:
    """Draw an icon with its left edge and vertical middle at ``at``."""
    drawn = ICONS[name]
    scale = side / SIDE
    place = f"translate({number(at[0])} {number(at[1] - side / 2)}) scale({number(scale)})"
    group = element(parent, "g", class_=f"icon {name}", transform=place)
    if drawn.stroked:
        element(group, "path", d=drawn.stroked, fill="none", stroke=color, stroke_width=1.2)
    if drawn.filled:
        element(group, "path", d=drawn.filled, fill=color)


def box(
    parent: etree._Element, rect: Rect, *, radius: float = 0, grow: float = 0, **look: str | float | None
) -> None:
    """Draw a rectangle, ``grow`` points larger on every side."""
    element(
        parent,
        "rect",
        x=rect.x - grow,
        y=rect.y - grow,
        width=rect.width + 2 * grow,
        height=rect.height + 2 * grow,
        rx=radius or None,
        ry=radius or None,
        **look,
    )


def arrow(parent: etree._Element, curve: Curve, *, color: str, width: float, dash: str | None = None) -> None:
    """Draw a curve and the heads that its layout gave it."""
    first, *rest = curve.points
    path = f"M{_pair(first)} C" + " ".join(_pair(point) for point in rest)
    element(parent, "path", d=path, fill="none", stroke=color, stroke_width=width, stroke_dasharray=dash)
    for tip, base in ((curve.start_tip, curve.points[0]), (curve.end_tip, curve.points[-1])):
        if tip is not None:
            _head(parent, base, tip, color, 3.0 + width / 2)


def _head(parent: etree._Element, base: Point, tip: Point, color: str, half: float) -> None:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = hypot(dx, dy) or 1.0
    aside = (-dy / length * half, dx / length * half)
    corners = ((base[0] + aside[0], base[1] + aside[1]), tip, (base[0] - aside[0], base[1] - aside[1]))
    element(parent, "polygon", points=" ".join(_pair(corner) for corner in corners), fill=color)


def _pair(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"
