"""What happened to an item, and what keeps it where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.results.plain import plain


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
class HistoryEntry:
    """One step of an item: what triggered it, from where to where, and how it ended.

    ``actor`` is who asked for it, when somebody did, and ``reason`` why, as forcing wants to know.
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

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
