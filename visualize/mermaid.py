"""A graph as a Mermaid flowchart, which code hosting sites draw in their pages."""

from __future__ import annotations

from collections.abc import Iterator

from visualize import style
from visualize.graph import Edge, Graph, Line, Node, NodeKind, Trigger
from visualize.legend import legend_of
from visualize.signs import mark_text
from visualize.text import clean, items, wrap

_WRAP = 40
# Mermaid reads markdown, HTML and its own syntax in labels: what could be any of them is written as a number.
_PLAIN = frozenset(" ,.:/?!()'+-_")

_LOOKS = {
    "start": f"fill:{style.INK},stroke:{style.INK}",
    "highlighted": f"fill:{style.HIGHLIGHT_FILL},stroke:{style.HIGHLIGHT},stroke-width:5px,color:{style.INK}",
    "reserved": f"fill:{style.RESERVED_FILL},stroke:{style.RESERVED},stroke-width:3px,color:{style.INK}",
    "happy": f"fill:{style.HAPPY_FILL},stroke:{style.HAPPY},stroke-width:2px,color:{style.INK}",
    **{
        mark.value: f"fill:{look.fill},stroke:{look.color},stroke-width:3px,color:{style.INK}"
        + (",stroke-dasharray:5 3" if look.dash else "")
        for mark, look in style.MARKS.items()
    },
}


def to_mermaid(graph: Graph) -> str:
    """Return the graph as Mermaid text; node ids are ``n0, n1, ...``, names stand only in quoted labels."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    yield f"%% {clean(graph.name)}"
    yield from (f"%% {clean(note)}" for note in graph.notes)
    yield from (f"%% {entry.sign}: {entry.meaning}" for entry in legend_of(graph))
    yield "flowchart TD"
    for number, cluster in enumerate(graph.clusters):
        yield f"  subgraph c{number}[{_quoted([cluster.name])}]"
        yield from (f"    {ids[node.id]}{_shape(node)}" for node in graph.nodes if node.cluster == cluster.id)
        yield "  end"
    yield from (f"  {ids[node.id]}{_shape(node)}" for node in graph.nodes if node.cluster is None)
    yield from (f"  {ids[edge.source]} {_link(edge)} {ids[edge.target]}" for edge in graph.edges)
    yield from _classes(graph, ids)
    yield from _link_styles(graph)


def _quoted(texts: list[str]) -> str:
    lines = (line for text in texts for line in wrap(text, _WRAP))
    return '"' + "<br/>".join("".join(map(_character, line)) for line in lines) + '"'


def _character(character: str) -> str:
    return character if character.isalnum() or character in _PLAIN else f"#{ord(character)};"


def _shape(node: Node) -> str:
    if node.kind is NodeKind.START:
        return "(( ))"
    if node.kind is NodeKind.DECISION:
        return '{"?"}'
    texts = [line.text for line in node.lines]
    if node.mark is not None:
        texts.insert(0, mark_text(node.mark, node.numbers))
    if node.count is not None:
        texts.append(items(node.count))
    return f"[[{_quoted(texts)}]]" if node.final else f"({_quoted(texts)})"


def _link(edge: Edge) -> str:
    line = "-.->" if edge.trigger is Trigger.EVENTLESS else "==>" if edge.happy else "-->"
    said = _said(edge.lines)
    if edge.mark is not None:
        said.insert(0, mark_text(edge.mark, edge.numbers))
    return f"{line}|{_quoted(said)}|" if said else line


def _said(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines]


def _classes(graph: Graph, ids: dict[str, str]) -> Iterator[str]:
    for name, look in _LOOKS.items():
        members = [ids[node.id] for node in graph.nodes if _class_of(node) == name]
        if members:
            yield f"  classDef {name} {look}"
            yield f"  class {','.join(members)} {name}"


def _class_of(node: Node) -> str | None:
    # One class a node: the order in which Mermaid lays several over each other is not documented.
    if node.kind is NodeKind.START:
        return "start"
    if node.mark is not None:
        return node.mark.value
    if node.highlighted:
        return "highlighted"
    if node.reserved:
        return "reserved"
    return "happy" if node.happy else None


def _link_styles(graph: Graph) -> Iterator[str]:
    if graph.compared:
        for mark, look in style.MARKS.items():
            members = [str(n) for n, e in enumerate(graph.edges) if e.mark is mark]
            if members:
                yield f"  linkStyle {','.join(members)} stroke:{look.color},stroke-width:3px"
        return
    for happy, missing in ((True, False), (True, True), (False, True)):
        looks = [f"stroke:{style.HAPPY}"] * happy + [f"color:{style.MISSING}"] * missing
        members = [str(n) for n, e in enumerate(graph.edges) if (e.happy, e.missing) == (happy, missing)]
        if members:
            yield f"  linkStyle {','.join(members)} {','.join(looks)}"
