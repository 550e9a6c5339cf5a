"""What came of the orders of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.errors import EarmarkError
from engine.moving.step import Applied
from engine.operations.order_names import Asked, ResolvedOrder


class PlacedItem(NamedTuple):
    """An item as it was stored, named as the rows are by which items are shown."""

    id: int
    reference: str | None
    sku: str
    quantity: int
    state_since: int
    counted_hold: int
    hold_until: int | None
    warehouse: str | None
    line: int
    split_from: int | None = None
    amended_out: int = 0


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as it was stored: its id, those of its items by line, when, and until when its items are held.

    Times are in UTC microseconds; without an end holds last until something else ends them.
    """

    order: ResolvedOrder
    id: int
    items: Sequence[int]
    placed_at: int
    hold_until: int | None

    @property
    def reference(self) -> str:
        """By what it is known to callers."""
        return self.order.request.reference

    @property
    def store(self) -> str:
        """The name of the store that sold it."""
        return self.order.request.store

    @property
    def currency(self) -> str | None:
        """The currency that it names."""
        return self.order.request.currency

    def rows(self) -> list[PlacedItem]:
        """Return its items as they were stored."""
        order, held = self.order, self.order.share.held
        numbers = order.numbers or range(1, len(order.lines) + 1)
        first: dict[int, int] = {}
        return [
            PlacedItem(
                *(item, reference, order.skus[product], quantity, self.placed_at, quantity * held),
                *(self.hold_until, None if warehouse is None else order.warehouses[warehouse], number),
                split_from=None if first.setdefault(number, item) == item else first[number],
            )
            for item, number, (product, warehouse, reference, quantity) in zip(
                self.items, numbers, order.lines, strict=True
            )
        ]


@dataclass(slots=True)
class Batch:
    """The orders of one transaction: how each one ended, by its position in the batch.

    ``applied`` are the steps into the initial states, by which the automatic steps follow; each is of orders that
    have the correlation in common.
    """

    asked: Sequence[Asked]
    resolved: list[ResolvedOrder] = field(default_factory=list)
    refused: dict[int, EarmarkError] = field(default_factory=dict)
    existing: set[int] = field(default_factory=set)
    placed: dict[int, PlacedOrder] = field(default_factory=dict)
    applied: list[tuple[str, Applied]] = field(default_factory=list)

    def begun(self) -> Batch:
        """Return a batch with the same orders and refusals, for one attempt to store them."""
        return replace(self, refused=dict(self.refused), existing=set(self.existing), placed={}, applied=[])

    def applied_to(self, position: int) -> list[Applied]:
        """Return the steps of the order at a position, and of those that have its correlation in common."""
        wanted = self.asked[position].correlation
        return [applied for correlation, applied in self.applied if correlation == wanted]
