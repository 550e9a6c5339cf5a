"""What has changed the stock of a product, a page at a time."""

from __future__ import annotations

from engine.clock import to_datetime
from engine.errors import InputError, UnknownSku
from engine.quantity import to_decimal
from engine.reading.listing import LARGEST, cursor
from engine.results import StockChange, StockChangePage
from engine.results.items import LARGEST_ID
from engine.runtime import Runtime
from engine.storage.database import Record
from engine.topology.names import warehouse_id_of

_ANY = 0
"""The id of no warehouse."""

_KINDS = {"delta": "delta"}
"""What a change by an import is called; of what is on hand and of what is available it is a count."""


def stock_history(
    runtime: Runtime, sku: str, *, warehouse: str | None, limit: int, after: str | None
) -> StockChangePage:
    """Return a page of changes, the newest first. Raises UnknownSku, UnknownWarehouse and InputError."""
    if not 1 <= limit <= LARGEST:
        raise InputError(f"a page has between 1 and {LARGEST} rows, not {limit}")
    before = LARGEST_ID if after is None else cursor(after)
    with runtime.database.read() as reader:
        product = reader.first("products_named", names=[sku])
        if product is None:
            raise UnknownSku(f"there is no concrete product {sku!r}")
        only = _ANY if warehouse is None else warehouse_id_of(reader, warehouse)
        rows = reader.all(
            "view_stock_changes", product=product.id, before=before, warehouse=only, size=limit + 1
        )
    page = rows[:limit]
    following = str(page[-1].id) if len(rows) > limit else None
    return StockChangePage(tuple(_change(product.sku, row) for row in page), following)


def _change(sku: str, row: Record) -> StockChange:
    return StockChange(
        sku=sku,
        warehouse=row.warehouse,
        kind="correction" if row.import_id is None else _KINDS.get(row.kind, "count"),
        at=to_datetime(row.at),
        before=None if row.quantity_before is None else to_decimal(row.quantity_before),
        quantity=to_decimal(row.quantity),
        by=to_decimal(row.quantity - (row.quantity_before or 0)),
        counted_at=None if row.counted_at is None else to_datetime(row.counted_at),
        file=row.file,
        line=row.line or None,
        released=to_decimal(row.released),
        later=to_decimal(row.later),
        actor=row.actor,
        reason=row.reason,
        reference=row.reference,
    )
