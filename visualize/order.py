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


def reading_order(graph: Graph) -> list[str]:
    """Return the ids of all nodes as they are read: from the start along the happy path, then what hangs on it."""
    leaving: dict[str, list[Edge]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        leaving[edge.source].append(edge)
    found: dict[str, None] = {}
    roots = sorted(graph.nodes, key=lambda node: node.kind is not NodeKind.START)
    for root in roots:
        stack = [root.id]
        while stack:
            node = stack.pop()
            if node not in found:
                found[node] = None
                # The last one is read next: the happy one.
                ways = sorted(leaving[node], key=lambda edge: edge.happy)
                stack += [edge.target for edge in reversed(ways) if not edge.happy]
                stack += [edge.target for edge in ways if edge.happy]
    return list(found)
