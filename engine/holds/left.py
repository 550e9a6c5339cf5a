"""What new orders and carts can still have: per product and store, and per warehouse where a line names one.

Read once the availability rows are locked, and lowered in memory by each order that is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import EarmarkError, NotAvailable, NotOrderable, WarehouseNotForStore
from engine.holds.limits import limits_broken
from engine.holds.pooled import Pooled
from engine.holds.there import Place, There
from engine.holds.wanted import Pair, Wanted
from engine.quantity import format_quantity
from engine.storage.database import Record, Work
from engine.versions.option_sets import OptionBook
from rules.options.effects import Selling
from rules.options.values import OptionValues

_UNLIMITED = (Selling.BEYOND_LEVEL, Selling.WITHOUT_LEVEL)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held for an order already, in millionths: per (product id, store id), and of that per warehouse.

    It is the order's own, which nobody else can have meanwhile. As long as its time is not over (``live``) it is
    promised: the order gets it even where a count has found less since, which is a shortfall then. Once it is over,
    ``pairs`` is still part of the stored availability; what warehouses have to give is looked up without it, so
    ``in_warehouses`` is empty then.
    """

    pairs: Mapping[Pair, int]
    in_warehouses: Mapping[Place, int]
    live: bool = False

    def of(self, pair: Pair, free: int) -> int:
        """Return what the order can have of a product of which so much is free."""
        return self.pairs.get(pair, 0) + self._at_least(free)

    def there(self, place: Place, free: int) -> int:
        """Return what the order can have of a product in a warehouse that has so much to give."""
        return self.in_warehouses.get(place, 0) + self._at_least(free)

    def _at_least(self, free: int) -> int:
        return max(free, 0) if self.live else free


NOTHING_HELD = Held({}, {})
"""Of an order that names no hold."""


class Left:
    """What is left for the orders of a batch, in millionths; below zero where more is promised than there is.

    ``rows`` are the locked availability rows, ``partners`` the stores that share with a store, ``options`` the
    sets of option values that the rows name, ``there`` what there is in single warehouses, ``pools`` what there
    is of products that are divided between channel groups.
    """

    def __init__(
        self,
        work: Work,
        rows: Sequence[Record],
        partners: Mapping[int, Sequence[int]],
        options: OptionBook,
        there: There,
        pools: Pooled | None = None,
    ) -> None:
        self._work = work
        self._there = there
        self._pools = pools
        self._kept = {(row.product_id, row.store_id): int(row.kept) for row in rows if row.kept}
        self._free = {(row.product_id, row.store_id): int(row.free) for row in rows}
        self._endless = {(row.product_id, row.store_id) for row in rows if row.never_out_of_stock}
        self._uncounted = {(row.product_id, row.store_id) for row in rows if row.stock == 0}
        self._beyond = {(row.product_id, row.store_id): -int(row.kept) for row in rows if row.kept < 0}
        self._by_options = {(row.product_id, row.store_id) for row in rows if row.selling in _UNLIMITED}
        self._options = _values(work, rows, options)
        self._partners = partners

    def refusal(self, asked: Wanted, held: Held = NOTHING_HELD) -> EarmarkError | None:
        """Return why what is asked cannot be had with what is held for it already; None when it can."""
        return self.misplaced(asked) or self.limits(asked) or self.not_available(asked, held)

    def misplaced(self, asked: Wanted) -> WarehouseNotForStore | None:
        """Return the refusal of what names a warehouse that does not serve its store."""
        for named in asked.named:
            if reason := self._there.reason(named):
                house, store = asked.warehouses[named[2]], asked.request.store
                return WarehouseNotForStore(
                    f"the {asked.kind} {asked.request.reference!r} names the warehouse {house!r}, which "
                    f"{reason} the store {store!r}",
                    warehouse=house,
                    store=store,
                )
        return None

    def limits(self, asked: Wanted) -> NotOrderable | None:
        """Return the refusal of what asks for what options forbid."""
        return limits_broken(asked, self._options)

    def values(self, pair: Pair) -> OptionValues | None:
        """Return the option values of a product in a store, if it has any."""
        return self._options.get(pair)

    def not_available(self, asked: Wanted, held: Held = NOTHING_HELD) -> NotAvailable | None:
        """Return the refusal of what is more than there is, with what is held for it already."""
        told: list[str] = []
        lines: list[dict[str, Any]] = []
        for pair, need in asked.needs.items():
            left = held.of(pair, self._left(pair))
            if pair not in self._endless and left < need:
                sku = asked.skus[pair[0]]
                told.append(_short(sku, left, need))
                lines.append({"sku": sku, **_amounts(left, need), **self._told(pair, left)})
        for named, need in asked.named.items():
            product, store, warehouse = named
            if (product, store) in self._by_options:
                continue
            place = (product, warehouse)
            left = held.there(place, self._there.left(place)) + self._beyond.get((product, store), 0)
            if not self._there.endless(place) and left < need:
                sku, house = asked.skus[product], asked.warehouses[warehouse]
                told.append(_short(f"{sku} in {house}", left, need))
                lines.append({"sku": sku, "warehouse": house, **_amounts(left, need)})
        if not told:
            return None
        what = f"the {asked.kind} {asked.request.reference!r}"
        return NotAvailable(
            f"{what} asks for more than is available in {asked.request.store}: {'; '.join(told)}",
            store=asked.request.store,
            skus=list(dict.fromkeys(line["sku"] for line in lines)),
            short=lines,
        )

    def _told(self, pair: Pair, left: int) -> dict[str, Any]:
        """Tell of what has no stock if it was never counted."""
        if left > 0 or pair not in self._uncounted:
            return {}
        return {"never_counted": True} if self._work.all("never_counted", pairs=[list(pair)]) else {}

    def take(self, asked: Wanted, held: Held = NOTHING_HELD) -> None:
        """Lower what is left by what was accepted, in its store and those that share; give back what was held."""
        self.give_back(held, asked.store_id)
        if not asked.counts:
            return
        for pair, need in asked.needs.items():
            self._lower(pair, need)
        for named, need in asked.named.items():
            beyond = self._beyond.get(named[:2], 0)
            self._correct(self._there.take(named, need, beyond=beyond), 1)

    def _correct(self, differing: Iterable[tuple[Pair, int]], sign: int) -> None:
        """Take into account by how much less what a store can sell has changed."""
        for pair, amount in differing:
            if amount and pair in self._free:
                self._free[pair] += sign * amount

    def give_back(self, held: Held, store: int) -> None:
        """Raise what is left by what was held, and is not any more, for something of the store."""
        for pair, amount in held.pairs.items():
            self._lower(pair, -amount)
        for (product, warehouse), amount in held.in_warehouses.items():
            self._correct(self._there.give_back((product, store, warehouse), amount), -1)

    @property
    def balanced(self) -> bool:
        """Whether something of what was decided is to be balanced."""
        return self._pools is not None and self._pools.balanced

    def _left(self, pair: Pair) -> int:
        pooled = None if self._pools is None else self._pools.left(pair)
        return self._free.get(pair, 0) if pooled is None else pooled - self._kept.get(pair, 0)

    def _lower(self, pair: Pair, amount: int) -> None:
        product, store = pair
        if self._pools is not None:
            self._pools.lower(pair, amount)
        for counted in (store, *self._partners.get(store, ())):
            if (product, counted) in self._free:
                self._free[product, counted] -= amount


def _amounts(left: int, need: int) -> dict[str, str]:
    return {"asked": format_quantity(need), "available": format_quantity(max(0, left))}


def _values(work: Work, rows: Sequence[Record], options: OptionBook) -> dict[Pair, OptionValues]:
    """Return the option values of the rows that have any."""
    named = [row for row in rows if row.option_set_id is not None]
    if not named:
        return {}
    sets = options.of(work, [row.option_set_id for row in named])
    return {(row.product_id, row.store_id): sets[row.option_set_id] for row in named}


def _short(what: str, left: int, need: int) -> str:
    told = f"only {format_quantity(left)} available" if left > 0 else "sold out"
    return f"{what}: {told}, {format_quantity(need)} asked"
