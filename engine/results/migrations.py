"""What a migration of items to another version does or would do, and the record of the ones that were done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.codes import Code
from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class MigrationRefusal:
    """Why items of a group cannot be moved: code, text, how many, and the ids of the first of them."""

    code: Code
    message: str
    items: int
    first: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "code": str(self.code),
            "message": self.message,
            "items": self.items,
            "first": list(self.first),
        }


@dataclass(frozen=True, slots=True)
class MigrationGroup:
    """Items of one state of one version, and where they go; ``target`` is None where there is no such state.

    ``moved`` counts the items that were moved, or in a dry run the ones that can be. ``reserved`` and ``held``
    are by how much the reservation and the holds change with them: a positive quantity is taken out of what
    can be sold, a negative one is free again. ``on_enter`` is the onEnter event of the target state where
    items would not have taken it; it is made due only when ``entered``.
    """

    version: str
    state: str
    target_version: str
    target: str | None
    items: int
    moved: int
    reserved: Decimal
    held: Decimal
    on_enter: str | None
    entered: bool
    refused: tuple[MigrationRefusal, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "refused"}
        return {**shown, "refused": [refusal.as_dict() for refusal in self.refused]}


@dataclass(slots=True)
class MigrationReport:
    """What a migration or its undoing did, or in a dry run would do.

    ``migration`` is its number in the history; None in a dry run and where there was nothing to move.
    ``resumed`` tells that it went on with one that was cut off, ``complete`` is False when a stop was asked
    for and the rest is left for the next call.
    """

    process: str
    undo: bool
    dry_run: bool
    migration: int | None = None
    resumed: bool = False
    complete: bool = True
    groups: list[MigrationGroup] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """How many items were moved, or can be."""
        return sum(group.moved for group in self.groups)

    @property
    def refused(self) -> int:
        """How many items cannot be moved."""
        return sum(refusal.items for group in self.groups for refusal in group.refused)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``process migrate`` and ``process undo``."""
        names = ("process", "undo", "dry_run", "migration", "resumed", "complete", "moved", "refused")
        shown = {name: getattr(self, name) for name in names}
        return {**shown, "groups": [group.as_dict() for group in self.groups]}


@dataclass(frozen=True, slots=True)
class MigrationInfo:
    """A migration in the history: when, who, why, where to, how many items, and what became of it.

    ``finished_at`` is None for one that was cut off. ``undone`` counts the items that were taken back, None
    once a purge has deleted which ones; ``undone_at`` is None while some can still be.
    """

    id: int
    process: str
    version: str
    state_map: Mapping[str, str]
    actor: str | None
    reason: str | None
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    items: int
    undone: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
