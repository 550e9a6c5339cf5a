"""The picture of a process as plain values: nodes, edges, clusters and tables, with no engine behind them.

A graph says *what* is shown; the renderers decide how. Ids are unique within a graph and follow from the
names in the process, so that adding a state does not change the ids of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a line of text says; a renderer chooses size, colour and icon by it."""

    NAME = "name"
    DISPLAY = "display"
    RESERVED = "reserved"
    FLAG = "flag"
    EVENT = "event"
    ON_ENTER = "on-enter"
    MANUAL = "manual"
    TIMEOUT = "timeout"
    COMMAND = "command"
    CONDITION = "condition"
    ELSE = "else"
    CHANGE = "change"
    FINDING = "finding"
    MEASURE = "measure"
    REFERENCE = "reference"
    PART = "part"


class Mark(StrEnum):
    """What has become of a part from one process to another, that an item has passed it, or that no test has."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"
    TAKEN = "taken"
    MISSED = "missed"


SIGNS: dict[Mark, str] = {
    Mark.ADDED: "+",
    Mark.REMOVED: "\u2212",
    Mark.RENAMED: "=",
    Mark.CHANGED: "~",
    Mark.TAKEN: "\u25ba",
    Mark.MISSED: "\u00d7",
}
"""The sign of each mark: no meaning hangs on colour alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; ``missing`` marks a plugin that is not registered, ``mark`` what has become of it."""

    role: Role
    text: str
    missing: bool = False
    mark: Mark | None = None


class NodeKind(StrEnum):
    """What a node stands for."""

    START = "start"
    STATE = "state"
    DECISION = "decision"
    REFERENCE = "reference"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Node:
    """A start mark, a state, a decision, a folded subprocess, or a reference to a state that is drawn elsewhere.

    ``name`` is the whole text that names it. ``refers_to`` is the id of a reference's state. ``heat`` is how much
    of what is measured falls on it, from 0 to 1.

    ``cluster`` is a cluster's id. ``count`` is the number of live items on a state, None for no badge.
    ``mark`` is what has become of it, and ``numbers`` are the changes of the list that say so.
    """

    id: str
    kind: NodeKind
    name: str
    cluster: str | None = None
    lines: tuple[Line, ...] = ()
    reserved: bool = False
    final: bool = False
    happy: bool = False
    highlighted: bool = False
    count: int | None = None
    mark: Mark | None = None
    numbers: tuple[int, ...] = ()
    refers_to: str | None = None
    heat: float | None = None


class Trigger(StrEnum):
    """What makes an item take an edge; with several, the first that applies in this order."""

    ON_ENTER = "on-enter"
    TIMEOUT = "timeout"
    MANUAL = "manual"
    CALL = "call"
    EVENTLESS = "eventless"
    BRANCH = "branch"
    START = "start"


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two nodes (by id) with the lines of its label; no lines means a bare arrow.

    ``mark`` and ``numbers`` are as those of a node.
    """

    id: str
    source: str
    target: str
    trigger: Trigger
    lines: tuple[Line, ...] = ()
    happy: bool = False
    mark: Mark | None = None
    numbers: tuple[int, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether a plugin that the edge needs is not registered."""
        return any(line.missing for line in self.lines)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The box of one process or subprocess."""

    id: str
    name: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that accompanies the picture; every row has one cell for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence under the picture; ``number`` is found again at the parts that it is about."""

    text: str
    mark: Mark | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole picture. ``notes`` are sentences that the reader has to know, shown under the title.

    ``several_true`` says which of several true conditions of one event wins: "last" or "first" of the file.
    ``compared`` says that two processes are shown in one, with marks at what differs, and what is as before in the
    background. ``remarks`` are the sentences under the picture; ``stamp`` says where it comes from:
    version, file, time.
    """

    name: str
    version: str
    several_true: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...]
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    compared: bool = False
    remarks: tuple[Remark, ...] = ()
    stamp: tuple[str, ...] = ()
