"""What happened to an item, and what keeps it where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain

LARGEST_ID = 2**63 - 1
"""The largest id of anything: a database could not even be asked for a larger one. No time is later, either."""


@dataclass(frozen=True, slots=True)
class StuckItem:
    """An item that is not tried any more: on what it failed, and how often.

    ``event`` is that of its automatic step or timeout; None when its eventless transitions could not be tried.
    ``since`` is when the last attempt failed; None for a timeout.
    """

    item: int
    order: str
    process: str
    state: str
    event: str | None
    code: str
    message: str
    attempts: int
    since: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class HistoryPart:
    """A part that went with a step: it is the item ``item`` since, and was split off ``of``."""

    item: int
    of: int
    quantity: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step of an item: who or what triggered it, from where to where, and how it ended.

    ``items`` is how many items took the step together; ``duration_ms`` is what their command calls took in all.
    ``command_key`` and ``data`` are of the item's own call: its key, where it is known, and what the command
    returned. ``given`` is what the caller of the event gave. The versions are those of the process before and
    after the step, None where there was no state. ``part`` is what of an item the step split off; told of the item
    that it was split off, the outcome is ``split`` and there is no target, for the rest stayed. When it was
    ``suspended`` and ``resumed`` is told in the same way: ``data`` says which suspension that was, and of what.
    Of an amendment, ``data["amendment"]`` has its key and what it changed, before and after: ``quantity``,
    ``store``, ``fields``.
    """

    at: datetime
    trigger: str
    event: str | None
    source: str | None
    target: str | None
    outcome: str
    command: str | None
    conditions: Mapping[str, bool]
    error: str | None
    duration_ms: float | None
    host: str
    correlation: str
    actor: str | None = None
    reason: str | None = None
    command_key: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    items: int = 1
    source_version: str | None = None
    target_version: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    part: HistoryPart | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**shown, "part": None if self.part is None else self.part.as_dict()}
