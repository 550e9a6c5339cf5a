"""A file that is complete for its warehouses: what it does not name is 0 there.

A product that a refused row names, or one that is none of the feed's, is named all the same and left as it is. Of a
row that cannot be read nobody knows which product it names: with such a row nothing is set to 0, unless the file is
accepted as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from engine.codes import Code
from engine.errors import UnknownWarehouse
from engine.feeds import CountKind, StockBatch, StockSource
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.nouns import count
from engine.results import RowRefusal
from engine.runtime import Runtime
from engine.storage.database import Reader, Work

_AT_ONCE = 1000
"""How many skus are looked up by one statement."""

_NAMES_NOTHING = frozenset({Code.UNKNOWN_SKU, Code.DUPLICATE_ROW, Code.COUNT_TOO_OLD})
"""Why rows are refused of which the product is none, or stands among the staged ones."""


@dataclass(slots=True)
class Spared:
    """The skus that a whole file leaves as they are, and how many of its rows name nobody knows what."""

    skus: set[str] = field(default_factory=set)
    unread: int = 0
    skipped: int = 0

    def refused(self, refusal: RowRefusal) -> None:
        """Take note of a refused row."""
        if refusal.sku is not None:
            self.skus.add(refusal.sku)
        elif refusal.code not in _NAMES_NOTHING:
            self.unread += 1

    def product_ids(self, reader: Reader) -> list[int]:
        """Return the ids of the products that have these skus."""
        return [
            int(row.id)
            for some in _batched(sorted(self.skus))
            for row in reader.all("stage_products", skus=list(some))
        ]


class Watched:
    """A source of which is noted what its rows leave alone."""

    def __init__(self, source: StockSource, spared: Spared) -> None:
        self._source = source
        self._spared = spared
        self.path: Path = source.path
        self.hash = source.hash
        self.written_at = source.written_at
        self.is_stream = source.is_stream
        self.time_column = source.time_column
        self.notes = source.notes
        self.terms = source.terms
        self.delivery = source.delivery
        self.give_back = source.give_back

    def batches(self, latest: int, *, own_times: bool) -> Iterator[StockBatch]:
        """Yield what the source does."""
        for batch in self._source.batches(latest, own_times=own_times):
            self._spared.skipped += batch.skipped
            self._spared.skus.update(batch.left)
            yield batch


def warehouse_ids(reader: Reader, names: Sequence[str]) -> list[int]:
    """Return the ids of the warehouses of a feed. Raises UnknownWarehouse with all that do not exist."""
    known = {row.name: int(row.id) for row in reader.all("topology_warehouses")}
    if unknown := [name for name in names if name not in known]:
        raise UnknownWarehouse(
            f"there is no warehouse {', '.join(map(repr, unknown))}, for which the file is to be complete",
            remedy="Mend 'warehouses' of the feed, or add them to the topology.",
        )
    return sorted({known[name] for name in names})


def warehouses_of(reader: Reader, run: ImportRun) -> list[int]:
    """Return the ids of the warehouses that the file speaks for: those given, or those that its rows name."""
    if run.terms.warehouses:
        return warehouse_ids(reader, run.terms.warehouses)
    return [int(row.warehouse_id) for row in reader.all("staged_warehouses", import_id=run.id)]


def stage_missing(runtime: Runtime, run: ImportRun, spared: Spared, *, accept: bool) -> int:
    """Stage 0 of what the file does not name; return how many numbers of stock come to be 0 by that."""
    if not run.terms.whole or run.terms.kind is CountKind.DELTA:
        return 0
    if spared.unread and not accept:
        unread = f"{count(spared.unread, 'row')} cannot be read, so nobody knows what the file does not name"
        run.notes.append(f"{unread}: it is left as it is (accept the file to set it to 0)")
        return 0
    return runtime.database.transact(partial(_stage_missing, runtime, run, spared))


def _stage_missing(runtime: Runtime, run: ImportRun, spared: Spared, work: Work) -> int:
    extend_lease(runtime, work, run)
    times = work.first("staged_times", import_id=run.id)
    oldest = None if times is None else times.oldest_at
    work.run(
        "missing_stage",
        import_id=run.id,
        warehouses=warehouses_of(work, run),
        spared=spared.product_ids(work),
        counted_at=oldest if run.own_times and oldest is not None else run.as_of,
        force=int(run.force),
    )
    return int(work.scalar("missing_counts", import_id=run.id))


def _batched(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    return (skus[start : start + _AT_ONCE] for start in range(0, len(skus), _AT_ONCE))
