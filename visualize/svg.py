"""A graph as an SVG picture: the layout gives the places, everything else is drawn here."""

from __future__ import annotations

from lxml import etree

from visualize import pen, style
from visualize.boxes import RESERVED_BAR, Box, Row, edge_box, node_box
from visualize.dot import to_dot
from visualize.fonts import text_width
from visualize.graph import Cluster, Edge, Graph, Line, Node, NodeKind, Role, Trigger
from visualize.layout import Engine, Layout, Rect, lay_out
from visualize.legend import legend_of
from visualize.legend_drawing import draw_legend, legend_size
from visualize.text import clean, wrap

_MARGIN = 14.0
_TITLE_SIZE = 17.0
_NOTE_SIZE = 11.0
_CLUSTER_SIZE = 12.5
_NOTE_WRAP = 110


def to_svg(graph: Graph, *, layout: Engine = "auto", legend: bool = True) -> str:
    """Return the graph as an SVG document.

    Each state is a group with ``data-state``, each arrow one with ``data-from`` and ``data-to``; the
    ``title`` of a group holds its whole text. Raises LayoutUnavailable or DiagramFailed.
    """
    return _Drawing(graph, lay_out(to_dot(graph, frame=False), layout), legend).svg()


class _Drawing:
    def __init__(self, graph: Graph, layout: Layout, legend: bool) -> None:
        self._graph = graph
        self._layout = layout
        self._clusters = {node.id: node.cluster for node in graph.nodes}
        self._legend = legend_of(graph) if legend else ()
        self._notes = [line for note in graph.notes for line in wrap(note, _NOTE_WRAP)]
        self._head = _TITLE_SIZE * 1.7 + len(self._notes) * _NOTE_SIZE * 1.5

    def svg(self) -> str:
        title = clean(self._graph.name)
        least = max([text_width(title, _TITLE_SIZE, True), *(text_width(n, _NOTE_SIZE) for n in self._notes)])
        inner = max(self._layout.width, least, 520.0 if self._legend else 0.0)
        legend_height = legend_size(self._legend, inner)
        width = inner + 2 * _MARGIN
        height = self._head + self._layout.height + legend_height + 2 * _MARGIN
        root = pen.element(
            None,
            "svg",
            width=pen.number(width),
            height=pen.number(height),
            viewBox=f"0 0 {pen.number(width)} {pen.number(height)}",
            role="img",
            class_="earmark-diagram",
        )
        pen.element(root, "title").text = f"Order process {title}"
        pen.element(root, "rect", width=width, height=height, fill=style.PAPER)
        self._draw_head(root, title)
        left = _MARGIN + (inner - self._layout.width) / 2
        body = pen.element(root, "g", transform=_shift(left, _MARGIN + self._head))
        self._draw_body(body)
        if self._legend:
            foot = _shift(_MARGIN, _MARGIN + self._head + self._layout.height)
            draw_legend(pen.element(root, "g", class_="legend", transform=foot), self._legend, inner)
        return etree.tostring(root, encoding="unicode", pretty_print=False) + "\n"

    def _draw_head(self, root: etree._Element, title: str) -> None:
        head = pen.element(root, "g", class_="head")
        y = _MARGIN + _TITLE_SIZE * 0.6
        pen.text(head, title, (_MARGIN, y), size=_TITLE_SIZE, bold=True)
        for number, note in enumerate(self._notes):
            place = (_MARGIN, y + _TITLE_SIZE + number * _NOTE_SIZE * 1.5)
            pen.text(head, note, place, size=_NOTE_SIZE, color=style.MISSING)

    def _draw_body(self, body: etree._Element) -> None:
        clusters = [(c, self._layout.boxes[f"c{number}"]) for number, c in enumerate(self._graph.clusters)]
        for cluster, rect in clusters:
            _draw_cluster(body, cluster, rect)
        for number, node in enumerate(self._graph.nodes):
            if node.highlighted:
                # Under the arrows, whose heads would vanish behind it.
                look = {"fill": "none", "stroke": style.HIGHLIGHT, "class_": "halo"}
                pen.box(body, self._layout.boxes[f"n{number}"], radius=10, grow=5, stroke_width=4, **look)
        # The happy path is drawn last, so that it lies over the lines that it crosses.
        numbered = sorted(enumerate(self._graph.edges), key=lambda item: item[1].happy)
        for number, edge in numbered:
            self._draw_edge(body, number, edge)
        for cluster, rect in clusters:
            _draw_cluster_name(body, cluster, rect)
        for number, node in enumerate(self._graph.nodes):
            _draw_node(body, node, self._layout.boxes[f"n{number}"])

    def _draw_edge(self, body: etree._Element, number: int, edge: Edge) -> None:
        group = pen.element(body, "g", class_=_edge_class(edge))
        group.set("data-from", clean(edge.source))
        group.set("data-to", clean(edge.target))
        event = next((line.text for line in edge.lines if line.role is Role.EVENT), None)
        if event is not None:
            group.set("data-event", clean(event))
        _title(group, edge.lines)
        color = style.HAPPY if edge.happy else style.LINE
        width = style.HAPPY_WIDTH if edge.happy else style.LINE_WIDTH
        dash = "6 4" if edge.trigger is Trigger.EVENTLESS else None
        for half in "ab":
            curve = self._layout.curves.get(f"e{number}{half}")
            if curve is not None:
                pen.arrow(group, curve, color=color, width=width, dash=dash)
        if edge.lines:
            inside = self._clusters[edge.source] == self._clusters[edge.target]
            ground = style.CLUSTER_FILL if inside else style.PAPER
            _draw_label(group, edge, self._layout.boxes[f"e{number}"], ground)


def _shift(x: float, y: float) -> str:
    return f"translate({pen.number(x)} {pen.number(y)})"


def _title(group: etree._Element, lines: tuple[Line, ...]) -> None:
    if lines:
        pen.element(group, "title").text = "\n".join(clean(line.text) for line in lines)


def _edge_class(edge: Edge) -> str:
    marks = [name for name, on in (("happy", edge.happy), ("missing", edge.missing)) if on]
    return " ".join(("edge", edge.trigger.value, *marks))


def _node_class(node: Node) -> str:
    marks = ("reserved", "final", "happy", "highlighted")
    return " ".join(("node", node.kind.value, *(mark for mark in marks if getattr(node, mark))))


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


def _draw_node(body: etree._Element, node: Node, rect: Rect) -> None:
    group = pen.element(body, "g", class_=_node_class(node))
    group.set("data-id", clean(node.id))
    if node.kind is NodeKind.START:
        x, y = rect.center
        pen.element(group, "circle", cx=x, cy=y, r=rect.width / 2, fill=style.INK)
    elif node.kind is NodeKind.DECISION:
        _title(group, (Line(Role.NAME, node.name),))
        draw_diamond(group, rect)
    else:
        group.set("data-state", clean(node.name))
        _title(group, node.lines)
        draw_state(group, node, rect)


def draw_diamond(group: etree._Element, rect: Rect) -> None:
    """Draw a decision."""
    x, y = rect.center
    right, low = rect.x + rect.width, rect.y + rect.height
    corners = ((x, rect.y), (right, y), (x, low), (rect.x, y))
    points = " ".join(f"{pen.number(a)},{pen.number(b)}" for a, b in corners)
    pen.element(group, "polygon", points=points, fill=style.PAPER, stroke=style.INK, stroke_width=1.4)
    pen.text(group, "?", (x, y), size=rect.height * 0.42, bold=True, anchor="middle")


def draw_state(group: etree._Element, node: Node, rect: Rect) -> None:
    """Draw a state: frame, bar of a reserved one, second frame of a final one, text and badge."""
    line = style.RESERVED if node.reserved else style.HAPPY if node.happy else style.INK
    fill = style.RESERVED_FILL if node.reserved else style.HAPPY_FILL if node.happy else style.PAPER
    if node.highlighted:
        fill = style.HIGHLIGHT_FILL
    width = 2.0 if node.happy or node.reserved else 1.3
    pen.box(group, rect, radius=6, fill=fill, stroke=line, stroke_width=width)
    if node.final:
        pen.box(group, rect, radius=4, grow=-3, fill="none", stroke=line, stroke_width=1)
    left = 0.0
    if node.reserved:
        left = RESERVED_BAR
        bar = Rect(rect.x + 4, rect.y + 5, RESERVED_BAR - 2, rect.height - 10)
        pen.box(group, bar, radius=2, class_="bar", fill=style.RESERVED)
    _draw_rows(group, node_box(node), Rect(rect.x + left, rect.y, rect.width - left, rect.height))
    if node.count is not None:
        draw_badge(group, str(node.count), (rect.x + rect.width, rect.y))


def draw_badge(group: etree._Element, shown: str, corner: tuple[float, float]) -> None:
    """Draw a number on the upper right corner of a box."""
    width = text_width(shown, 10.5, True) + 12
    rect = Rect(corner[0] - width + 8, corner[1] - 9, width, 17)
    pen.box(group, rect, radius=8.5, class_="badge", fill=style.BADGE, stroke=style.PAPER, stroke_width=1.2)
    pen.text(group, shown, rect.center, size=10.5, bold=True, color=style.PAPER, anchor="middle")


def _draw_label(group: etree._Element, edge: Edge, rect: Rect, ground: str) -> None:
    look = style.BOX[edge.trigger]
    line = style.MISSING if edge.missing else look.line
    fill = ground if look.line is None else look.fill
    pen.box(
        group,
        rect,
        radius=min(look.radius, rect.height / 2),
        class_="label",
        fill=fill,
        stroke=line,
        stroke_width=1 if line else None,
        stroke_dasharray=look.dash,
    )
    _draw_rows(group, edge_box(edge), rect)


def _draw_rows(group: etree._Element, box: Box, rect: Rect) -> None:
    y = rect.y + (rect.height - sum(row.height for row in box.rows)) / 2
    for row in box.rows:
        _draw_row(group, row, rect.x + rect.width / 2, y + row.height / 2)
        y += row.height


def _draw_row(group: etree._Element, row: Row, x: float, y: float) -> None:
    look = row.style
    color = style.MISSING if row.missing else look.color
    left = x - (row.indent + row.width) / 2
    if row.icon:
        pen.icon(group, row.icon, (left, y), row.indent - 4, color)
    pen.text(group, row.text, (left + row.indent, y), size=look.size, bold=look.bold, color=color)
