"""A graph as one HTML page that needs nothing else: picture, legend, tables and a search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from visualize import pen
from visualize.graph import SIGNS, Graph, Mark
from visualize.layout import Engine
from visualize.stack import stacked
from visualize.svg import to_svg
from visualize.text import clean
from visualize.wording import MISSING

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(graph: Graph, *, layout: Engine = "auto") -> str:
    """Return the graph as a page that works offline: no file or address outside of it is asked for.

    Raises LayoutUnavailable or DiagramFailed.
    """
    return page_of([graph], layout=layout)


def page_of(graphs: Sequence[Graph], *, layout: Engine = "auto") -> str:
    """Return one page with several graphs, one below the other, each with its tables.

    Raises LayoutUnavailable or DiagramFailed.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["clean"] = clean
    template = environment.get_template("diagram.html")
    drawn = [to_svg(graph, layout=layout, remarks=False) for graph in graphs]
    return template.render(graphs=graphs, svg=_inline(stacked(drawn)), missing=MISSING, sign=sign)


def sign(mark: str) -> str:
    """Return the sign of a mark by its name."""
    return SIGNS[Mark(mark)]


def inline_svg(graph: Graph, *, layout: Engine = "auto") -> Markup:
    """Return the picture as an element to stand inside an HTML page.

    Raises LayoutUnavailable or DiagramFailed.
    """
    return _inline(to_svg(graph, layout=layout))


def _inline(svg: str) -> Markup:
    # HTML knows svg elements without their namespace.
    return Markup(svg.replace(f' xmlns="{pen.SVG}"', "", 1))
