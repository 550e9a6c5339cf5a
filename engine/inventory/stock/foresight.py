"""A dry run: every chunk is stored as it would be, looked at, and undone before anybody can see it.

So it tells what an import would do by doing it, under the same locks, a chunk at a time. Commands and
conditions are not asked, and nothing follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.inventory.stock.chunks import StoredChunk
from engine.inventory.stock.runs import ImportRun
from engine.quantity import to_decimal
from engine.results import Foreseen, ForeseenAmount, ForeseenChange
from engine.results.foreseen import MOST_FORESEEN
from engine.storage.database import Record, Work


class Undone(Exception):
    """Undoes the chunk of a dry run, and tells what it came to."""

    def __init__(self, chunk: StoredChunk) -> None:
        super().__init__("the chunk of a dry run is undone")
        self.chunk = chunk


def look(work: Work, run: ImportRun, products: Sequence[int], stored: int, foreseen: Foreseen) -> None:
    """Add what the chunk has changed to what is foreseen; ``stored`` is how many rows of it were stored."""
    changes = work.all("foreseen_changes", import_id=run.id, products=list(products))
    foreseen.changed += len(changes)
    foreseen.unchanged += stored - len(changes)
    by = [int(row.quantity) - int(row.quantity_before or 0) for row in changes]
    foreseen.up += to_decimal(sum(one for one in by if one > 0))
    foreseen.down += to_decimal(-sum(one for one in by if one < 0))
    foreseen.changes += [_change(row) for row in changes[: MOST_FORESEEN - len(foreseen.changes)]]
    _look_at_amounts(work, foreseen)


def _look_at_amounts(work: Work, foreseen: Foreseen) -> None:
    for row in work.all("foreseen_flips"):
        sold_out = row.available <= 0 and not row.never_out_of_stock
        listed = foreseen.selling_out if sold_out else foreseen.becoming_sellable
        if sold_out:
            foreseen.sells_out += 1
        else:
            foreseen.becomes_sellable += 1
        _list(listed, row.sku, row.store, row.available_before, row.available)
    for row in work.all("ledger_shortfalls"):
        foreseen.becomes_short += 1
        _list(foreseen.becoming_short, row.sku, row.store, row.shortfall_before, row.shortfall)


def _list(listed: list[ForeseenAmount], sku: str, store: str, before: int, after: int) -> None:
    if len(listed) < MOST_FORESEEN:
        listed.append(ForeseenAmount(sku, store, to_decimal(before), to_decimal(after)))


def _change(row: Record) -> ForeseenChange:
    before = None if row.quantity_before is None else to_decimal(row.quantity_before)
    return ForeseenChange(row.sku, row.warehouse, before, to_decimal(row.quantity), row.line or None)
