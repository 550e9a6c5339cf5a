"""How a product is shared between channel groups, and the allotment behind what a store can sell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.errors import UnknownSku
from engine.quantity import SCALE, to_decimal
from engine.results import AllotmentView, PooledStock, SharingView, WarehouseGroupView
from engine.runtime import Runtime
from engine.storage.database import Reader, Record


def sharing(runtime: Runtime, sku: str) -> SharingView:
    """Return how a concrete product is shared. Raises UnknownSku."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        product = reader.first("view_shared_product", skus=[sku])
        if product is None:
            raise UnknownSku(f"there is no concrete product {sku!r}", skus=[sku])
        groups = _by_pool(reader.all("view_allotments", products=[product.id], now=now))
        stock = _by_pool(reader.all("view_pooled_stock", products=[product.id]))
        stores = _stores(reader)
    return SharingView(
        str(product.sku), tuple(_group(rows, stock.get(pool, []), stores) for pool, rows in groups.items())
    )


def allotment_terms(
    reader: Reader, products: Sequence[int], store: int, now: int
) -> dict[int, Mapping[str, Any]]:
    """Return the term of the allotment for each product, where the store is in a channel group."""
    rows = reader.all("view_allotments", products=list(products), now=now)
    mine = {row.channel_group_id for row in reader.all("view_channel_stores") if row.store_id == store}
    stock: dict[tuple[int, int], int] = defaultdict(int)
    for row in reader.all("view_pooled_stock", products=list(products)):
        stock[row.product_id, row.warehouse_group_id] += int(row.quantity) if row.active else 0
    return {
        row.product_id: {
            "term": "allotment",
            "channel_group": row.channel_group,
            "warehouse_group": row.warehouse_group,
            "strategy": row.strategy,
            "quantity": to_decimal(row.allotted),
            "stock": to_decimal(stock[row.product_id, row.warehouse_group_id]),
            "balanced": to_decimal(row.balanced),
            "divided_between": [
                other.channel_group
                for other in rows
                if (other.product_id, other.warehouse_group_id) == (row.product_id, row.warehouse_group_id)
            ],
        }
        for row in rows
        if row.channel_group_id in mine
    }


def _by_pool(rows: Sequence[Record]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        found[row.warehouse_group_id].append(row)
    return found


def _stores(reader: Reader) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in reader.all("view_channel_stores"):
        found[row.channel_group_id].append(row.store)
    return found


def _group(
    rows: Sequence[Record], stock: Sequence[Record], stores: Mapping[int, Sequence[str]]
) -> WarehouseGroupView:
    return WarehouseGroupView(
        warehouse_group=rows[0].warehouse_group,
        strategy=rows[0].strategy,
        stock=to_decimal(sum(int(row.quantity) for row in stock if row.active)),
        never_out_of_stock=any(row.active and row.never_out_of_stock for row in stock),
        warehouses=tuple(
            PooledStock(
                row.warehouse,
                row.type,
                bool(row.active),
                to_decimal(row.quantity),
                bool(row.never_out_of_stock),
            )
            for row in stock
        ),
        channel_groups=tuple(_allotment(row, stores.get(row.channel_group_id, ())) for row in rows),
    )


def _allotment(row: Record, stores: Sequence[str]) -> AllotmentView:
    allotted, reserved, held = int(row.allotted), int(row.reserved), int(row.held)
    return AllotmentView(
        channel_group=row.channel_group,
        stores=tuple(stores),
        weight=row.weight,
        threshold=Decimal(row.threshold) / SCALE,
        allotted=to_decimal(allotted),
        reserved=to_decimal(reserved),
        held=to_decimal(held),
        # A sum below zero is damage; it promises nothing.
        available=to_decimal(max(allotted - max(reserved, 0) - max(held, 0), 0)),
        balanced=to_decimal(row.balanced),
    )
