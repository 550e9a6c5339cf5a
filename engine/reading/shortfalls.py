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
        carts = reader.all("view_shortfall_carts", now=now) if rows else []
    found: dict[tuple[int, int], list[Record]] = {}
    for row in behind:
        found.setdefault((row.product_id, row.store_id), []).append(row)
    holding = {(row.product_id, row.store_id): int(row.carts) for row in carts}
    return [
        _shortfall(row, found.get(pair, []), holding.get(pair, 0))
        for row in rows
        for pair in [(row.product_id, row.store_id)]
    ]


def _shortfall(row: Record, behind: list[Record], carts: int) -> Shortfall:
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
        cart_count=carts,
    )
