"""The verbs of allocation: why items come from their warehouses, and what a warehouse rejects."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.base import Base
from engine.operations import rejecting
from engine.reading import allocation
from engine.requests import mentioned
from engine.results import OrderAllocation, RejectionReport


class Allocation(Base):
    """Tells of allocation, and has warehouses reject items."""

    def allocation(self, order: str) -> OrderAllocation:
        """Return from which warehouses the items of an order are to come, and why. Raises UnknownOrder."""
        return allocation.allocation(self.runtime, mentioned(order))

    def reject_allocation(self, items: Sequence[int], *, reason: str) -> RejectionReport:
        """Have the warehouses reject the items that are to come from them, and allocate these anew, without them.

        What an item counts moves with it, in one transaction. Where no other warehouse has an item, it comes from
        none, and the answer tells so. Raises UnknownItem, and InputError without a reason or items.
        """
        with self._span("reject_allocation"):
            return rejecting.reject(self.runtime, items, reason)
