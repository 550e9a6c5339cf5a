"""What an import came to: who was released and kept, what stopped it, what a dry run foresees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain

MOST_FORESEEN = 20
"""How many examples of each kind are told."""


@dataclass(frozen=True, slots=True)
class ImportStop:
    """Why nothing of a file was stored: the first guard that it fails, and all that is to be told of it."""

    guard: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ReleasedItems:
    """How many items of a state of a process a count has released; ``first`` is one of them, if it is known."""

    process: str
    state: str
    items: int
    first: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class KeptItems:
    """How many items of a state of a process stay reserved, and why: a code and what it means.

    ``first`` is one of them, if it is known.
    """

    process: str
    state: str
    reason: str
    items: int
    message: str
    first: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ForeseenChange:
    """A number of stock that would change; ``before`` is None where there is none, ``line`` where none names it."""

    sku: str
    warehouse: str
    before: Decimal | None
    after: Decimal
    line: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ForeseenAmount:
    """A product of a store that would sell out, become sellable or be short, by an amount in sales units."""

    sku: str
    store: str
    before: Decimal
    after: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class Foreseen:
    """What an import would change, as a dry run has seen it.

    ``changed`` and ``unchanged`` count rows that would be stored, with those that a whole file does not name;
    ``up`` and ``down`` is by how much, in sales units. ``sells_out``, ``becomes_sellable`` and
    ``becomes_short`` count products of stores. The lists have the first 20 of each; of what is short they tell
    the shortfall, of the others what is available.
    """

    changed: int = 0
    unchanged: int = 0
    up: Decimal = Decimal(0)
    down: Decimal = Decimal(0)
    sells_out: int = 0
    becomes_sellable: int = 0
    becomes_short: int = 0
    changes: list[ForeseenChange] = field(default_factory=list)
    selling_out: list[ForeseenAmount] = field(default_factory=list)
    becoming_sellable: list[ForeseenAmount] = field(default_factory=list)
    becoming_short: list[ForeseenAmount] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        numbers = ("changed", "unchanged", "up", "down", "sells_out", "becomes_sellable", "becomes_short")
        lists = ("changes", "selling_out", "becoming_sellable", "becoming_short")
        return {
            **{name: plain(getattr(self, name)) for name in numbers},
            **{name: [one.as_dict() for one in getattr(self, name)] for name in lists},
        }


@dataclass(frozen=True, slots=True)
class FeedRun:
    """The latest import of a feed.

    ``finished_at`` is None while it runs, or when it was cut off. ``stopped`` tells that a guard stopped it:
    nothing of it is stored. ``oldest_at`` is the time of its oldest count. ``succeeded_at`` is when an import
    of the feed last came to its end, this one or an earlier one.
    """

    feed: str
    kind: str
    file: str
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime
    oldest_at: datetime | None
    rows: int
    imported: int
    refused: int
    changed: int
    released: int
    kept: int
    stopped: ImportStop | None
    accepted: bool
    succeeded_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "stopped"}
        return {**shown, "stopped": None if self.stopped is None else self.stopped.as_dict()}
