"""Deployed processes and the items in their states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A deployed process version and the number of items that are on it."""

    name: str
    version: str
    active: bool
    current: bool
    deployed_at: datetime
    initial: str
    states: int
    items: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Items in one state of one process, over all versions; ``reserved`` is the quantity they reserve."""

    process: str
    state: str
    items: int
    reserved: Decimal
    held: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
