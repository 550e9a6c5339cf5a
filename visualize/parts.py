"""A graph that is too wide in parts: each narrow enough for its text to be read at the width of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from visualize.boxes import edge_box, node_box
from visualize.dot import to_dot
from visualize.graph import Edge, Graph, NodeKind
from visualize.layout import Layout, lay_out
from visualize.look import LEAST_TEXT, Direction, Look
from visualize.order import back_edges, reading_order
from visualize.reduce import part
from visualize.style import SMALLEST

_GAP = 21.0
"""What lies between two boxes of a row, in points."""

_FRAME = 40.0
"""What the frames of subprocesses take of the width, in points."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture with its places; ``number`` is None when it is the whole."""

    graph: Graph
    layout: Layout
    number: int | None = None


def parts_of(graph: Graph, look: Look, margin: float) -> list[Part]:
    """Return the parts of a picture, from the top; ``margin`` is left free at both sides, in points.

    Raises LayoutUnavailable or DiagramFailed.
    """
    limit = None if look.width is None else look.width * SMALLEST / LEAST_TEXT - 2 * margin
    if limit is None or _estimate(graph, look.direction) <= 1.6 * limit:
        whole = _laid_out(graph, look)
        if limit is None or whole.width <= limit or _states(graph) < 2:
            return [Part(graph, whole)]
    return _numbered(graph, look, limit)


def _states(graph: Graph) -> int:
    return sum(node.kind is not NodeKind.DECISION for node in graph.nodes)


def _laid_out(graph: Graph, look: Look) -> Layout:
    return lay_out(to_dot(graph, frame=False, direction=look.direction), look.layout)


def _numbered(graph: Graph, look: Look, limit: float) -> list[Part]:
    groups = list(_groups(graph, limit, look.direction))
    planner = _Planner(look, limit)
    while True:
        numbers = {node: n for n, group in enumerate(groups, start=1) for node in group}
        parts = [
            Part(shown, planner.places(shown), number)
            for number, group in enumerate(groups, start=1)
            for shown in [part(graph, set(group), numbers)]
        ]
        wide = [p.layout.width > limit and _units(graph, g) > 1 for p, g in zip(parts, groups, strict=True)]
        if not any(wide):
            return parts
        groups = [
            half
            for group, too_wide in zip(groups, wide, strict=True)
            for half in (_halves(graph, group) if too_wide else [group])
        ]


class _Planner:
    """Asks for the places of parts, each only once: most parts stay as they are while others are halved."""

    def __init__(self, look: Look, limit: float) -> None:
        self._look = look
        self._limit = limit
        self._known: dict[str, Layout] = {}

    def places(self, graph: Graph) -> Layout:
        """Return the places; a single state with many ways stands in the direction that is narrower."""
        layout = self._places(graph, self._look)
        if layout.width <= self._limit or _states(graph) > _FEW:
            return layout
        turned: Direction = "right" if self._look.direction == "down" else "down"
        return min(
            layout, self._places(graph, replace(self._look, direction=turned)), key=lambda one: one.width
        )

    def _places(self, graph: Graph, look: Look) -> Layout:
        dot = to_dot(graph, frame=False, direction=look.direction)
        # What is written in a box changes with the numbers of the parts, and no place with it.
        key = _LABEL.sub("", dot)
        if key not in self._known:
            self._known[key] = lay_out(dot, look.layout)
        return self._known[key]


_LABEL = re.compile(r'label="(?:[^"\\]|\\.)*"')
_FEW = 3
_CROWDED = 1.25
"""A layout is wider than the estimate by about as much: lines and frames want room beside the boxes."""


def _owners(graph: Graph) -> dict[str, list[str]]:
    """Return for each state what belongs to it: itself, its decisions, its start and the marks behind it."""
    owner: dict[str, str] = {}
    kinds = {node.id: node.kind for node in graph.nodes}
    for edge in graph.edges:
        if kinds[edge.target] is NodeKind.DECISION:
            owner[edge.target] = edge.source
        if kinds[edge.source] is NodeKind.START:
            owner[edge.source] = edge.target
    for edge in graph.edges:
        if kinds[edge.target] is NodeKind.REFERENCE:
            owner[edge.target] = owner.get(edge.source, edge.source)
    found: dict[str, list[str]] = {}
    for node in reading_order(graph):
        found.setdefault(owner.get(node, node), []).append(node)
    return found


def _units(graph: Graph, group: list[str]) -> int:
    members = set(group)
    return sum(owner in members for owner in _owners(graph))


def _halves(graph: Graph, group: list[str]) -> list[list[str]]:
    members = set(group)
    units = [nodes for owner, nodes in _owners(graph).items() if owner in members]
    middle = (len(units) + 1) // 2
    return [[n for unit in half for n in unit] for half in (units[:middle], units[middle:])]


def _groups(graph: Graph, limit: float, direction: Direction) -> Iterator[list[str]]:
    """Yield groups of nodes that are narrow enough by a rough estimate, in reading order."""
    current: list[str] = []
    for unit in _owners(graph).values():
        if current and _estimate(_between(graph, {*current, *unit}), direction) > limit / _CROWDED:
            yield current
            current = []
        current = [*current, *unit]
    yield current


def _between(graph: Graph, members: set[str]) -> Graph:
    nodes = tuple(node for node in graph.nodes if node.id in members)
    return replace(graph, nodes=nodes, edges=tuple(e for e in graph.edges if e.source in members))


def _estimate(graph: Graph, direction: Direction) -> float:
    """Return about how wide a graph is when each box stands behind what leads to it: its widest row, or all."""
    widths = {node.id: node_box(node).width for node in graph.nodes}
    row = _rows(graph)
    rows: dict[int, float] = {}
    for node, width in widths.items():
        rows[row[node]] = rows.get(row[node], 0.0) + width + _GAP
    for edge in graph.edges:
        width = edge_box(edge).width if edge.lines else 0.0
        place = 2 * (row[edge.source] // 2) + 1
        # A way out of the part ends in a mark of its own, in a row of its own.
        rows[place] = rows.get(place, 0.0) + max(width, 0.0 if edge.target in widths else 90.0) + _GAP
    if direction == "right":
        return sum(_widest(graph, row).values()) + _FRAME
    return max(rows.values(), default=0.0) + _FRAME


def _widest(graph: Graph, row: dict[str, int]) -> dict[int, float]:
    """Return how wide the widest box of each row is."""
    found: dict[int, float] = {}
    for node in graph.nodes:
        found[row[node.id]] = max(found.get(row[node.id], 0.0), node_box(node).width + _GAP)
    for edge in graph.edges:
        place = row[edge.source] + 1
        found[place] = max(found.get(place, 0.0), (edge_box(edge).width if edge.lines else 0.0) + _GAP)
        if edge.target not in row:
            found[place + 1] = max(found.get(place + 1, 0.0), 110.0 + _GAP)
    return found


def _rows(graph: Graph) -> dict[str, int]:
    """Return the row of each node: labels stand in the odd rows between."""
    members = {node.id for node in graph.nodes}
    back = back_edges(replace(graph, edges=tuple(e for e in graph.edges if {e.source, e.target} <= members)))
    into: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        if edge.target in members and edge.id not in back:
            into[edge.target].append(edge)
    row: dict[str, int] = {}
    waiting = list(members)
    left = {node: len(edges) for node, edges in into.items()}
    out: dict[str, list[str]] = {}
    for target, edges in into.items():
        for edge in edges:
            out.setdefault(edge.source, []).append(target)
    waiting = [node for node in into if not left[node]]
    while waiting:
        node = waiting.pop()
        row[node] = max((row[e.source] + 2 for e in into[node] if e.source in row), default=0)
        for target in out.get(node, ()):
            left[target] -= 1
            if not left[target]:
                waiting.append(target)
    return {node: row.get(node, 0) for node in into}
