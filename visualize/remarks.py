"""What stands under a picture: sentences with their marks and numbers, and where the picture comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from visualize import pen, style
from visualize.fonts import text_width
from visualize.graph import Graph, Mark, Remark
from visualize.layout import Point, Rect
from visualize.shapes import draw_mark_badge
from visualize.signs import mark_text
from visualize.text import clean, wrap

_SIZE = 11.0
_ROW = 16.5
_HEAD = 34.0
_INDENT = 46.0
_STAMP_SIZE = 9.5
_STAMP_HEIGHT = 22.0
_LETTER = 5.6
"""A letter is about this wide, in points: enough to know where to break a line."""


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """One line of a remark; the first one has the badge."""

    remark: Remark
    text: str
    first: bool


def remark_lines(remarks: Iterable[Remark], width: float) -> list[RemarkLine]:
    """Break remarks into lines that are at most ``width`` points long."""
    letters = max(30, int((width - _INDENT) / _LETTER))
    return [
        RemarkLine(remark, text, number == 0)
        for remark in remarks
        for number, text in enumerate(wrap(remark.text, letters))
    ]


def remarks_size(lines: Sequence[RemarkLine]) -> float:
    """Return how high the remarks are, in points."""
    return _HEAD + len(lines) * _ROW + 6 if lines else 0.0


def draw_remarks(group: etree._Element, lines: Sequence[RemarkLine], width: float) -> None:
    """Draw the remarks from the upper left corner of ``group`` on."""
    pen.element(group, "path", d=f"M0,10 H{pen.number(width)}", stroke=style.CLUSTER_LINE, stroke_width=1)
    numbered = any(line.remark.number is not None for line in lines)
    taken = any(line.remark.mark is Mark.TAKEN for line in lines)
    head = "The way so far" if taken else "What has changed" if numbered else "What to know"
    pen.text(group, head, (0, 23), size=_SIZE, bold=True, color=style.MUTED)
    for number, line in enumerate(lines):
        _draw_line(group, line, _HEAD + (number + 0.5) * _ROW)


def _draw_line(group: etree._Element, line: RemarkLine, y: float) -> None:
    remark = line.remark
    if line.first and remark.mark is not None:
        numbers = () if remark.number is None else (remark.number,)
        shown = mark_text(remark.mark, numbers)
        wide = text_width(shown, 10.5, True) + 10
        draw_mark_badge(group, remark.mark, shown, Rect(0, y - 7.5, wide, 15))
    elif line.first:
        pen.text(group, "!", (4, y), size=_SIZE, bold=True, color=style.MARKS[Mark.CHANGED].color)
    pen.text(group, line.text, (_INDENT, y), size=_SIZE)


def stamp_size(graph: Graph) -> float:
    """Return how high the line is that says where the picture comes from, in points."""
    return _STAMP_HEIGHT if graph.stamp else 0.0


def draw_stamp(root: etree._Element, graph: Graph, at: Point) -> None:
    """Write where the picture comes from."""
    if graph.stamp:
        shown = " \u00b7 ".join(map(clean, graph.stamp))
        group = pen.element(root, "g", class_="stamp")
        pen.text(group, shown, (at[0], at[1] + 13), size=_STAMP_SIZE, color=style.MUTED)
