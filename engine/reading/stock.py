"""Lists of stock, a page at a time."""

from __future__ import annotations

import re

from engine.clock import to_datetime
from engine.errors import InputError
from engine.inventory.topology.names import warehouse_id_of
from engine.quantity import to_decimal
from engine.reading.listing import LARGEST
from engine.results import StockPage, StockView
from engine.results.items import LARGEST_ID
from engine.runtime import Runtime
from engine.storage.database import Record

_ANY = 0
"""The id of no warehouse."""


def stock_list(runtime: Runtime, warehouse: str | None, limit: int, after: str | None) -> StockPage:
    """Return a page of stock rows in the order in which their products were made.

    Raises UnknownWarehouse, and InputError for a limit or a place in the list that is none.
    """
    if not 1 <= limit <= LARGEST:
        raise InputError(f"a page has between 1 and {LARGEST} rows, not {limit}")
    product, place = (_ANY, _ANY) if after is None else _cursor(after)
    with runtime.database.read() as reader:
        only = _ANY if warehouse is None else warehouse_id_of(reader, warehouse)
        rows = reader.all("view_stock_page", product=product, place=place, warehouse=only, size=limit + 1)
    page = rows[:limit]
    following = f"{page[-1].product_id}-{page[-1].warehouse_id}" if len(rows) > limit else None
    return StockPage(tuple(stock_view(row.sku, row) for row in page), following)


def stock_view(sku: str, row: Record) -> StockView:
    """Return what is told of a row of stock of the product."""
    return StockView(
        sku=sku,
        warehouse=row.warehouse,
        active=bool(row.active),
        quantity=to_decimal(row.quantity),
        never_out_of_stock=bool(row.never_out_of_stock),
        counted_at=None if row.counted_at is None else to_datetime(row.counted_at),
    )


def _cursor(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,19})-([0-9]{1,19})", text, re.ASCII)
    product, place = (int(found[1]), int(found[2])) if found else (0, 0)
    if found is None or max(product, place) > LARGEST_ID:
        raise InputError(
            f"{text!r} is no place in a list", remedy="Give what the page before told as 'next'."
        )
    return product, place
