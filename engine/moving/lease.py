"""The lease of a claim: prolonged while a command works through its items, and given up where it was lost.

Between two calls the engine prolongs it by itself once a part of its time is over; within a call only the command
can (``context.extend_lease``). A claim that somebody took over, or that forcing an item to another state has
broken, is gone for good: the call is not made.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from engine.clock import SECOND
from engine.errors import ItemLocked
from engine.moving.commands import Call

if TYPE_CHECKING:
    from engine.runtime import Runtime

_PART = 1 / 3
"""After this part of its time a claim is prolonged before the next call."""


class Claim:
    """The claim on the items of a task, from the moment it was written: rows that share a token."""

    def __init__(self, runtime: Runtime, token: str) -> None:
        self.token = token
        self._runtime = runtime
        self._held: frozenset[int] | None = None  # None: all, as far as anybody has looked
        self._renew_at = self._next()

    def keep(self) -> None:
        """Prolong the lease when a part of it is over; to be called before each call of a command."""
        if monotonic() >= self._renew_at:
            self._renew()

    def lost(self, call: Call) -> list[int]:
        """Return the items of the call on which the claim was found to be gone."""
        held = self._held
        return [] if held is None else [item.id for item in call.items if item.id not in held]

    def extend(self, call: Call) -> None:
        """Prolong the lease now. Raises ItemLocked when the claim on an item of the call is gone."""
        self._renew()
        lost = self.lost(call)
        if lost:
            claim = "the claim on item {} was" if len(lost) == 1 else "the claims on items {} were"
            raise ItemLocked(f"{claim.format(', '.join(map(str, lost)))} lost: {WHY_LOST}", items=lost)

    def _renew(self) -> None:
        length = int(self._runtime.rules.execution.lease_s * SECOND)
        kept = self._runtime.database.transact(
            lambda work: work.returning("extend_claims", token=self.token, expires=work.now + length)
        )
        self._held = frozenset(row.item_id for row in kept)
        self._renew_at = self._next()

    def _next(self) -> float:
        return monotonic() + self._runtime.rules.execution.lease_s * _PART


WHY_LOST = "it expired and somebody else took or moved the item, or the item was forced to another state"
"""How a claim gets lost, for messages."""
