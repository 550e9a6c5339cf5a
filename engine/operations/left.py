"""What new orders can still have: per product and store, and per warehouse where a line names one.

Read once the availability rows are locked, and lowered in memory by each order that is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import EarmarkError, NotAvailable, WarehouseNotForStore
from engine.operations.order_names import Named, ResolvedOrder
from engine.quantity import format_quantity
from engine.storage.database import Record, Work


class Left:
    """What is left for the orders of a batch, in millionths; below zero where more is promised than there is.

    ``rows`` are the locked availability rows, ``partners`` the stores that share with a store.
    """

    def __init__(
        self,
        work: Work,
        orders: Sequence[ResolvedOrder],
        rows: Sequence[Record],
        partners: Mapping[int, Sequence[int]],
    ) -> None:
        self._free = {(row.product_id, row.store_id): int(row.free) for row in rows}
        self._endless = {(row.product_id, row.store_id) for row in rows if row.never_out_of_stock}
        self._partners = partners
        self._in_warehouse: dict[tuple[int, int], int] = {}
        self._reasons: dict[Named, str] = {}
        self._endless_there: set[tuple[int, int]] = set()
        named = sorted({named for asked in orders for named in asked.named})
        if named:
            self._look_into_warehouses(work, named)

    def _look_into_warehouses(self, work: Work, named: Sequence[Named]) -> None:
        for row in work.all("placement_warehouses", named=[list(each) for each in named]):
            place = (row.product_id, row.warehouse_id)
            self._in_warehouse[place] = int(row.free)
            if not (row.active and row.serves):
                reason = "does not serve" if row.active else "is not active, so it does not serve"
                self._reasons[row.product_id, row.store_id, row.warehouse_id] = reason
            if row.never_out_of_stock:
                self._endless_there.add(place)

    def refusal(self, asked: ResolvedOrder) -> EarmarkError | None:
        """Return why the order cannot be had, None when it can."""
        for named in asked.named:
            if named in self._reasons:
                house, store = asked.warehouses[named[2]], asked.request.store
                return WarehouseNotForStore(
                    f"the order {asked.request.reference!r} names the warehouse {house!r}, which "
                    f"{self._reasons[named]} the store {store!r}",
                    warehouse=house,
                    store=store,
                )
        return self._not_available(asked)

    def _not_available(self, asked: ResolvedOrder) -> NotAvailable | None:
        told: list[str] = []
        lines: list[dict[str, str]] = []
        for pair, need in asked.needs.items():
            left = self._free.get(pair, 0)
            if pair not in self._endless and left < need:
                sku = asked.skus[pair[0]]
                told.append(_short(sku, left, need))
                lines.append({"sku": sku, **_amounts(left, need)})
        for named, need in asked.named.items():
            product, _, warehouse = named
            left = self._in_warehouse[product, warehouse]
            if (product, warehouse) not in self._endless_there and left < need:
                sku, house = asked.skus[product], asked.warehouses[warehouse]
                told.append(_short(f"{sku} in {house}", left, need))
                lines.append({"sku": sku, "warehouse": house, **_amounts(left, need)})
        if not told:
            return None
        return NotAvailable(
            f"the order {asked.request.reference!r} asks for more than is available in {asked.request.store}: "
            + "; ".join(told),
            store=asked.request.store,
            skus=list(dict.fromkeys(line["sku"] for line in lines)),
            short=lines,
        )

    def take(self, asked: ResolvedOrder) -> None:
        """Lower what is left by an accepted order, in its store and in those that share with it."""
        if not asked.counts:
            return
        for (product, store), need in asked.needs.items():
            for counted in (store, *self._partners.get(store, ())):
                if (product, counted) in self._free:
                    self._free[product, counted] -= need
        for (product, _, warehouse), need in asked.named.items():
            self._in_warehouse[product, warehouse] -= need


def _amounts(left: int, need: int) -> dict[str, str]:
    return {"asked": format_quantity(need), "available": format_quantity(max(0, left))}


def _short(what: str, left: int, need: int) -> str:
    told = f"only {format_quantity(left)} available" if left > 0 else "sold out"
    return f"{what}: {told}, {format_quantity(need)} asked"
