"""What purging deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.results.plain import plain


@dataclass(slots=True)
class PurgeReport:
    """How many rows of each kind were deleted, or with ``dry_run`` would be; all of them older than ``before``.

    ``history`` are steps of closed items, ``runs`` the transition runs that nothing refers to any more,
    ``suspensions`` those that have ended. ``orders`` are archived orders: with these, whose history goes along,
    nothing else is deleted.
    ``complete`` is False when a stop was asked for: the rest is left for the next purge.
    """

    before: datetime
    dry_run: bool = False
    complete: bool = True
    history: int = 0
    runs: int = 0
    messages: int = 0
    staged_rows: int = 0
    imports: int = 0
    command_calls: int = 0
    claims: int = 0
    undo_data: int = 0
    cart_holds: int = 0
    stock_changes: int = 0
    suspensions: int = 0
    orders: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by kind."""
        return {kind: getattr(self, kind) for kind in KINDS}

    @property
    def total(self) -> int:
        """The number of rows of all kinds."""
        return sum(self.counts.values()) + self.orders

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``purge``."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


KINDS = (
    "history",
    "runs",
    "messages",
    "staged_rows",
    "imports",
    "command_calls",
    "claims",
    "undo_data",
    "cart_holds",
    "stock_changes",
    "suspensions",
)
"""What is purged, in the order in which it is."""
