"""Which edges run against the reading direction: found by walking from the start, the happy path first."""

from __future__ import annotations

from visualize.graph import Edge, Graph, NodeKind


def back_edges(graph: Graph) -> frozenset[str]:
    """Return the ids of the edges that lead back to a node on the way to them (self-loops included)."""
    leaving: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        leaving[edge.source].append(edge)
    for edges in leaving.values():
        edges.sort(key=lambda edge: not edge.happy)
    roots = sorted(graph.nodes, key=lambda node: node.kind is not NodeKind.START)
    found: set[str] = set()
    done: set[str] = set()
    for root in roots:
        if root.id not in done:
            _walk(root.id, leaving, done, found)
    return frozenset(found)


def _walk(root: str, leaving: dict[str, list[Edge]], done: set[str], found: set[str]) -> None:
    # Depth first without recursion: a process may be longer than Python's stack is deep.
    path = {root}
    stack = [(root, iter(leaving[root]))]
    while stack:
        node, edges = stack[-1]
        edge = next(edges, None)
        if edge is None:
            stack.pop()
            path.discard(node)
            done.add(node)
        elif edge.target in path:
            found.add(edge.id)
        elif edge.target not in done:
            path.add(edge.target)
            stack.append((edge.target, iter(leaving[edge.target])))
