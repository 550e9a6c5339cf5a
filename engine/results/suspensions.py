"""What is suspended: since when, who said so and why, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from engine.results.plain import plain

SuspensionScope = Literal["item", "order", "state", "version", "process", "store"]
"""What a suspension can be of."""

TimeoutsAfter = Literal["move", "fire"]
"""What becomes of timeouts when their items are resumed: they are moved by the pause, or left as they were."""

TIMEOUTS_AFTER: tuple[TimeoutsAfter, ...] = get_args(TimeoutsAfter)


def named(
    item: int | None = None,
    order: str | None = None,
    process: str | None = None,
    version: str | None = None,
    state: str | None = None,
    store: str | None = None,
) -> str:
    """Return in words what somebody means who names these."""
    if item is not None:
        return f"item {item}"
    if order is not None:
        return f"order {order!r}"
    if store is not None:
        return f"store {store!r}"
    what = (
        f"the process {process!r}"
        if version is None
        else f"version {version[:12]} of the process {process!r}"
    )
    return what if state is None else f"the state {state!r} of {what}"


@dataclass(frozen=True, slots=True)
class Suspension:
    """That something is suspended, or was: nothing of it moves by itself, and events for it are refused.

    Of ``item``, ``order``, ``process`` (with ``version`` or ``state``) and ``store`` those are told that it is of.
    ``by`` and ``reason`` are of its beginning at ``since``; None for a name when nobody in particular asked.
    Once it has ended, ``ended_at``, ``ended_by`` and ``end_reason`` tell of that, and ``timeouts`` whether those of
    its items were moved by the pause (``move``) or left as they were, to fire when they are past (``fire``).
    """

    id: int
    item: int | None
    order: str | None
    process: str | None
    version: str | None
    state: str | None
    store: str | None
    since: datetime
    by: str | None
    reason: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    timeouts: str | None = None

    @property
    def scope(self) -> SuspensionScope:
        """What it is of."""
        if self.item is not None:
            return "item"
        if self.order is not None:
            return "order"
        if self.store is not None:
            return "store"
        return "state" if self.state is not None else "version" if self.version is not None else "process"

    @property
    def what(self) -> str:
        """What it is of, in words."""
        return named(self.item, self.order, self.process, self.version, self.state, self.store)

    @property
    def told(self) -> str:
        """What it is of, since when, who said so and why, in words."""
        by = "" if self.by is None else f" by {self.by}"
        return f"{self.what} is suspended since {self.since:%Y-%m-%d %H:%M:%S}Z{by}: {self.reason}"

    @property
    def options(self) -> list[str]:
        """What names it on the command line."""
        if self.item is not None:
            return ["--item", str(self.item)]
        if self.order is not None:
            return ["--order", self.order]
        if self.store is not None:
            return ["--store", self.store]
        version = [] if self.version is None else ["--version", self.version[:12]]
        state = [] if self.state is None else ["--state", self.state]
        return ["--process", self.process or "", *version, *state]

    def brief(self) -> dict[str, Any]:
        """Return the JSON object as items tell why they stand still."""
        told = {"since": plain(self.since), "by": self.by, "reason": self.reason}
        return {"id": self.id, "scope": self.scope, "what": self.what, **told}

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"scope": self.scope, **{name: plain(getattr(self, name)) for name in self.__slots__}}


@dataclass(frozen=True, slots=True)
class SuspendReport:
    """What was suspended. ``in_flight`` is of how many of its items a command was running already.

    What such a command came to is written yet, and nothing follows it.
    """

    suspended: tuple[Suspension, ...]
    in_flight: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``suspend``."""
        return {"suspended": [one.as_dict() for one in self.suspended], "in_flight": self.in_flight}


@dataclass(frozen=True, slots=True)
class ResumeReport:
    """What was resumed, and of how many timeouts the time was moved by the pause."""

    resumed: tuple[Suspension, ...]
    timeouts_moved: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``resume``."""
        return {"resumed": [one.as_dict() for one in self.resumed], "timeouts_moved": self.timeouts_moved}


@dataclass(frozen=True, slots=True)
class SuspensionSize:
    """A suspension, with how many items stand still by it and how much these reserve; 0 once it has ended."""

    suspension: Suspension
    items: int = 0
    reserved: Decimal = Decimal(0)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``suspensions``."""
        return {**self.suspension.as_dict(), "items": self.items, "reserved": plain(self.reserved)}


@dataclass(frozen=True, slots=True)
class SuspendedItems:
    """How many items of a state of a process are suspended, over all versions, and how much they have reserved."""

    process: str
    state: str
    items: int
    reserved: Decimal

    @property
    def key(self) -> tuple[str, str]:
        """The names of the process and of the state."""
        return self.process, self.state


Suspended = Mapping[int, Suspension]
"""By which suspension items are suspended, by item id; of several the oldest."""
