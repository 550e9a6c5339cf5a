"""The values that pass between deciding and applying: where a call comes from, and the steps of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from engine.codes import Code
from engine.definition import Event, State
from engine.versions.place import Version

if TYPE_CHECKING:
    from engine.results import MovedPart

Cause = Literal[
    "api", "on-enter", "conditions", "timeout", "stock-update", "place", "hold-timeout",
    "retry", "force", "migrate", "undo", "amend", "reject",
]  # fmt: skip
"""What made a step happen; written to the transition log."""

Outcome = Literal[
    "placed",
    "moved",
    "condition_false",
    "left_out",
    "failed",
    "hold_ended",
    "forced",
    "migrated",
    "amended",
    "allocated",
    "rejected",
]
"""How a step ended; written to the transition log."""


class Failure(NamedTuple):
    """Why items are held back."""

    code: Code
    text: str


Failures = dict[int, Failure]
"""Why items are held back, by item id."""

Parts = Mapping[int, int]
"""How much of an item goes, in millionths of a sales unit, by item id. An item that is not named goes whole."""

WHOLE: Parts = MappingProxyType({})

LONGEST_CHAIN = 100
"""How many automatic steps in a row an item may take before it is stopped."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from. A background call skips claimed items, a direct one waits for them.

    ``correlation`` is shared by everything one call sets off; ``chain`` counts automatic steps in a row.
    ``actor`` is who asked for it, when somebody did, and ``reason`` why; both are written to the log.
    ``timed`` tells that a timeout fires although something else made it: a retry.
    """

    trigger: Cause
    correlation: str
    background: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    chain: int = 0
    actor: str | None = None
    reason: str | None = None
    timed: bool = False

    @property
    def fires_timeout(self) -> bool:
        """Whether a timeout fires: it starts again when its item stays, and its failures are its own."""
        return self.timed or self.trigger == "timeout"


@dataclass(slots=True)
class Step:
    """One group of items that take the same step; its items are those of the working set with its number.

    ``target`` is None when the items stay (no condition was true). ``due`` gives, per timeout event of the
    target state that has a processor, the time for each item id. ``warehouse_names`` is what a command set,
    None to come from anywhere.
    ``source_version`` is that of the source state where it is another one than that of the target: a migration.
    With ``parts`` it is taken by parts of items; what stays of these takes the step of the group ``rest``, if there
    is one.
    """

    group: int
    version: Version
    source: State | None
    target: State | None
    event: Event | None
    outcome: Outcome
    conditions: Mapping[str, bool] = field(default_factory=dict)
    command: str | None = None
    command_key: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    duration_us: int | None = None
    due: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    warehouse_names: Mapping[int, str | None] = field(default_factory=dict)
    source_version: Version | None = None
    parts: bool = False
    rest: int | None = None

    @property
    def source_id(self) -> int | None:
        """The database id of the source state."""
        return (
            None
            if self.source is None
            else (self.source_version or self.version).state_ids[self.source.index]
        )

    @property
    def target_id(self) -> int | None:
        """The database id of the target state."""
        return None if self.target is None else self.version.state_ids[self.target.index]

    @property
    def changes_state(self) -> bool:
        """Whether the items end in another state than before."""
        return self.target is not None and (self.source is None or self.target.index != self.source.index)


@dataclass(frozen=True, slots=True)
class Applied:
    """A step as it was written: its run, how many items took it, and how many of them were new to the call.

    ``parts`` are those of its items that were split off others.
    """

    step: Step
    run_id: int
    items: int
    fresh: int
    parts: Sequence[MovedPart] = ()
