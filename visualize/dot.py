"""A graph as a DOT file, which is also what the layout engines get.

Every label is a node of its own on the way of its edge: so it is clear which arrow a label belongs to, and
the sizes of all boxes are known before the layout and do not depend on the fonts of the machine. The ``id``
attributes (``n3``, ``e5``, ``e5a``, ``e5b``, ``c0``) connect the layout's answer with the graph again.
"""

from __future__ import annotations

from collections.abc import Iterator

from visualize import style
from visualize.boxes import Box, edge_box, node_box
from visualize.graph import Cluster, Edge, Graph, Node, NodeKind, Trigger
from visualize.legend import legend_of
from visualize.look import Direction
from visualize.order import back_edges
from visualize.signs import mark_text
from visualize.text import clean, items

_POINTS_PER_INCH = 72
_LARGE = 300
# The work of a careful layout grows much faster than the graph: minutes at 200 states, so not for the largest.
_HASTE: dict[str, str | float] = {"nslimit": 0.1, "mclimit": 0.2, "splines": "line"}
_HAPPY_GROUP: dict[str, str | float] = {"group": "happy"}  # dot keeps the chains of a group straight
_HAPPY_WEIGHT, _FORWARD_WEIGHT, _BACK_WEIGHT = 40, 4, 1


def to_dot(graph: Graph, *, frame: bool = True, direction: Direction = "down") -> str:
    """Return the graph as DOT text; the same graph gives the same text.

    ``frame`` adds title, notes and legend; the drawings of this package leave them out and draw their own.
    """
    return "\n".join(_Writer(graph).lines(frame, direction)) + "\n"


def _quoted(text: str) -> str:
    # In a label a backslash starts an escape and & an HTML entity.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")
    return f'"{escaped}"'


def _attributes(values: dict[str, str | float]) -> str:
    return ", ".join(f"{name}={_quoted(str(value))}" for name, value in values.items())


def _inches(points: float) -> str:
    return f"{points / _POINTS_PER_INCH:.4f}"


def _size(box: Box) -> dict[str, str | float]:
    return {"width": _inches(box.width), "height": _inches(box.height)}


def _text(box: Box) -> str:
    return "\n".join(row.text for row in box.rows)


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes = {node.id: node for node in graph.nodes}
        self._back = back_edges(graph)
        self._names = _node_names(graph)

    def lines(self, frame: bool, direction: Direction) -> Iterator[str]:
        graph = self._graph
        yield f"digraph {_quoted(clean(graph.name))} {{"
        yield from _defaults(graph, direction)
        if frame:
            yield from _title(graph)
        for number, cluster in enumerate(graph.clusters):
            yield f"  subgraph cluster_{number} {{"
            yield f"    graph [{_attributes(_cluster_attributes(number, cluster))}];"
            yield from (f"    {line}" for line in self._boxes(cluster.id))
            yield "  }"
        yield from (f"  {line}" for line in self._boxes(None))
        for number, edge in enumerate(graph.edges):
            yield from (f"  {line}" for line in self._arrows(number, edge))
        if frame:
            yield from _legend(graph)
        yield "}"

    def _boxes(self, cluster: str | None) -> Iterator[str]:
        for number, node in enumerate(self._graph.nodes):
            if node.cluster == cluster:
                yield f"{self._names[node.id]} [{_attributes(_node_attributes(number, node))}];"
        for number, edge in enumerate(self._graph.edges):
            if edge.lines and self._label_cluster(edge) == cluster:
                yield f"{self._names[edge.id]} [{_attributes(_label_attributes(number, edge))}];"

    def _label_cluster(self, edge: Edge) -> str | None:
        source, target = self._nodes[edge.source].cluster, self._nodes[edge.target].cluster
        return source if source == target else None

    def _arrows(self, number: int, edge: Edge) -> Iterator[str]:
        source, target, label = (self._names.get(i) for i in (edge.source, edge.target, edge.id))
        base, back = _arrow_attributes(edge), edge.id in self._back
        weight = _HAPPY_WEIGHT if edge.happy else _BACK_WEIGHT if back else _FORWARD_WEIGHT
        base["weight"] = weight
        arrow: dict[str, str | float] = {"dir": "back"} if back and edge.source != edge.target else {}
        plain: dict[str, str | float] = {"dir": "none"}
        if not edge.lines:
            ends = (target, source) if arrow else (source, target)
            yield _arrow(*ends, {"id": f"e{number}a", **base, **arrow})
        elif edge.source == edge.target:
            # Both halves run downwards, so that the label hangs below its state like an ear.
            yield _arrow(source, label, {"id": f"e{number}a", **base, **plain})
            yield _arrow(source, label, {"id": f"e{number}b", **base, "dir": "back"})
        elif back:
            # Written upside down: the layout then keeps the label between its two ends.
            yield _arrow(target, label, {"id": f"e{number}b", **base, **arrow})
            yield _arrow(label, source, {"id": f"e{number}a", **base, **plain})
        else:
            yield _arrow(source, label, {"id": f"e{number}a", **base, **plain})
            yield _arrow(label, target, {"id": f"e{number}b", **base})


def _arrow(source: str | None, target: str | None, attributes: dict[str, str | float]) -> str:
    return f"{source} -> {target} [{_attributes(attributes)}];"


def _node_names(graph: Graph) -> dict[str, str]:
    names: dict[str, str] = {}
    taken: set[str] = set()
    for number, ident in enumerate([*(n.id for n in graph.nodes), *(e.id for e in graph.edges)]):
        name = clean(ident)
        # Cleaning may make two names equal.
        name = f"{name} #{number}" if name in taken else name
        taken.add(name)
        names[ident] = _quoted(name)
    return names


def _title(graph: Graph) -> Iterator[str]:
    title = "\n".join((clean(graph.name), *map(clean, graph.notes)))
    yield f"  graph [{_attributes({'label': title, 'labelloc': 't', 'fontsize': 15})}];"


def _defaults(graph: Graph, direction: Direction) -> Iterator[str]:
    values: dict[str, str | float] = {
        "rankdir": "TB" if direction == "down" else "LR",
        "newrank": "true",
        "nodesep": "0.28",
        "ranksep": "0.26",
        "fontname": "Arial",
    }
    if len(graph.nodes) + sum(bool(edge.lines) for edge in graph.edges) > _LARGE:
        values |= _HASTE
    yield f"  graph [{_attributes(values)}];"
    yield f"  node [{_attributes({'fontname': 'Arial', 'fontsize': 9, 'margin': '0.02,0.02'})}];"
    yield f"  edge [{_attributes({'color': style.LINE, 'arrowsize': 0.8})}];"


def _cluster_attributes(number: int, cluster: Cluster) -> dict[str, str | float]:
    return {
        "id": f"c{number}",
        "label": clean(cluster.name),
        "labeljust": "l",
        "labelloc": "t",
        "fontsize": 13,
        "margin": 16,
        "style": "rounded,filled",
        "color": style.CLUSTER_LINE,
        "fillcolor": style.CLUSTER_FILL,
    }


def _node_attributes(number: int, node: Node) -> dict[str, str | float]:
    ident: dict[str, str | float] = {"id": f"n{number}"}
    if node.kind is NodeKind.START:
        return {**ident, "shape": "circle", "label": "", **_size(node_box(node)), **_filled(style.INK)}
    if node.kind is NodeKind.DECISION:
        shown: dict[str, str | float] = {"shape": "diamond", "label": "?", "fixedsize": "true"}
        return {**ident, **shown, **_size(node_box(node)), **_filled(style.PAPER)}
    box = node_box(node)
    if node.mark is not None:
        return {**ident, **_marked_node(node, box)}
    fill = style.RESERVED_FILL if node.reserved else style.HAPPY_FILL if node.happy else style.PAPER
    label = _text(box) if node.count is None else f"{_text(box)}\n{items(node.count)}"
    attributes = {**ident, "shape": "box", "label": label, **_size(box), **_filled(fill)}
    attributes["style"] = "rounded,filled,bold" if node.reserved else "rounded,filled"
    attributes["color"] = style.RESERVED if node.reserved else style.HAPPY if node.happy else style.INK
    if node.happy:
        attributes |= _HAPPY_GROUP
    if node.final:
        attributes["peripheries"] = 2
    if node.highlighted:
        attributes |= {"color": style.HIGHLIGHT, "fillcolor": style.HIGHLIGHT_FILL, "penwidth": 4}
    return attributes


def _marked_node(node: Node, box: Box) -> dict[str, str | float]:
    assert node.mark is not None
    look = style.MARKS[node.mark]
    return {
        "shape": "box",
        "label": f"{mark_text(node.mark, node.numbers)}\n{_text(box)}",
        **_size(box),
        "style": "rounded,filled,dashed" if look.dash else "rounded,filled,bold",
        "fillcolor": look.fill,
        "color": look.color,
        **({"peripheries": 2} if node.final else {}),
    }


def _filled(color: str) -> dict[str, str | float]:
    return {"style": "filled", "fillcolor": color}


def _label_attributes(number: int, edge: Edge) -> dict[str, str | float]:
    box, look = edge_box(edge), style.BOX[edge.trigger]
    group = _HAPPY_GROUP if edge.happy else {}
    kinds = ["filled", *(["rounded"] if look.radius > 10 else []), *(["dotted"] if look.dash else [])]
    return {
        "id": f"e{number}",
        "shape": "box",
        "label": f"{mark_text(edge.mark, edge.numbers)}\n{_text(box)}" if edge.mark else _text(box),
        **_size(box),
        "style": ",".join(kinds),
        "fillcolor": look.fill,
        "color": style.MISSING if edge.missing else look.line or look.fill,
        "fontcolor": style.MISSING if edge.missing else style.INK,
        **group,
    }


def _arrow_attributes(edge: Edge) -> dict[str, str | float]:
    values: dict[str, str | float] = {}
    if edge.trigger is Trigger.EVENTLESS:
        values["style"] = "dashed"
    if edge.mark is not None:
        look = style.MARKS[edge.mark]
        return {
            "color": look.color,
            "penwidth": look.width,
            **({"style": "dashed"} if look.dash else values),
        }
    if edge.happy:
        values |= {"color": style.HAPPY, "penwidth": style.HAPPY_WIDTH}
    return values


def _legend(graph: Graph) -> Iterator[str]:
    text = "\n".join(f"{entry.sign}: {entry.meaning}" for entry in legend_of(graph))
    yield "  subgraph cluster_legend {"
    yield f"    graph [{_attributes({'label': 'Legend', 'style': 'rounded', 'color': style.CLUSTER_LINE})}];"
    yield f"    legend [{_attributes({'id': 'legend', 'shape': 'plaintext', 'label': text})}];"
    yield "  }"
