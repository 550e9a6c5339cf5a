"""Several pictures in one: one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from visualize import pen, style
from visualize.raster import read_svg, svg_size

_GAP = 26.0


def stacked(pictures: Sequence[str]) -> str:
    """Return SVG pictures of this package as one, in their order from the top."""
    if len(pictures) == 1:
        return pictures[0]
    sizes = [svg_size(picture) for picture in pictures]
    width = max(size[0] for size in sizes)
    height = sum(size[1] for size in sizes) + _GAP * (len(sizes) - 1)
    shown = (pen.number(width), pen.number(height))
    root = pen.element(
        None,
        "svg",
        width=shown[0],
        height=shown[1],
        viewBox=f"0 0 {shown[0]} {shown[1]}",
        role="img",
        class_="earmark-diagram",
    )
    pen.element(root, "rect", width=width, height=height, fill=style.PAPER)
    top = 0.0
    for picture, size in zip(pictures, sizes, strict=True):
        group = pen.element(root, "g", transform=f"translate(0 {pen.number(top)})")
        group.extend(read_svg(picture))
        top += size[1] + _GAP
    return etree.tostring(root, encoding="unicode") + "\n"
