"""What an item waits for, and what somebody can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from engine.results.plain import plain

WaitKind = Literal[
    "suspension", "claim", "expired_claim", "command_call", "plugin_missing", "automatic_step", "conditions",
    "timeout", "stock_update", "manual_event", "event", "final",
]  # fmt: skip
"""What an item can wait for; docs/operations.md describes each."""


@dataclass(frozen=True, slots=True)
class GuardPart:
    """What a condition in CEL says of an item: true, false, or None and then ``error`` tells why."""

    text: str
    outcome: bool | None
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"text": self.text, "outcome": self.outcome, "error": self.error}


@dataclass(frozen=True, slots=True)
class GuardSaid:
    """What a guard says of an item: true, false, or None and then ``error`` tells why.

    ``parts`` are the parts that must all be true, when there are several. ``place`` is file and line of the guard.
    """

    name: str
    text: str
    outcome: bool | None
    error: str | None
    parts: tuple[GuardPart, ...] = ()
    place: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        own = {"name": self.name, "text": self.text, "outcome": self.outcome, "error": self.error}
        return {**own, "parts": [part.as_dict() for part in self.parts], "place": self.place}


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing an item waits for; fields that its kind does not have are None, empty or false.

    ``at`` is when it happens: the end of a claim, when a timeout is due or a failed step is tried again, or
    the earliest count that releases the item. ``overdue`` tells that this time has passed. After failures
    ``attempts``, ``code`` and ``error`` tell of them; ``stuck`` that it is not tried any more.
    ``conditions`` are asked for it; ``answers`` is what they last said at ``answered_at`` or, when asked now
    (``asked``), say; ``ask_error`` why they could not be asked. ``manual`` tells that people may fire the event.
    ``holder`` has the claim; ``key`` is that of an open command call; ``plugins`` are not registered.
    ``guards`` are what the guards among the conditions say now.
    """

    kind: WaitKind
    text: str
    event: str | None = None
    at: datetime | None = None
    overdue: bool = False
    attempts: int = 0
    code: str | None = None
    error: str | None = None
    stuck: bool = False
    manual: bool = False
    conditions: tuple[str, ...] = ()
    answers: Mapping[str, bool] | None = None
    answered_at: datetime | None = None
    asked: bool = False
    ask_error: str | None = None
    holder: str | None = None
    key: str | None = None
    plugins: tuple[str, ...] = ()
    guards: tuple[GuardSaid, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "guards"}
        return {**shown, "guards": [guard.as_dict() for guard in self.guards]}


@dataclass(frozen=True, slots=True)
class Action:
    """What an operator can do: a command line, and what it does."""

    command: str
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"command": self.command, "text": self.text}


@dataclass(frozen=True, slots=True)
class WhyView:
    """Where an item stands, what it waits for, the most pressing first, and what can be done.

    ``age_s`` is for how many seconds it has been in its state; ``reserved`` and ``held`` are what it counts.
    """

    item: int
    order: str
    store: str
    sku: str
    quantity: Decimal
    process: str
    version: str
    state: str
    display: str | None
    state_since: datetime
    age_s: int
    reserved: Decimal
    held: Decimal
    hold_until: datetime | None
    warehouse: str | None
    waits: tuple[Wait, ...]
    next: tuple[Action, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``why``."""
        lists = ("waits", "next")
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name not in lists}
        return {**shown, **{name: [one.as_dict() for one in getattr(self, name)] for name in lists}}
