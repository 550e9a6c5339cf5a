"""What the engine tells observers of: facts that are already committed, counted per group, never per item.

Times are UTC microseconds, durations are seconds. Every text label comes from a definition, a configuration
or a fixed list of codes, so the number of different ones is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stepped:
    """A group of items took one step, or one failed: a row of the transition log.

    ``event`` is None for a transition without one, ``target`` None for items that stayed where they were.
    ``error`` is set when the step failed. ``command_s`` is how long the command took.
    """

    process: str
    source: str | None
    target: str | None
    event: str | None
    trigger: str
    outcome: str
    items: int
    run: int
    correlation: str
    actor: str | None = None
    command: str | None = None
    command_s: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Items that a call or a run did not move, by code. ``message`` is that of the first of them.

    What is about no single item, such as a state whose condition nobody registered, counts as one.
    """

    kind: Literal["blocked", "failed", "stuck"]
    code: str
    items: int
    message: str
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Orders that were placed, stored already, or refused (their number by code)."""

    placed: int
    existing: int
    items: int
    refused: Mapping[str, int] = field(default_factory=dict)
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A stock import has ended; ``complete`` is False when it was stopped before its end.

    ``code`` is that of the error when the file was refused as a whole; nothing of it is stored then, nor when a
    ``guard`` of its ``feed`` has stopped it.
    """

    file: str
    rows: int
    imported: int
    refused: int
    released: int
    complete: bool
    seconds: float
    code: str | None = None
    feed: str | None = None
    guard: str | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    """Somebody had to wait: for another one's ``claim`` on items, or for the right to ``write``.

    Waiting to write is told of an embedded database, where one writes at a time.
    """

    kind: Literal["claim", "write"]
    seconds: float


@dataclass(frozen=True, slots=True)
class Busy:
    """The database was locked for longer than anybody waits; the work was undone."""

    message: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Stored amounts were compared with their recomputation; ``items`` are items whose own record is wrong."""

    checked: int
    drift: int
    items: int
    repaired: int


@dataclass(frozen=True, slots=True)
class Published:
    """Messages were handed to a sink."""

    messages: int


@dataclass(frozen=True, slots=True)
class JobRan:
    """A scheduled job has run; ``code`` is that of the error when it failed."""

    job: str
    outcome: str
    started_at: int
    finished_at: int
    code: str | None = None
    message: str | None = None


Fact = Stepped | Refused | Placed | Imported | Waited | Busy | Reconciled | Published | JobRan
"""Everything an observer may be told."""
