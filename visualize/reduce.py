"""Less of a graph: only what is around a state, subprocesses as one box, and ends that are drawn more than once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from visualize.graph import Edge, Graph, Line, Node, NodeKind, Role, Trigger
from visualize.text import states_text

_LARGE = 15
"""A graph with fewer states keeps its lines: each is short enough to follow."""

_MANY = 4
"""A state with at least as many ways in is drawn more than once."""


def around(graph: Graph, states: Collection[str], depth: int) -> Graph:
    """Return only what is at most ``depth`` ways before or behind one of these states (node ids).

    A state with ways that are left out says how many. A decision counts with the way that leads to it.
    """
    near = _near(graph, states, depth)
    edges = [edge for edge in graph.edges if edge.source in near and edge.target in near]
    kept = {edge.id for edge in edges}
    cut: Counter[str] = Counter()
    for edge in graph.edges:
        if edge.id not in kept:
            cut.update(end for end in (edge.source, edge.target) if end in near)
    nodes = tuple(_with_more(node, cut[node.id]) for node in graph.nodes if node.id in near)
    shown = sum(node.kind is NodeKind.STATE for node in nodes)
    total = sum(node.kind is NodeKind.STATE for node in graph.nodes)
    notes = (
        graph.notes if shown == total else (*graph.notes, f"Only a part: {shown} of {states_text(total)}.")
    )
    return _with(graph, nodes, edges, notes)


def _near(graph: Graph, states: Collection[str], depth: int) -> set[str]:
    decisions = {node.id for node in graph.nodes if node.kind is NodeKind.DECISION}
    ahead: dict[str, set[str]] = defaultdict(set)
    behind: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        ahead[edge.source].add(edge.target)
        behind[edge.target].add(edge.source)
    return _reached(ahead, decisions, states, depth) | _reached(behind, decisions, states, depth)


def _reached(
    beside: Mapping[str, set[str]], decisions: Collection[str], states: Collection[str], depth: int
) -> set[str]:
    """Return what can be reached in so many ways; what stands behind a decision is one way away."""
    near = set(states)
    frontier = set(states)
    for _ in range(depth):
        found = {other for node in frontier for other in beside.get(node, ())}
        found |= {other for node in found & set(decisions) for other in beside.get(node, ())}
        frontier = found - near - set(decisions)
        near |= found
    return near


def _with_more(node: Node, cut: int) -> Node:
    if not cut or node.kind is not NodeKind.STATE:
        return node
    ways = "way" if cut == 1 else "ways"
    return replace(node, lines=(*node.lines, Line(Role.PART, f"{cut} more {ways} not shown")))


def collapsed(graph: Graph, names: Collection[str] | None = None) -> Graph:
    """Return the graph with each of these subprocesses as one box; None: all but the main one."""
    folded = {
        cluster.id: cluster
        for cluster in graph.clusters
        if (not cluster.main if names is None else cluster.name in names)
    }
    inside = {node.id: node.cluster for node in graph.nodes if node.cluster in folded}
    if not inside:
        return graph
    boxes = [_box(c.id, c.name, [n for n in graph.nodes if n.cluster == c.id]) for c in folded.values()]
    nodes = [node for node in graph.nodes if node.id not in inside]
    return _with(graph, [*nodes, *boxes], _redirected(graph, inside))


def _box(ident: str, name: str, members: Iterable[Node]) -> Node:
    states = [node for node in members if node.kind is NodeKind.STATE]
    lines = [Line(Role.NAME, name), Line(Role.DISPLAY, f"{states_text(len(states))}, folded")]
    reserved = sum(node.reserved for node in states)
    if reserved:
        lines.append(Line(Role.RESERVED, f"{reserved} reserved"))
    count = sum(node.count or 0 for node in states) or None
    return Node(ident, NodeKind.FOLDED, name, None, tuple(lines), reserved=bool(reserved), count=count)


def _redirected(graph: Graph, inside: Mapping[str, str | None]) -> list[Edge]:
    """Return the edges that are left; one that comes out of a decision within a box says what led to it."""
    decisions = {node.id for node in graph.nodes if node.kind is NodeKind.DECISION and node.id in inside}
    led = {edge.target: edge for edge in graph.edges if edge.target in decisions}
    found: dict[tuple[object, ...], Edge] = {}
    for edge in graph.edges:
        source = inside.get(edge.source) or edge.source
        target = inside.get(edge.target) or edge.target
        if source == target and edge.source in inside:
            continue
        said = edge
        if edge.source in led:
            said = replace(
                edge, lines=(*led[edge.source].lines, *edge.lines), trigger=led[edge.source].trigger
            )
        said = replace(said, source=source, target=target)
        found.setdefault((source, target, said.lines, said.mark), said)
    return list(found.values())


def repeated(graph: Graph) -> Graph:
    """Return the graph with states that many ways lead to drawn again at the end of the ways.

    The first and the happy ones of its ways lead to the state itself, the others to a mark with its name.
    """
    states = {node.id: node for node in graph.nodes if node.kind in (NodeKind.STATE, NodeKind.FOLDED)}
    ways: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.target in states and edge.source != edge.target and edge.trigger is not Trigger.START:
            ways[edge.target].append(edge)
    if len(states) < _LARGE:
        return graph
    copies: dict[str, Node] = {}
    moved: dict[str, str] = {}
    clusters = {node.id: node.cluster for node in graph.nodes}
    for target, found in ways.items():
        if len(found) >= _MANY:
            own = [edge for edge in found if clusters[edge.source] == clusters[target]]
            first = (own or found)[0]
            for edge in found:
                if edge is not first and not edge.happy:
                    copy = reference(states[target], f"{edge.source} to {target}", clusters[edge.source])
                    copies[copy.id] = copy
                    moved[edge.id] = copy.id
    edges = [replace(e, target=moved[e.id]) if e.id in moved else e for e in graph.edges]
    return _with(graph, [*graph.nodes, *copies.values()], edges)


def reference(node: Node, ident: str, cluster: str | None, note: str = "drawn above or below") -> Node:
    """Return the mark that stands for a state that is drawn elsewhere."""
    lines = (Line(Role.REFERENCE, node.name), Line(Role.PART, note))
    return Node(
        f"reference: {ident}",
        NodeKind.REFERENCE,
        node.name,
        cluster,
        lines,
        final=node.final,
        refers_to=node.id,
    )


def _with(
    graph: Graph, nodes: Iterable[Node], edges: Iterable[Edge], notes: tuple[str, ...] | None = None
) -> Graph:
    nodes = tuple(nodes)
    used = {node.cluster for node in nodes}
    return replace(
        graph,
        nodes=nodes,
        edges=tuple(edges),
        clusters=tuple(cluster for cluster in graph.clusters if cluster.id in used),
        notes=graph.notes if notes is None else notes,
    )


def part(graph: Graph, members: Collection[str], numbers: dict[str, int]) -> Graph:
    """Return the part of a graph that has these nodes; ``numbers`` says in which part every node is.

    A way into another part ends in a mark with the number of that part; a state says from where else it is entered.
    """
    by_id = {node.id: node for node in graph.nodes}
    edges, marks = [], {}
    entered: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.source in members:
            if edge.target not in members:
                target = by_id[edge.target]
                note = f"part {numbers[edge.target]}"
                mark = reference(
                    target, f"part {edge.source} to {target.id}", by_id[edge.source].cluster, note
                )
                marks[mark.id] = mark
                edges.append(replace(edge, target=mark.id))
            else:
                edges.append(edge)
        elif edge.target in members:
            entered[edge.target].append(edge)
    nodes = [
        _with_entries(node, entered[node.id], by_id, numbers) for node in graph.nodes if node.id in members
    ]
    return _with(graph, [*nodes, *marks.values()], edges)


def _with_entries(node: Node, edges: list[Edge], by_id: dict[str, Node], numbers: dict[str, int]) -> Node:
    if not edges:
        return node
    from_parts = sorted({numbers[edge.source] for edge in edges})
    listed = ", ".join(map(str, from_parts))
    text = f"also entered from part{'s' if len(from_parts) > 1 else ''} {listed}"
    return replace(node, lines=(*node.lines, Line(Role.PART, text)))
