"""All stock as the rows of a stock file, in bounded memory however much there is."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feeds import StockRow
from engine.inventory.topology.names import warehouse_id_of
from engine.runtime import Progress, Runtime, no_progress

PAGE = 10_000
"""How many rows are read at once: what is held in memory, and what is of one moment."""

_ANY = 0
"""The id of no warehouse."""


def stock_rows(
    runtime: Runtime, warehouse: str | None, progress: Progress = no_progress
) -> Iterator[list[StockRow]]:
    """Yield all stock in pages, in the order in which its products were made; ``line`` counts the rows from 1.

    Each page is read for itself, so that whoever takes them slowly keeps nobody from writing: a page is of one
    moment, and all of them together are not. Raises UnknownWarehouse at once.
    """
    place = _ANY
    if warehouse is not None:
        with runtime.database.read() as reader:
            place = warehouse_id_of(reader, warehouse)
    return _pages(runtime, place, progress)


def _pages(runtime: Runtime, warehouse: int, progress: Progress) -> Iterator[list[StockRow]]:
    last, done = (_ANY, _ANY), 0
    while True:
        with runtime.database.read() as reader:
            found = reader.tuples(
                "export_stock", warehouse=warehouse, product=last[0], place=last[1], size=PAGE
            )
        if found:
            yield [
                StockRow(line, sku, name, quantity, bool(never), bool(bundle), counted_at)
                for line, (_, _, sku, name, quantity, never, bundle, counted_at) in enumerate(found, done + 1)
            ]
            last, done = found[-1][:2], done + len(found)
            progress(done, None)
        if len(found) < PAGE:
            return
