"""A graph as one HTML page that needs nothing else: picture, legend, tables and a search."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from visualize import pen
from visualize.graph import Graph
from visualize.layout import Engine
from visualize.svg import to_svg
from visualize.text import clean
from visualize.wording import MISSING

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(graph: Graph, *, layout: Engine = "auto") -> str:
    """Return the graph as a page that works offline: no file or address outside of it is asked for.

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
    return template.render(graph=graph, svg=inline_svg(graph, layout=layout), missing=MISSING)


def inline_svg(graph: Graph, *, layout: Engine = "auto") -> Markup:
    """Return the picture as an element to stand inside an HTML page.

    Raises LayoutUnavailable or DiagramFailed.
    """
    # HTML knows svg elements without their namespace.
    return Markup(to_svg(graph, layout=layout).replace(f' xmlns="{pen.SVG}"', "", 1))
