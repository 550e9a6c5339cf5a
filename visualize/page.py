"""A graph as one HTML page that needs nothing else: picture, legend, tables and a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from visualize import pen
from visualize.graph import SIGNS, Graph, Mark
from visualize.layout import Engine
from visualize.look import PLAIN, Look
from visualize.reduce import collapsed
from visualize.stack import stacked
from visualize.svg import to_svg
from visualize.text import clean
from visualize.themes import dark_rules
from visualize.wording import MISSING

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(graph: Graph, *, layout: Engine = "auto") -> str:
    """Return the graph as a page that works offline: no file or address outside of it is asked for.

    Raises LayoutUnavailable or DiagramFailed.
    """
    return page_of([graph], look=replace(PLAIN, layout=layout))


def page_of(graphs: Sequence[Graph], *, look: Look = PLAIN, home: str | None = None) -> str:
    """Return one page with several graphs, one below the other, each with its tables.

    ``home`` is the address of a page that lists this one and others. Raises LayoutUnavailable or DiagramFailed.
    """
    drawn = [to_svg(graph, look=replace(look, theme="light"), remarks=not graph.tables) for graph in graphs]
    folds = [cluster.name for graph in graphs for cluster in graph.clusters if not cluster.main]
    return (
        templates()
        .get_template("diagram.html")
        .render(
            graphs=graphs,
            subject=_subject(graphs[0]),
            svg=_inline(stacked(drawn)),
            overview=_overview(graphs, folds, look),
            folds=folds,
            home=home,
            theme=look.theme,
            dark=Markup(dark_sheet()),
            missing=MISSING,
            sign=sign,
        )
    )


_SUBJECTS = {Mark.TAKEN: "the way of an item", Mark.MISSED: "what no test comes to"}


def _subject(graph: Graph) -> str:
    """Return what a page is about: the process, or what its marks tell."""
    if not graph.compared:
        return "order process"
    marks = {node.mark for node in graph.nodes} | {edge.mark for edge in graph.edges}
    return next((text for mark, text in _SUBJECTS.items() if mark in marks), "what has changed")


def templates() -> Environment:
    """Return the templates of pages."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["clean"] = clean
    return environment


def _overview(graphs: Sequence[Graph], folds: Sequence[str], look: Look) -> Markup:
    """Return the picture with every subprocess as one box, nothing where there are none."""
    if not folds or len(graphs) > 1:
        return Markup("")
    return _inline(to_svg(collapsed(graphs[0]), look=replace(look, theme="light"), remarks=False))


_PAGE_COLOURS = (
    "color-scheme:dark;--ink:#e8edf2;--paper:#12171d;--soft:#1a2129;--grey:#a9b5c1;--line:#3a4550;"
    "--mark:#ffb14d;--bad:#ff8a7a"
)


def dark_sheet() -> str:
    """Return the rules of a dark page: for whoever prefers that, and for whoever has asked for it on the page."""
    sheets = []
    for scope, frame in (
        (':root[data-theme="dark"]', "@media screen{%s}"),
        (":root:not([data-theme])", "@media screen and (prefers-color-scheme: dark){%s}"),
    ):
        rules = [f"{scope}{{{_PAGE_COLOURS}}}", *dark_rules(f"{scope} .earmark-diagram")]
        sheets.append(frame % "".join(rules))
    return "\n".join(sheets)


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
