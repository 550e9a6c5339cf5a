"""The holds of carts that orders name: what is held is the order's own, and each cart becomes one order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from engine.errors import EarmarkError
from engine.holds.ending import elsewhere, placed, unknown
from engine.holds.left import NOTHING_HELD, Held
from engine.holds.wanted import Named, Pair
from engine.inventory.promised import Promised
from engine.operations.order_names import ResolvedOrder
from engine.operations.placing import Batch
from engine.storage.database import Record, Work


@dataclass(slots=True)
class _Hold:
    """A hold, locked. ``order`` is the reference of the order that it has become, None as long as it is none."""

    id: int
    store_id: int
    until: int
    held: Held
    order: str | None


@dataclass(slots=True)
class NamedHolds:
    """The holds that the orders of a batch name, by reference. Without any it asks the database for nothing.

    A hold whose time is over, or that has ended, is named like any other. It adds nothing then: what it still
    stands for is free for everybody, and its own order is the first that asks for it.
    """

    _holds: Mapping[str, _Hold]
    _used: list[tuple[_Hold, ResolvedOrder]] = field(default_factory=list)

    @classmethod
    def locked(cls, work: Work, orders: Sequence[ResolvedOrder]) -> Self:
        """Lock the holds that the orders name, before anything else is locked."""
        names = sorted({order.request.hold for order in orders if order.request.hold is not None})
        if not names:
            return cls({})
        rows = work.all("lock_cart_holds_named", references=names)
        holds = [row.id for row in rows]
        lines: dict[int, list[Record]] = {}
        for line in work.all("cart_lines_held", holds=holds):
            lines.setdefault(line.hold_id, []).append(line)
        known = {row.hold_id: row.reference for row in work.all("orders_of_cart_holds", holds=holds)}
        return cls(
            {
                row.reference: _Hold(
                    row.id, row.store_id, row.hold_until, _held(lines.get(row.id, ())), known.get(row.id)
                )
                for row in rows
            }
        )

    def pairs(self) -> set[Pair]:
        """Return the (product id, store id) of which something is held."""
        return {pair for hold in self._holds.values() for pair in hold.held.pairs}

    def named(self) -> Iterator[Named]:
        """Yield the (product id, store id, warehouse id) of which something is held from a certain warehouse."""
        for hold in self._holds.values():
            for product, warehouse in hold.held.in_warehouses:
                yield product, hold.store_id, warehouse

    def refusal(self, order: ResolvedOrder) -> EarmarkError | None:
        """Return why the order cannot have the hold that it names; None when it can, or names none."""
        name = order.request.hold
        if name is None:
            return None
        hold = self._holds.get(name)
        if hold is None:
            return unknown(name)
        if hold.store_id != order.store_id:
            asker = f"the order {order.request.reference!r}"
            remedy = "Place the order in the store that holds the cart."
            return elsewhere(name, order.request.store, asker, remedy)
        return None if hold.order is None else placed(name, hold.order)

    def held(self, order: ResolvedOrder, work: Work) -> Held:
        """Return what is held for the order at the time of the unit of work."""
        if order.request.hold is None:
            return NOTHING_HELD
        hold = self._holds[order.request.hold]
        if hold.until > work.now:
            return replace(hold.held, live=True)
        return _over(hold)

    def use(self, order: ResolvedOrder) -> None:
        """Note that the order is accepted: its hold is no other one's any more."""
        if order.request.hold is not None:
            hold = self._holds[order.request.hold]
            hold.order = order.request.reference
            self._used.append((hold, order))

    def end(self, work: Work, batch: Batch, promised: Promised) -> None:
        """End the holds that orders of the batch have used, which are stored; take off what they promised."""
        if not self._used:
            return
        holds = [[hold.id, batch.placed[order.position].id] for hold, order in self._used]
        work.run("cart_holds_placed", holds=holds, now=work.now)
        work.run("end_cart_lines", holds=[hold.id for hold, _ in self._used])
        for hold, _ in self._used:
            for (product, store), amount in hold.held.pairs.items():
                promised.add(product, store, 0, -amount)
            for (product, warehouse), amount in hold.held.in_warehouses.items():
                promised.add_there(product, hold.store_id, warehouse, 0, -amount)
                promised.fits = promised.fits and hold.until > work.now


def _over(hold: _Hold) -> Held:
    """Return what a hold adds whose time is over. What it still holds at single warehouses is left to its end:
    how much more can be sold without it depends on what else is promised there.
    """
    pairs = dict(hold.held.pairs)
    for (product, _), amount in hold.held.in_warehouses.items():
        pairs[product, hold.store_id] -= amount
    return Held(pairs, {})


def _held(lines: Sequence[Record]) -> Held:
    pairs: dict[Pair, int] = {}
    places: dict[tuple[int, int], int] = {}
    for line in lines:
        pair = (line.product_id, line.store_id)
        pairs[pair] = pairs.get(pair, 0) + int(line.counted_hold)
        if line.warehouse_id is not None:
            place = (line.product_id, line.warehouse_id)
            places[place] = places.get(place, 0) + int(line.counted_hold)
    return Held(pairs, places)
