"""One call for every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.definition import nearest
from visualize.dot import to_dot
from visualize.errors import UnknownFormat
from visualize.graph import Graph
from visualize.layout import Engine
from visualize.mermaid import to_mermaid
from visualize.page import page_of
from visualize.stack import stacked
from visualize.svg import to_svg
from visualize.text import clean

Graphs = Sequence[Graph]
Renderer = Callable[[Graphs, Engine], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A diagram format: name, media type, and what makes it."""

    name: str
    media_type: str
    renderer: Renderer


def _svg(graphs: Graphs, layout: Engine) -> str:
    return stacked([to_svg(graph, layout=layout) for graph in graphs])


def _png(graphs: Graphs, layout: Engine) -> bytes:
    from visualize.raster import to_png

    return to_png(_svg(graphs, layout))


def _pdf(graphs: Graphs, layout: Engine) -> bytes:
    from visualize.raster import to_pdf

    return to_pdf(_svg(graphs, layout), clean(", ".join(graph.name for graph in graphs)))


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("svg", "image/svg+xml", lambda graphs, layout: _svg(graphs, layout).encode()),
        Format("png", "image/png", _png),
        Format("pdf", "application/pdf", _pdf),
        Format("dot", "text/vnd.graphviz", lambda graphs, _: "".join(map(to_dot, graphs)).encode()),
        Format("mermaid", "text/vnd.mermaid", lambda graphs, _: "\n".join(map(to_mermaid, graphs)).encode()),
        Format("html", "text/html", lambda graphs, layout: page_of(graphs, layout=layout).encode()),
    )
}
"""The formats by name."""


def render(graph: Graph | Graphs, format: str, *, layout: Engine = "auto") -> bytes:
    """Return the graph in a format of FORMATS, or several graphs, one below the other; text formats are UTF-8.

    ``layout`` chooses who computes the places (see ``Engine``); DOT and Mermaid need nobody.
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
    return found.renderer([graph] if isinstance(graph, Graph) else graph, layout)
