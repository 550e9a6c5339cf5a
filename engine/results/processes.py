"""Deployed processes and the items in their states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A deployed process version and its items.

    ``live`` counts the items in states that can be left, ``pinned`` the items of a version that is not the
    current one. ``last_migrated_at`` is when items were last migrated to the version.
    """

    name: str
    version: str
    active: bool
    current: bool
    deployed_at: datetime
    initial: str
    states: int
    items: int
    live: int = 0
    pinned: int = 0
    last_migrated_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StateTime:
    """How long items have stayed in a state: how many ``stays`` are over, and their median in seconds."""

    state: str
    stays: int
    median_s: float

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Items in one state of one process, over all versions; ``reserved`` is the quantity they reserve.

    ``day`` counts the items that have been in the state for less than a day, ``week`` the others of less than seven
    days, ``older`` the rest; ``oldest`` is since when the first of them is there. ``display_name`` is that of the
    newest version that has items in the state. ``suspended`` counts those that stand still.
    """

    process: str
    state: str
    items: int
    reserved: Decimal
    held: Decimal
    display_name: str
    day: int
    week: int
    older: int
    oldest: datetime
    suspended: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
