"""How large the boxes are and where each row of text stands in them: the same for every layout engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from visualize.fonts import text_width
from visualize.graph import Edge, Line, Mark, Node, NodeKind, Role
from visualize.style import TEXT, TextStyle
from visualize.text import wrap

ICON = 11.0
"""Side of an icon in points."""

ICON_GAP = 4.0
LEADING = 1.28
RESERVED_BAR = 7.0
"""Width of the bar at the left of a reserved state."""

_MARK_ROOM = 10.0
"""The badge of a mark hangs over the upper edge at the left and must not cover the first row."""

START_SIZE = 14.0
DECISION_SIZE = 26.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of text of a box; the first row of a line has the icon's name. Sizes in points."""

    role: Role
    text: str
    missing: bool
    icon: str | None
    width: float
    height: float
    indent: float
    mark: Mark | None = None

    @property
    def style(self) -> TextStyle:
        """The look of the row."""
        return TEXT[self.role]


@dataclass(frozen=True, slots=True)
class Box:
    """A box that holds its rows; width and height in points, padding included."""

    rows: tuple[Row, ...]
    width: float
    height: float


@lru_cache(maxsize=4096)
def node_box(node: Node) -> Box:
    """Return the box of a node."""
    if node.kind is NodeKind.START:
        return Box((), START_SIZE, START_SIZE)
    if node.kind is NodeKind.DECISION:
        return Box((), DECISION_SIZE, DECISION_SIZE)
    rows = _rows(node.lines)
    bar = 2 * RESERVED_BAR if node.reserved else 0.0
    # The badge of the counts hangs over the top edge at the right and needs a corner of its own.
    badge = 14.0 if node.count is not None else 0.0
    return _boxed(rows, padding=(13 + (bar + badge) / 2, _MARK_ROOM if node.mark else 8), least=(74, 32))


@lru_cache(maxsize=4096)
def edge_box(edge: Edge) -> Box:
    """Return the box of an edge's label."""
    return _boxed(_rows(edge.lines), padding=(7, _MARK_ROOM if edge.mark else 4), least=(20, 16))


def _boxed(rows: tuple[Row, ...], padding: tuple[float, float], least: tuple[float, float]) -> Box:
    width = max((row.indent + row.width for row in rows), default=0.0) + 2 * padding[0]
    height = sum(row.height for row in rows) + 2 * padding[1]
    return Box(rows, max(round(width, 1), least[0]), max(round(height, 1), least[1]))


def _rows(lines: tuple[Line, ...]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for line in lines:
        style = TEXT[line.role]
        icon = "warning" if line.missing else style.icon
        indent = ICON + ICON_GAP if icon else 0.0
        for number, text in enumerate(wrap(line.text, style.wrap)):
            width = text_width(text, style.size, style.bold)
            shown = icon if number == 0 else None
            height = style.size * LEADING
            rows.append(Row(line.role, text, line.missing, shown, width, height, indent, line.mark))
    return tuple(rows)
