"""Colours and sizes, in one place.

The colours are told apart with any colour vision and in print: each meaning also has a shape, a line style,
an icon or a word of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from visualize.graph import Role, Trigger

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
