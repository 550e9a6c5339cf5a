"""What the signs of a picture mean: only the signs that the picture uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from visualize.graph import SIGNS, Graph, Mark, NodeKind, Role, Trigger


@dataclass(frozen=True, slots=True)
class Entry:
    """One sign: its key for renderers that draw it, its name for those that write it, and its meaning."""

    key: str
    sign: str
    meaning: str


def legend_of(graph: Graph) -> tuple[Entry, ...]:
    """Return the entries for the signs that occur in the graph."""
    return tuple(_entries(graph))


def _entries(graph: Graph) -> Iterator[Entry]:
    lines = [*(n.lines for n in graph.nodes), *(e.lines for e in graph.edges)]
    roles = {line.role for several in lines for line in several}
    triggers = {edge.trigger for edge in graph.edges}
    if any(node.kind is NodeKind.START for node in graph.nodes):
        yield Entry("start", "black dot", "new items start here")
    if any(node.reserved for node in graph.nodes):
        yield Entry("reserved", "bar and 'reserved'", "items here are taken out of what can be sold")
    if any(node.final for node in graph.nodes):
        yield Entry("final", "double frame", "final: no way out")
    if any(edge.happy for edge in graph.edges):
        yield (
            Entry("thick", "thick line", "happy path")
            if graph.compared
            else Entry("happy", "thick green line", "happy path")
        )
    if Trigger.EVENTLESS in triggers:
        yield Entry("eventless", "dashed line", "no event: tried by the conditions run")
    yield from _trigger_entries(triggers, roles)
    yield from _label_entries(graph, roles)
    yield from _state_entries(graph)
    yield from _mark_entries(graph)


def _label_entries(graph: Graph, roles: set[Role]) -> Iterator[Entry]:
    if Role.COMMAND in roles:
        yield Entry("command", "run", "command, before the item moves")
    if Role.CONDITION in roles:
        yield Entry("condition", "if", "condition: the item moves only when it is true")
    if any(node.kind is NodeKind.DECISION for node in graph.nodes):
        wins = f"when several conditions are true, the {graph.several_true} in the file wins"
        yield Entry("decision", "diamond", f"decision: {wins}")
    if Role.FLAG in roles:
        yield Entry("flag", "flag", "flag of the state")
    if any(edge.missing for edge in graph.edges):
        yield Entry("missing", "red", "no plugin registers this name")
    if Role.FINDING in roles:
        yield Entry("finding", "warning sign", "a check has found this; see below")


def _state_entries(graph: Graph) -> Iterator[Entry]:
    kinds = {node.kind for node in graph.nodes}
    if NodeKind.REFERENCE in kinds:
        yield Entry("reference", "dashed frame with an arrow", "this state is drawn elsewhere")
    if NodeKind.FOLDED in kinds:
        yield Entry("folded", "thick frame", "a subprocess, folded")
    if any(node.heat is not None for node in graph.nodes):
        yield Entry("heat", "shades from grey to orange", "least to most, as the states say")
    if any(node.highlighted for node in graph.nodes):
        yield Entry("highlight", "orange frame", "highlighted state")
    if any(node.count is not None for node in graph.nodes):
        yield Entry("count", "badge", "items in the state now")


_MEANINGS = {
    Mark.ADDED: "new",
    Mark.REMOVED: "gone: dashed, struck out",
    Mark.RENAMED: "only called otherwise",
    Mark.CHANGED: "changed, as the line with the arrow says",
    Mark.TAKEN: "the way of the item, in this order",
    Mark.MISSED: "no test comes here: never entered, or never taken",
}
_PLAIN = {
    Mark.TAKEN: "not passed; numbers are those of the list",
    Mark.MISSED: "a test comes here",
}
"""What is not marked means beside such marks; else that it is as before."""


def _mark_entries(graph: Graph) -> Iterator[Entry]:
    marks = {node.mark for node in graph.nodes} | {edge.mark for edge in graph.edges}
    for mark, meaning in _MEANINGS.items():
        if mark in marks:
            yield Entry(mark.value, f"{SIGNS[mark]} ({mark.value})", meaning)
    if graph.compared and marks != {None}:
        plain = next(
            (_PLAIN[mark] for mark in _PLAIN if mark in marks), "as before; numbers are those of the list"
        )
        yield Entry("plain", "grey", plain)


def _trigger_entries(triggers: set[Trigger], roles: set[Role]) -> Iterator[Entry]:
    if Role.ON_ENTER in roles:
        yield Entry("on-enter", "rounded label", "on enter: fires by itself when an item arrives")
    if Role.TIMEOUT in roles:
        yield Entry("timeout", "dotted label", "timeout: fires after this time in the state")
    if Role.MANUAL in roles:
        yield Entry("manual", "framed label", "manual: a person may fire it")
    if Trigger.CALL in triggers:
        yield Entry("call", "label without frame", "fired only by a call or an import")
