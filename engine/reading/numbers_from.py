"""Which file a number of stock is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.results import StockView
from engine.storage.database import Reader, Record


def with_files(reader: Reader, views: Sequence[StockView], rows: Sequence[Record]) -> list[StockView]:
    """Return the views of the rows, each with the file that last changed its number, as far as that is known."""
    pairs = [[row.product_id, row.warehouse_id] for row in rows]
    found = reader.all("view_numbers_from", rows=pairs) if pairs else []
    files = {(row.product_id, row.warehouse_id): row for row in found}
    return [
        _with(view, files.get((row.product_id, row.warehouse_id)))
        for view, row in zip(views, rows, strict=True)
    ]


def _with(view: StockView, found: Record | None) -> StockView:
    if found is None:
        return view
    return replace(view, feed=found.feed, file=found.file, line=found.line)
