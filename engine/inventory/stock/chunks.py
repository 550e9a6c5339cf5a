"""Storing chunks of products, all rows of each, with what their counts release: each chunk in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.clock import format_time
from engine.codes import Code
from engine.feeds import CountKind
from engine.inventory.ledger import Ledger
from engine.inventory.stock.kinds import Unfit, add_later, overwrite, refused_of_part, to_stock
from engine.inventory.stock.releasing import Release
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.results import RowRefusal
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work

_AT_ONCE = 10_000
"""How many staged rows are looked at by one statement."""


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """What storing a chunk came to: rows stored, numbers that changed, items, and rows that could not be stored.

    ``zeroed`` are numbers that came to be 0 as a whole file of what is available does not name them, ``later``
    counts to which later deltas were added.
    """

    stored: int
    changed: int
    zeroed: int
    later: int
    released: int
    kept: int
    unfit: list[Unfit]


class Chunks:
    """Stores the chunks of an import, and notes with each of them what it came to: nothing of it can be lost."""

    def __init__(self, runtime: Runtime, run: ImportRun, release: Release) -> None:
        self._runtime = runtime
        self._run = run
        self._release = release

    def store(self, work: Work, products: Sequence[int]) -> StoredChunk:
        """Store a chunk and return what came of it."""
        chunk = {"import_id": self._run.id, "products": list(products)}
        force = int(self._run.force)
        self._release.select(work, products, self._run.id)
        ledger = Ledger(work, self._runtime.plugins, self._runtime.rules)
        ledger.lock_products(products)
        # Not before: the lease needs the time, which is to be that after items were waited for.
        extend_lease(self._runtime, work, self._run)
        marked = work.changed("chunk_mark_older", **chunk)
        unfit = self._older(work, products) if marked and not self._run.force else []
        unfit += to_stock(self._runtime, work, self._run, self._release, products)
        later = add_later(work, self._run, products)
        zeroed = self._zeroed(work, products)
        changed = work.changed("chunk_changes", force=force, now=work.now, **chunk)
        stored = overwrite(work, self._run, products)
        self._keep_released(work, self._release.apply(work, ledger, products, self._run.id))
        ledger.refresh_stock(products)
        ledger.settle()
        work.run("chunk_done", force=force, **chunk)
        released, kept = self._release.counted()
        work.run("import_note", import_id=self._run.id, changed=changed, released=released, kept=kept)
        return StoredChunk(stored, changed, zeroed, later, released, kept, unfit)

    def _zeroed(self, work: Work, products: Sequence[int]) -> int:
        if not self._run.terms.whole or self._run.terms.kind is not CountKind.AVAILABLE:
            return 0
        chunk = {"import_id": self._run.id, "products": list(products)}
        return int(work.scalar("chunk_zeroed", force=int(self._run.force), **chunk))

    def _keep_released(self, work: Work, released: Mapping[int, int]) -> None:
        """Keep in the history of the stock what the counts have released."""
        rows = [list(row) for row in released.items()]
        if rows:
            work.run("chunk_releasing", import_id=self._run.id, rows=rows, now=work.now)
            work.run("chunk_released", import_id=self._run.id, rows=rows)

    def _older(self, work: Work, products: Sequence[int]) -> list[Unfit]:
        rows = work.all("chunk_older", import_id=self._run.id, products=list(products))
        return [_too_old(self._run, row) for row in rows]


def older_rows(reader: Reader, run: ImportRun) -> Iterator[list[Unfit]]:
    """Yield the rows of a file that are older than what is stored, before any of it is stored: some at a time."""
    for after, last in _parts(reader, run):
        rows = reader.all("staged_older", import_id=run.id, after=after, last=last)
        yield [_too_old(run, row) for row in rows]


def refused_before(reader: Reader, run: ImportRun) -> Iterator[list[Unfit]]:
    """Yield the rows that an earlier attempt has refused for what they would come to: some at a time."""
    for after, last in _parts(reader, run):
        yield refused_of_part(reader, run, after, last)


def _parts(reader: Reader, run: ImportRun) -> Iterator[tuple[int, int]]:
    """Yield products of the import by their ids, some at a time: a file may have a million that are refused."""
    after = 0
    while (part := reader.first("bulk_next", import_id=run.id, after=after, size=_AT_ONCE)) and part.last:
        yield after, int(part.last)
        after = int(part.last)


def _too_old(run: ImportRun, row: Record) -> Unfit:
    what = "change" if run.terms.kind is CountKind.DELTA else "count"
    message = (
        f"the {what} of '{row.sku}' in '{row.warehouse}' is of {format_time(row.counted_at)}, "
        f"older than the stored {'count' if what == 'change' else 'one'} of {format_time(row.stored_at)}"
    )
    refusal = RowRefusal(row.line, Code.COUNT_TOO_OLD, message, row.sku)
    return (row.product_id, row.warehouse_id), refusal
