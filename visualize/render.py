"""One call for every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.definition import nearest
from visualize.dot import to_dot
from visualize.errors import UnknownFormat
from visualize.graph import Graph
from visualize.layout import Engine
from visualize.mermaid import to_mermaid
from visualize.page import to_html
from visualize.svg import to_svg
from visualize.text import clean

Renderer = Callable[[Graph, Engine], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """A diagram format: name, media type, and what makes it."""

    name: str
    media_type: str
    renderer: Renderer


def _png(graph: Graph, layout: Engine) -> bytes:
    from visualize.raster import to_png

    return to_png(to_svg(graph, layout=layout))


def _pdf(graph: Graph, layout: Engine) -> bytes:
    from visualize.raster import to_pdf

    return to_pdf(to_svg(graph, layout=layout), clean(graph.name))


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("svg", "image/svg+xml", lambda graph, layout: to_svg(graph, layout=layout).encode()),
        Format("png", "image/png", _png),
        Format("pdf", "application/pdf", _pdf),
        Format("dot", "text/vnd.graphviz", lambda graph, _: to_dot(graph).encode()),
        Format("mermaid", "text/vnd.mermaid", lambda graph, _: to_mermaid(graph).encode()),
        Format("html", "text/html", lambda graph, layout: to_html(graph, layout=layout).encode()),
    )
}
"""The formats by name."""


def render(graph: Graph, format: str, *, layout: Engine = "auto") -> bytes:
    """Return the graph in a format of FORMATS; text formats are UTF-8.

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
    return found.renderer(graph, layout)
