"""Colours and sizes, in one place.

The colours are told apart with any colour vision and in print: each meaning also has a shape, a line style,
an icon or a word of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from visualize.graph import Edge, Mark, Node, NodeKind, Role, Trigger

INK = "#1F2933"
MUTED = "#5B6774"
LINE = "#66727F"
PAPER = "#FFFFFF"
HAPPY = "#1B7F3B"
HAPPY_FILL = "#EAF6EE"
RESERVED = "#0B5CAD"
RESERVED_FILL = "#DDEBFA"
MISSING = "#C21807"
HIGHLIGHT = "#E07B00"
HIGHLIGHT_FILL = "#FFF1C9"
FLAG = "#6B3FA0"
CLUSTER_FILL = "#F5F7FA"
CLUSTER_LINE = "#AEB8C4"
BADGE = "#1F2933"
FINDING = "#B85C00"
AS_BEFORE = "#9AA5B1"
"""The lines of what has not changed, beside what has."""

HEAT = ("#F4F6F8", "#FFF3C4", "#FFE08A", "#FFC252", "#FF9D3C", "#F4742F")
"""From nothing to most of all."""

SMALLEST = 9.5
"""The size of the smallest text, in points."""

HAPPY_WIDTH = 2.8
LINE_WIDTH = 1.2


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the text of a role looks; size in points, ``wrap`` in characters."""

    size: float
    bold: bool
    color: str
    icon: str | None
    wrap: int


TEXT: dict[Role, TextStyle] = {
    Role.NAME: TextStyle(13, True, INK, None, 22),
    Role.DISPLAY: TextStyle(9.5, False, MUTED, None, 30),
    Role.RESERVED: TextStyle(10, True, RESERVED, "lock", 30),
    Role.FLAG: TextStyle(10, False, FLAG, "flag", 26),
    Role.EVENT: TextStyle(11.5, True, INK, None, 26),
    Role.ON_ENTER: TextStyle(10, False, INK, "bolt", 28),
    Role.MANUAL: TextStyle(10, False, INK, "person", 28),
    Role.TIMEOUT: TextStyle(10, False, INK, "clock", 28),
    Role.COMMAND: TextStyle(10, False, MUTED, "command", 30),
    Role.CONDITION: TextStyle(10, False, INK, "question", 30),
    Role.ELSE: TextStyle(10, False, INK, None, 26),
    Role.CHANGE: TextStyle(10, True, INK, None, 34),
    Role.FINDING: TextStyle(10, True, FINDING, "warning", 30),
    Role.MEASURE: TextStyle(10.5, True, INK, None, 30),
    Role.REFERENCE: TextStyle(11, False, INK, "arrow", 22),
    Role.PART: TextStyle(9.5, False, MUTED, None, 30),
}


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """The frame around an edge's label: corner radius in points, dash pattern, colours (None: no line)."""

    radius: float
    dash: str | None
    line: str | None
    fill: str


BOX: dict[Trigger, BoxStyle] = {
    Trigger.ON_ENTER: BoxStyle(11, None, "#A67C00", "#FFF8E1"),
    Trigger.TIMEOUT: BoxStyle(3, "2 2.5", "#6B3FA0", "#F7F2FB"),
    Trigger.MANUAL: BoxStyle(0, None, "#1F2933", PAPER),
    Trigger.CALL: BoxStyle(3, None, None, PAPER),
    Trigger.EVENTLESS: BoxStyle(3, None, None, PAPER),
    Trigger.BRANCH: BoxStyle(3, None, None, PAPER),
    Trigger.START: BoxStyle(3, None, None, PAPER),
}


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """How a marked part looks; ``dash`` is the pattern of its lines."""

    color: str
    fill: str
    dash: str | None
    width: float


MARKS: dict[Mark, MarkStyle] = {
    Mark.ADDED: MarkStyle("#1B7F3B", "#E3F4E8", None, 3.2),
    Mark.REMOVED: MarkStyle("#C21807", "#FBE9E7", "5 3", 1.8),
    Mark.RENAMED: MarkStyle("#00707A", "#E0F3F4", None, 2.2),
    Mark.CHANGED: MarkStyle("#A85B00", "#FFF1DC", None, 2.2),
    Mark.TAKEN: MarkStyle("#2B4C9B", "#E4EBFB", None, 3.0),
    Mark.MISSED: MarkStyle("#A85B00", "#FFF1DC", None, 2.2),
}


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How an arrow looks."""

    color: str
    width: float
    dash: str | None


def line_of(edge: Edge, compared: bool) -> LineStyle:
    """Return how an arrow looks; where two processes are ``compared`` only marks have colours."""
    dash = "6 4" if edge.trigger is Trigger.EVENTLESS else None
    if edge.mark is not None:
        look = MARKS[edge.mark]
        return LineStyle(look.color, look.width, look.dash or dash)
    if compared:
        return LineStyle(AS_BEFORE, HAPPY_WIDTH if edge.happy else LINE_WIDTH, dash)
    if edge.happy:
        return LineStyle(HAPPY, HAPPY_WIDTH, dash)
    return LineStyle(LINE, LINE_WIDTH, dash)


@dataclass(frozen=True, slots=True)
class FrameStyle:
    """How the frame of a state looks."""

    line: str
    fill: str
    width: float
    dash: str | None


def frame_of(node: Node, compared: bool) -> FrameStyle:
    """Return how the frame of a state looks; where two processes are ``compared`` only marks have colours."""
    if node.mark is not None:
        look = MARKS[node.mark]
        return FrameStyle(look.color, look.fill, max(look.width, 2.0), look.dash)
    if node.heat is not None:
        place = min(len(HEAT) - 1, round(node.heat * (len(HEAT) - 1)))
        return FrameStyle(RESERVED if node.reserved else INK, HEAT[place], 1.6, None)
    if node.kind is NodeKind.REFERENCE:
        return FrameStyle(MUTED, PAPER, 1.1, "3 2.5")
    if node.kind is NodeKind.FOLDED:
        return FrameStyle(RESERVED if node.reserved else MUTED, CLUSTER_FILL, 2.2, None)
    happy = node.happy and not compared
    line = AS_BEFORE if compared else RESERVED if node.reserved else HAPPY if happy else INK
    fill = RESERVED_FILL if node.reserved else HAPPY_FILL if happy else PAPER
    width = 2.0 if happy or node.reserved else 1.3
    return FrameStyle(line, HIGHLIGHT_FILL if node.highlighted else fill, width, None)
