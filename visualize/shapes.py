"""The parts of a picture, drawn into the places that the layout gives them."""

from __future__ import annotations

from lxml import etree

from visualize import pen, style
from visualize.boxes import RESERVED_BAR, Box, Row, edge_box, node_box
from visualize.fonts import text_width
from visualize.graph import Cluster, Edge, Graph, Line, Mark, Node, NodeKind, Role
from visualize.layout import Layout, Rect
from visualize.signs import mark_text
from visualize.text import clean

_CLUSTER_SIZE = 12.5
_BADGE_SIZE = 10.5


def draw_graph(body: etree._Element, graph: Graph, layout: Layout) -> None:
    """Draw a graph into ``body``, from its upper left corner on."""
    _Body(graph, layout).draw(body)


class _Body:
    def __init__(self, graph: Graph, layout: Layout) -> None:
        self._graph = graph
        self._layout = layout
        self._clusters = {node.id: node.cluster for node in graph.nodes}

    def draw(self, body: etree._Element) -> None:
        clusters = [(c, self._layout.boxes[f"c{number}"]) for number, c in enumerate(self._graph.clusters)]
        for cluster, rect in clusters:
            _draw_cluster(body, cluster, rect)
        for number, node in enumerate(self._graph.nodes):
            if node.highlighted:
                # Under the arrows, whose heads would vanish behind it.
                look = {"fill": "none", "stroke": style.HIGHLIGHT, "class_": "halo"}
                pen.box(body, self._layout.boxes[f"n{number}"], radius=10, grow=5, stroke_width=4, **look)
        # What matters most is drawn last, so that it lies over the lines that it crosses.
        numbered = sorted(enumerate(self._graph.edges), key=lambda item: (bool(item[1].mark), item[1].happy))
        for number, edge in numbered:
            self._draw_edge(body, number, edge)
        names: dict[str | None, str] = {cluster.id: cluster.name for cluster, _ in clusters}
        for cluster, rect in clusters:
            _draw_cluster_name(body, cluster, rect)
        for number, node in enumerate(self._graph.nodes):
            group = _draw_node(body, node, self._layout.boxes[f"n{number}"], self._graph.compared)
            if node.cluster in names:
                group.set("data-process", clean(names[node.cluster]))

    def _draw_edge(self, body: etree._Element, number: int, edge: Edge) -> None:
        group = pen.element(body, "g", class_=_edge_class(edge))
        group.set("data-from", clean(edge.source))
        group.set("data-to", clean(edge.target))
        event = next((line.text for line in edge.lines if line.role is Role.EVENT), None)
        if event is not None:
            group.set("data-event", clean(event))
        _title(group, edge.lines)
        look = style.line_of(edge, self._graph.compared)
        for half in "ab":
            curve = self._layout.curves.get(f"e{number}{half}")
            if curve is not None:
                pen.arrow(group, curve, color=look.color, width=look.width, dash=look.dash)
        if edge.lines:
            inside = self._clusters[edge.source] == self._clusters[edge.target]
            ground = style.CLUSTER_FILL if inside else style.PAPER
            _draw_label(group, edge, self._layout.boxes[f"e{number}"], ground)


def _title(group: etree._Element, lines: tuple[Line, ...]) -> None:
    if lines:
        pen.element(group, "title").text = "\n".join(clean(line.text) for line in lines)


def _edge_class(edge: Edge) -> str:
    marks = [name for name, on in (("happy", edge.happy), ("missing", edge.missing)) if on]
    return " ".join(("edge", edge.trigger.value, *marks, *([edge.mark.value] if edge.mark else [])))


def _node_class(node: Node) -> str:
    marks = [mark for mark in ("reserved", "final", "happy", "highlighted") if getattr(node, mark)]
    return " ".join(("node", node.kind.value, *marks, *([node.mark.value] if node.mark else [])))


def _draw_cluster(body: etree._Element, cluster: Cluster, rect: Rect) -> None:
    group = pen.element(body, "g", class_="cluster main" if cluster.main else "cluster")
    group.set("data-process", clean(cluster.name))
    pen.box(group, rect, radius=9, fill=style.CLUSTER_FILL, stroke=style.CLUSTER_LINE, stroke_width=1)


def _draw_cluster_name(body: etree._Element, cluster: Cluster, rect: Rect) -> None:
    # Above the arrows, on a ground of its own: an arrow that enters from above would cross the name out.
    name, room = clean(cluster.name), rect.width - 20
    size = _CLUSTER_SIZE * min(1.0, room / max(text_width(name, _CLUSTER_SIZE, True), 1.0))
    width = text_width(name, size, True)
    ground = Rect(rect.x + 7, rect.y + 5, width + 6, 18)
    pen.box(body, ground, fill=style.CLUSTER_FILL)
    pen.text(body, name, (rect.x + 10, rect.y + 14), size=size, bold=True, color=style.MUTED)


def _draw_node(body: etree._Element, node: Node, rect: Rect, compared: bool) -> etree._Element:
    group = pen.element(body, "g", class_=_node_class(node))
    group.set("data-id", clean(node.id))
    if node.kind is NodeKind.START:
        x, y = rect.center
        pen.element(group, "circle", cx=x, cy=y, r=rect.width / 2, fill=style.INK)
    elif node.kind is NodeKind.DECISION:
        _title(group, (Line(Role.NAME, node.name),))
        draw_diamond(group, rect)
    else:
        group.set("data-copy-of" if node.refers_to else "data-state", clean(node.name))
        _title(group, node.lines)
        draw_state(group, node, rect, compared=compared)
    return group


def draw_diamond(group: etree._Element, rect: Rect) -> None:
    """Draw a decision."""
    x, y = rect.center
    right, low = rect.x + rect.width, rect.y + rect.height
    corners = ((x, rect.y), (right, y), (x, low), (rect.x, y))
    points = " ".join(f"{pen.number(a)},{pen.number(b)}" for a, b in corners)
    pen.element(group, "polygon", points=points, fill=style.PAPER, stroke=style.INK, stroke_width=1.4)
    pen.text(group, "?", (x, y), size=rect.height * 0.42, bold=True, anchor="middle")


def draw_state(group: etree._Element, node: Node, rect: Rect, *, compared: bool = False) -> None:
    """Draw a state: frame, bar of a reserved one, second frame of a final one, text and badges.

    Where two processes are ``compared``, what is as before stays in the background.
    """
    look = style.frame_of(node, compared)
    pen.box(
        group,
        rect,
        radius=6,
        fill=look.fill,
        stroke=look.line,
        stroke_width=look.width,
        stroke_dasharray=look.dash,
    )
    if node.final:
        pen.box(group, rect, radius=4, grow=-3, fill="none", stroke=look.line, stroke_width=1)
    left = 0.0
    if node.reserved:
        left = RESERVED_BAR
        bar = Rect(rect.x + 4, rect.y + 5, RESERVED_BAR - 2, rect.height - 10)
        pen.box(group, bar, radius=2, class_="bar", fill=style.RESERVED)
    struck = node.mark is Mark.REMOVED
    _draw_rows(group, node_box(node), Rect(rect.x + left, rect.y, rect.width - left, rect.height), struck)
    if node.count is not None:
        draw_badge(group, str(node.count), (rect.x + rect.width, rect.y))
    _draw_mark(group, node.mark, node.numbers, (rect.x, rect.y))


def draw_badge(group: etree._Element, shown: str, corner: tuple[float, float]) -> None:
    """Draw a number on the upper right corner of a box."""
    width = text_width(shown, _BADGE_SIZE, True) + 12
    rect = Rect(corner[0] - width + 8, corner[1] - 9, width, 17)
    pen.box(group, rect, radius=8.5, class_="badge", fill=style.BADGE, stroke=style.PAPER, stroke_width=1.2)
    pen.text(group, shown, rect.center, size=_BADGE_SIZE, bold=True, color=style.PAPER, anchor="middle")


def _draw_mark(
    group: etree._Element, mark: Mark | None, numbers: tuple[int, ...], corner: tuple[float, float]
) -> None:
    if mark is None:
        return
    shown = mark_text(mark, numbers)
    width = text_width(shown, _BADGE_SIZE, True) + 10
    rect = Rect(corner[0] - 8, corner[1] - 9, width, 16)
    draw_mark_badge(group, mark, shown, rect)


def draw_mark_badge(group: etree._Element, mark: Mark, shown: str, rect: Rect) -> None:
    """Draw the badge of a mark into a rectangle."""
    fill = style.MARKS[mark].color
    pen.box(group, rect, radius=3, class_="mark", fill=fill, stroke=style.PAPER, stroke_width=1.2)
    pen.text(group, shown, rect.center, size=_BADGE_SIZE, bold=True, color=style.PAPER, anchor="middle")


def _draw_label(group: etree._Element, edge: Edge, rect: Rect, ground: str) -> None:
    look = style.BOX[edge.trigger]
    mark = style.MARKS[edge.mark] if edge.mark else None
    line = style.MISSING if edge.missing else mark.color if mark else look.line
    fill = mark.fill if mark else ground if look.line is None else look.fill
    pen.box(
        group,
        rect,
        radius=min(look.radius, rect.height / 2),
        class_="label",
        fill=fill,
        stroke=line,
        stroke_width=(1.6 if mark else 1) if line else None,
        stroke_dasharray=mark.dash if mark else look.dash,
    )
    _draw_rows(group, edge_box(edge), rect, edge.mark is Mark.REMOVED)
    _draw_mark(group, edge.mark, edge.numbers, (rect.x, rect.y))


def _draw_rows(group: etree._Element, box: Box, rect: Rect, struck: bool) -> None:
    y = rect.y + (rect.height - sum(row.height for row in box.rows)) / 2
    for row in box.rows:
        _draw_row(group, row, rect.x + rect.width / 2, y + row.height / 2, struck)
        y += row.height


def _draw_row(group: etree._Element, row: Row, x: float, y: float, struck: bool) -> None:
    look = row.style
    color = style.MARKS[row.mark].color if row.mark else style.MISSING if row.missing else look.color
    left = x - (row.indent + row.width) / 2
    if row.icon:
        pen.icon(group, row.icon, (left, y), row.indent - 4, color)
    pen.text(group, row.text, (left + row.indent, y), size=look.size, bold=look.bold, color=color)
    if struck:
        start, end = pen.number(left + row.indent), pen.number(left + row.indent + row.width)
        path = f"M{start},{pen.number(y)} H{end}"
        pen.element(group, "path", d=path, stroke=style.MARKS[Mark.REMOVED].color, stroke_width=1)
