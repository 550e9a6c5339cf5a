"""An SVG picture as PNG or PDF, in the typeface that the package ships, so that it looks the same everywhere.

Text in scripts that the typeface lacks is written with the fonts of the machine. A PDF page then holds the
picture as an image, because the PDF writer cannot mix typefaces within a line.
"""

from __future__ import annotations

import io
from functools import lru_cache
from math import sqrt
from typing import Any

from lxml import etree

from visualize import pen
from visualize.errors import DiagramFailed
from visualize.fonts import BOLD, FAMILY, REGULAR, covers

_DPI = 96.0
_ZOOM = 2.0
_MOST_PIXELS = 80_000_000
_LONGEST_SIDE = 30_000
_POINTS_PER_PIXEL = 0.75


def to_png(svg: str) -> bytes:
    """Return an SVG picture of this package as PNG, twice as fine as the screen unless it is very large.

    Raises DiagramFailed.
    """
    import resvg_py

    width, height = svg_size(svg)
    zoom = min(_ZOOM, sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height))
    try:
        return resvg_py.svg_to_bytes(
            svg_string=svg.replace(pen.FAMILIES, FAMILY),
            font_files=[str(REGULAR), str(BOLD)],
            sans_serif_family=FAMILY,
            skip_system_fonts=covers(_texts(svg)),
            dpi=_DPI,
            zoom=zoom,
        )
    except ValueError as error:
        raise DiagramFailed(f"The PNG could not be drawn: {error}.") from error


def to_pdf(svg: str, title: str) -> bytes:
    """Return an SVG picture of this package as a PDF of one page, as large as the picture.

    Raises DiagramFailed.
    """
    from reportlab.pdfgen.canvas import Canvas

    width, height = (side * _POINTS_PER_PIXEL for side in svg_size(svg))
    stream = io.BytesIO()
    # invariant: no time stamps, so that the same picture gives the same file.
    canvas = Canvas(stream, pagesize=(width, height), invariant=1)
    canvas.setTitle(title)
    try:
        if covers(_texts(svg)):
            _draw_vectors(svg, canvas)
        else:
            _draw_image(svg, canvas, width, height)
    except (ValueError, TypeError, OSError) as error:
        raise DiagramFailed(f"The PDF could not be drawn: {error}.") from error
    canvas.save()
    return stream.getvalue()


def _draw_vectors(svg: str, canvas: Any) -> None:
    from reportlab.graphics import renderPDF
    from svglib.svglib import svg2rlg

    _register_fonts()
    drawing = svg2rlg(io.BytesIO(svg.replace(pen.FAMILIES, FAMILY).encode()))
    if drawing is None:
        raise DiagramFailed("The PDF could not be drawn: the picture cannot be read.")
    renderPDF.draw(drawing, canvas, 0, 0)


def _draw_image(svg: str, canvas: Any, width: float, height: float) -> None:
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(io.BytesIO(to_png(svg))), 0, 0, width, height)


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    from svglib.fonts import register_font

    register_font(FAMILY, str(REGULAR))
    register_font(FAMILY, str(BOLD), weight="bold")


def svg_size(svg: str) -> tuple[float, float]:
    """Return width and height of an SVG picture of this package, in pixels."""
    root = read_svg(svg)
    return float(root.get("width", "1")), float(root.get("height", "1"))


def _texts(svg: str) -> str:
    root = read_svg(svg)
    return "".join(node.text or "" for node in root.iter(f"{{{pen.SVG}}}text"))


def read_svg(svg: str) -> etree._Element:
    """Return the root of an SVG picture of this package."""
    # A picture of a very large process exceeds the parser's default limits.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(svg.encode(), parser)
