"""A graph as an SVG picture: the layout gives the places, everything else is drawn here."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from visualize import pen, style
from visualize.fonts import text_width
from visualize.graph import Edge, Graph, Node
from visualize.layout import Engine
from visualize.legend import legend_of
from visualize.legend_drawing import draw_legend, legend_size
from visualize.look import PLAIN, Look
from visualize.parts import Part, parts_of
from visualize.remarks import draw_remarks, draw_stamp, remark_lines, remarks_size, stamp_size
from visualize.shapes import draw_graph
from visualize.text import clean, wrap
from visualize.themes import themed

_MARGIN = 14.0
_TITLE_SIZE = 17.0
_NOTE_SIZE = 11.0
_NOTE_WRAP = 110
_PART_SIZE = 13.0
_PART_HEIGHT = 30.0


def to_svg(
    graph: Graph,
    *,
    layout: Engine = "auto",
    legend: bool = True,
    remarks: bool = True,
    look: Look | None = None,
) -> str:
    """Return the graph as an SVG document.

    Each state is a group with ``data-state``, each arrow one with ``data-from`` and ``data-to``; the
    ``title`` of a group holds its whole text. ``look`` says more than ``layout``, and instead of it.
    Raises LayoutUnavailable or DiagramFailed.
    """
    look = look or replace(PLAIN, layout=layout)
    return themed(_Drawing(graph, parts_of(graph, look, _MARGIN), legend, remarks).svg(), look.theme)


class _Drawing:
    def __init__(self, graph: Graph, parts: list[Part], legend: bool, remarks: bool) -> None:
        self._graph = graph
        self._parts = parts
        self._legend = legend_of(_together(graph, parts)) if legend else ()
        self._notes = [line for note in graph.notes for line in wrap(note, _NOTE_WRAP)]
        self._head = _TITLE_SIZE * 1.7 + len(self._notes) * _NOTE_SIZE * 1.5
        self._title = clean(graph.name)
        least = max(
            [text_width(self._title, _TITLE_SIZE, True), *(text_width(n, _NOTE_SIZE) for n in self._notes)]
        )
        widest = max(part.layout.width for part in parts)
        self._inner = max(widest, least, 520.0 if self._legend else 0.0)
        self._remarks = remark_lines(graph.remarks if remarks else (), self._inner)

    def svg(self) -> str:
        foot = (legend_size(self._legend, self._inner), remarks_size(self._remarks), stamp_size(self._graph))
        y = _MARGIN + self._head
        body = sum(part.layout.height + _caption_height(part) for part in self._parts)
        root = self._root(y + body + sum(foot) + _MARGIN)
        self._draw_head(root)
        for part in self._parts:
            self._draw_part(root, part, y)
            y += part.layout.height + _caption_height(part)
        if self._legend:
            place = pen.element(root, "g", class_="legend", transform=_shift(_MARGIN, y))
            draw_legend(place, self._legend, self._inner)
        if self._remarks:
            place = pen.element(root, "g", class_="remarks", transform=_shift(_MARGIN, y + foot[0]))
            draw_remarks(place, self._remarks, self._inner)
        draw_stamp(root, self._graph, (_MARGIN, y + foot[0] + foot[1]))
        return etree.tostring(root, encoding="unicode", pretty_print=False) + "\n"

    def _draw_part(self, root: etree._Element, part: Part, y: float) -> None:
        if part.number is not None:
            caption = f"Part {part.number} of {len(self._parts)}"
            group = pen.element(root, "g", class_="part")
            line = f"M{pen.number(_MARGIN)},{pen.number(y + 6)} h{pen.number(self._inner)}"
            pen.element(group, "path", d=line, stroke=style.CLUSTER_LINE, stroke_width=1)
            pen.text(group, caption, (_MARGIN, y + 19), size=_PART_SIZE, bold=True, color=style.MUTED)
            y += _PART_HEIGHT
        left = _MARGIN + (self._inner - part.layout.width) / 2
        draw_graph(pen.element(root, "g", transform=_shift(left, y)), part.graph, part.layout)

    def _root(self, height: float) -> etree._Element:
        width = self._inner + 2 * _MARGIN
        root = pen.element(
            None,
            "svg",
            width=pen.number(width),
            height=pen.number(height),
            viewBox=f"0 0 {pen.number(width)} {pen.number(height)}",
            role="img",
            class_="earmark-diagram",
        )
        pen.element(root, "title").text = f"Order process {self._title}"
        pen.element(root, "rect", width=width, height=height, fill=style.PAPER)
        return root

    def _draw_head(self, root: etree._Element) -> None:
        head = pen.element(root, "g", class_="head")
        y = _MARGIN + _TITLE_SIZE * 0.6
        pen.text(head, self._title, (_MARGIN, y), size=_TITLE_SIZE, bold=True)
        for number, note in enumerate(self._notes):
            place = (_MARGIN, y + _TITLE_SIZE + number * _NOTE_SIZE * 1.5)
            pen.text(head, note, place, size=_NOTE_SIZE, color=style.MISSING)


def _together(graph: Graph, parts: list[Part]) -> Graph:
    """Return a graph with everything that the parts have: the legend explains all of it."""
    nodes: tuple[Node, ...] = tuple(node for part in parts for node in part.graph.nodes)
    edges: tuple[Edge, ...] = tuple(edge for part in parts for edge in part.graph.edges)
    return replace(graph, nodes=nodes, edges=edges)


def _caption_height(part: Part) -> float:
    return 0.0 if part.number is None else _PART_HEIGHT


def _shift(x: float, y: float) -> str:
    return f"translate({pen.number(x)} {pen.number(y)})"
