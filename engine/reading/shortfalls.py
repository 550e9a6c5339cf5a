"""What more is promised of than there is, and the orders that promise it."""

from __future__ import annotations

from engine.quantity import to_decimal
from engine.results import Shortfall, ShortfallOrder
from engine.runtime import Runtime
from engine.storage.database import Record


def shortfalls(runtime: Runtime, orders: int) -> list[Shortfall]:
    """Return every product and store with a shortfall, by store and sku, each with its newest ``orders`` orders."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        rows = reader.all("view_shortfalls", now=now)
        behind = reader.all("view_shortfall_orders", now=now, most=orders) if rows else []
    found: dict[tuple[int, int], list[Record]] = {}
    for row in behind:
        found.setdefault((row.product_id, row.store_id), []).append(row)
    return [_shortfall(row, found.get((row.product_id, row.store_id), [])) for row in rows]


def _shortfall(row: Record, behind: list[Record]) -> Shortfall:
    return Shortfall(
        sku=row.sku,
        store=row.store,
        stock=to_decimal(row.stock),
        reserved=to_decimal(row.reserved),
        held=to_decimal(row.held),
        shortfall=to_decimal(row.shortfall),
        order_count=int(behind[0].orders) if behind else 0,
        orders=tuple(
            ShortfallOrder(o.reference, o.store, int(o.items), to_decimal(o.reserved), to_decimal(o.held))
            for o in behind
        ),
    )
