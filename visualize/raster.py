"""An SVG picture as PNG or PDF, in the typeface that the package ships, so that it looks the same everywhere.

Text in scripts that the typeface lacks is written with the fonts of the machine. A PDF page then holds the
picture as an image, because the PDF writer cannot mix typefaces within a line.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from math import sqrt
from typing import Any

from lxml import etree

from visualize import pen
from visualize.errors import DiagramFailed
from visualize.fonts import BOLD, FAMILY, REGULAR, covers
from visualize.look import Paper
from visualize.sheets import Sheet, sheet_of

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


def to_pdf(svg: str, title: str, paper: Paper = "picture") -> bytes:
    """Return an SVG picture of this package as a PDF: of one page as large as the picture, or on pages of paper.

    On paper the picture is made smaller as long as it can be read, and then laid on as many pages as it needs; each
    page says which one it is. Raises DiagramFailed.
    """
    from reportlab.pdfgen.canvas import Canvas

    width, height = (side * _POINTS_PER_PIXEL for side in svg_size(svg))
    stream = io.BytesIO()
    # invariant: no time stamps, so that the same picture gives the same file.
    canvas = Canvas(stream, pagesize=(width, height), invariant=1)
    canvas.setTitle(title)
    sheet = sheet_of(width, height, paper)
    try:
        draw = _vectors(svg, canvas) if covers(_texts(svg)) else _image(svg, canvas, width, height)
        for column, row in sheet.tiles():
            _draw_page(canvas, sheet, (column, row), title, draw)
    except (ValueError, TypeError, OSError) as error:
        raise DiagramFailed(f"The PDF could not be drawn: {error}.") from error
    canvas.save()
    return stream.getvalue()


def _draw_page(
    canvas: Any, sheet: Sheet, tile: tuple[int, int], title: str, draw: Callable[[], None]
) -> None:
    canvas.setPageSize((sheet.page_width, sheet.page_height))
    canvas.saveState()
    x, y = sheet.origin(*tile)
    if sheet.margin:
        window = canvas.beginPath()
        window.rect(sheet.margin, sheet.margin, sheet.inner_width, sheet.inner_height)
        canvas.clipPath(window, stroke=0, fill=0)
    canvas.translate(x, y)
    canvas.scale(sheet.scale, sheet.scale)
    draw()
    canvas.restoreState()
    if sheet.margin:
        _register_fonts()
        canvas.setFont(FAMILY if covers(title) else "Helvetica", 7)
        canvas.drawString(sheet.margin, sheet.margin / 2 - 2, f"{title}, {sheet.caption(*tile)}")
    canvas.showPage()


def _vectors(svg: str, canvas: Any) -> Callable[[], None]:
    from reportlab.graphics import renderPDF
    from svglib.svglib import svg2rlg

    _register_fonts()
    drawing = svg2rlg(io.BytesIO(svg.replace(pen.FAMILIES, FAMILY).encode()))
    if drawing is None:
        raise DiagramFailed("The PDF could not be drawn: the picture cannot be read.")
    return lambda: renderPDF.draw(drawing, canvas, 0, 0)


def _image(svg: str, canvas: Any, width: float, height: float) -> Callable[[], None]:
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(io.BytesIO(to_png(svg)))
    return lambda: canvas.drawImage(picture, 0, 0, width, height)


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
