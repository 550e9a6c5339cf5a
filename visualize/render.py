"""One call for every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.definition import nearest
from visualize.dot import to_dot
from visualize.errors import UnknownFormat
from visualize.graph import Graph
from visualize.layout import Engine
from visualize.look import PLAIN, Look
from visualize.mermaid import to_mermaid
from visualize.page import page_of
from visualize.stack import stacked
from visualize.svg import to_svg
from visualize.text import clean
from visualize.themes import themed

Graphs = Sequence[Graph]
Renderer = Callable[[Graphs, Look], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A diagram format: name, media type, and what makes it."""

    name: str
    media_type: str
    renderer: Renderer


def _svg(graphs: Graphs, look: Look) -> str:
    return themed(stacked([to_svg(graph, look=replace(look, theme="light")) for graph in graphs]), look.theme)


def _png(graphs: Graphs, look: Look) -> bytes:
    from visualize.raster import to_png

    return to_png(_svg(graphs, _decided(look)))


def _pdf(graphs: Graphs, look: Look) -> bytes:
    from visualize.raster import to_pdf

    return to_pdf(_svg(graphs, _decided(look)), clean(", ".join(graph.name for graph in graphs)), look.paper)


def _decided(look: Look) -> Look:
    """Return a look without a choice left to the reader: a picture of pixels or on paper has one palette."""
    return replace(look, theme="light") if look.theme == "auto" else look


def _dot(graphs: Graphs, look: Look) -> bytes:
    return "".join(to_dot(graph, direction=look.direction) for graph in graphs).encode()


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("svg", "image/svg+xml", lambda graphs, look: _svg(graphs, look).encode()),
        Format("png", "image/png", _png),
        Format("pdf", "application/pdf", _pdf),
        Format("dot", "text/vnd.graphviz", _dot),
        Format("mermaid", "text/vnd.mermaid", lambda graphs, _: "\n".join(map(to_mermaid, graphs)).encode()),
        Format("html", "text/html", lambda graphs, look: page_of(graphs, look=look).encode()),
    )
}
"""The formats by name."""


def render(graph: Graph | Graphs, format: str, *, layout: Engine = "auto", look: Look | None = None) -> bytes:
    """Return the graph in a format of FORMATS, or several graphs, one below the other; text formats are UTF-8.

    ``layout`` chooses who computes the places (see ``Engine``), which DOT and Mermaid do not need. ``look`` says
    more, and instead of it.
    Raises UnknownFormat, LayoutUnavailable or DiagramFailed.
    """
    found = FORMATS.get(format)
    if found is None:
        near = nearest(format, FORMATS)
        hint = "" if near is None else f"Did you mean {near!r}? "
        raise UnknownFormat(
            f"There is no diagram format {format!r}.",
            remedy=f"{hint}The formats are: {', '.join(FORMATS)}.",
            format=format,
            formats=list(FORMATS),
        )
    graphs = [graph] if isinstance(graph, Graph) else graph
    return found.renderer(graphs, look or replace(PLAIN, layout=layout))
