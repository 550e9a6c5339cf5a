"""Importing absolute stock: the file is staged, then overwritten chunk by chunk, each chunk one transaction.

A chunk takes all rows of its products. Overwriting, the release of shipped items and the new availability
are one transaction, and events compare only before and after it: no product looks sold out in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from engine.clock import format_time, to_datetime
from engine.codes import Code
from engine.errors import StorageError, TimeInvalid
from engine.feeds import StockSource
from engine.inventory.ledger import Ledger
from engine.inventory.statistics import look_at_stock
from engine.inventory.stock.bulk import Bulk, Part
from engine.inventory.stock.file import open_stock_file
from engine.inventory.stock.repeats import StockKey
from engine.inventory.stock.runs import ImportRun, extend_lease, leave_run, start_run
from engine.inventory.stock.staging import Refusals, forget_rows, stage
from engine.results import ImportReport, RowRefusal
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work

_Older = tuple[StockKey, RowRefusal]

CHUNK = 1000
"""How many products are overwritten in one transaction."""


class Release(Protocol):
    """Moves the items that a chunk's counts no longer contain; what is told of a chunk in this order for each."""

    def waiting(self) -> bool:
        """Return whether there are items that a count might release."""

    def products(self, import_id: int, after: int, last: int) -> list[int]:
        """Return the products above ``after`` up to ``last`` that wait in the import and have such items."""

    def prepare(self, product_ids: Sequence[int], import_id: int) -> None:
        """Do what must happen with no transaction open: commands and conditions of the items to move."""

    def select(self, work: Work, product_ids: Sequence[int], import_id: int) -> None:
        """Lock the items to move, first of all in the chunk's transaction."""

    def apply(
        self, work: Work, ledger: Ledger, product_ids: Sequence[int], import_id: int
    ) -> Mapping[int, int]:
        """Move the items, after the stock was overwritten. Posts to the ledger, does not settle it.

        Return how much of which products was released, in millionths.
        """

    def follow(self) -> None:
        """Take the automatic steps of the states reached, once the chunk is committed."""


def import_stock(
    runtime: Runtime,
    counts: Path | StockSource,
    as_of: int | None,
    force: bool,
    release: Release,
    progress: Progress = no_progress,
    *,
    file_time: int | None = None,
) -> ImportReport:
    """Import a stock file, or what a feed has opened, and release shipped items.

    Bad rows are refused by line, the good ones imported.

    The counts are of ``as_of``, else of each row's own time, else of ``file_time``, else of when the file was
    written (UTC microseconds), never later than now and less the ``count_lag_s`` of the rules. Counts older than
    the stored ones are refused unless forced; a forced one releases nothing. An import that was interrupted goes
    on where it was, under the time it had. A stream has no time of its own: without another it is of the start of
    the import, and refused when there are items that it might release. A count below zero is stored as 0 with a
    warning. Raises FileUnreadable, FileChanged, InputError, TimeInvalid, ImportInProgress.
    """
    with open_stock_file(counts) if isinstance(counts, Path) else nullcontext(counts) as file:
        if file.is_stream and as_of is None and file_time is None and file.time_column is None:
            file.written_at = _time_of_stream(runtime, file, release)
        run = start_run(runtime, file, as_of, file_time, force=force)
        run.notes += file.notes
        try:
            return _Import(runtime, run, release, progress).run(file)
        except BaseException:
            with suppress(StorageError):  # what went wrong first is what must be told
                leave_run(runtime, run)
            raise


def _time_of_stream(runtime: Runtime, file: StockSource, release: Release) -> int:
    """Return the time of a count that nothing tells: now, where nothing can be released by it."""
    now = runtime.database.clock()  # looked at first: what comes to be shipped from now on is not released
    if release.waiting():
        raise TimeInvalid(
            f"{file.path} is a stream: nothing tells when it was counted, and items wait for a count",
            remedy="Say it: '--as-of 2026-03-01T08:30:00Z', or a column counted_at. '--as-of now' is right only "
            "where nothing was shipped since it was counted.",
        )
    return now


class _Import:
    def __init__(self, runtime: Runtime, run: ImportRun, release: Release, progress: Progress) -> None:
        self._runtime = runtime
        self._run = run
        self._release = release
        self._progress = progress
        self._refusals = Refusals()
        self._bulk: Bulk | None = None
        self._staged_rows = 0
        self._older_rows = 0
        self._report = ImportReport(as_of=to_datetime(run.as_of), as_of_from=run.source, resumed=run.resumed)

    def run(self, file: StockSource) -> ImportReport:
        rows = stage(self._runtime, self._run, file, self._refusals, self._progress)
        complete = rows is not None and self._store_all()
        self._report.rows = rows or 0
        self._report.complete = complete
        if not complete:
            self._run.notes.append("stopped before the end: import the file again to go on")
        self._finish(complete)
        return self._report

    def _store_all(self) -> bool:
        with self._runtime.database.read() as reader:
            after = int(reader.scalar("stage_stored_to", import_id=self._run.id))
            counts = reader.first("stage_counts", import_id=self._run.id, stored_to=after)
        stored, waiting = (0, 0) if counts is None else (counts.stored, counts.waiting)
        self._staged_rows = total = stored + waiting
        self._bulk = bulk = Bulk(self._runtime, self._run, waiting)
        for part in bulk.parts(after):
            if self._runtime.stop() or not self._store_part(bulk, part):
                return False
            stored += part.rows
            self._progress(stored, total)
        return bulk.keep_times(self._runtime.stop)

    def _store_part(self, bulk: Bulk, part: Part) -> bool:
        """Store a part at once, but for products that are stored in chunks before; False when asked to stop."""
        if self._run.force:
            return self._store_chunks(self._waiting(part))
        apart = self._release.products(self._run.id, part.after, part.last)
        while first := bulk.store(part, apart):
            if not self._store_chunks(first):
                return False
            apart = []
        return True

    def _waiting(self, part: Part) -> list[int]:
        with self._runtime.database.read() as reader:
            rows = reader.all("chunk_products", import_id=self._run.id, after=part.after, last=part.last)
        return [row.product_id for row in rows]

    def _store_chunks(self, products: Sequence[int]) -> bool:
        for start in range(0, len(products), CHUNK):
            if self._runtime.stop():
                return False
            chunk = products[start : start + CHUNK]
            self._release.prepare(chunk, self._run.id)
            self._store(chunk)
            self._release.follow()
        return True

    def _store(self, products: Sequence[int]) -> None:
        """Store a chunk in one transaction, locking in the order items, availability, stock."""
        older = self._runtime.database.transact(lambda work: self._store_chunk(work, products))
        self._older_rows += len(older)
        for key, refusal in older:
            self._refusals.add(refusal)
            self._refusals.withdraw(key, Code.COUNT_TOO_OLD, refusal.message)

    def _store_chunk(self, work: Work, products: Sequence[int]) -> list[_Older]:
        """Return the rows that were too old."""
        chunk = {"import_id": self._run.id, "products": list(products)}
        force = int(self._run.force)
        self._release.select(work, products, self._run.id)
        ledger = Ledger(work, self._runtime.plugins, self._runtime.rules)
        ledger.lock_products(products)
        # Not before: the lease needs the time, which is to be that after items were waited for.
        extend_lease(self._runtime, work, self._run)
        marked = work.changed("chunk_mark_older", **chunk)
        older = self._older(work, products) if marked and not self._run.force else []
        work.run("chunk_changes", force=force, now=work.now, **chunk)
        work.run("chunk_overwrite", force=force, **chunk)
        self._keep_released(work, self._release.apply(work, ledger, products, self._run.id))
        ledger.refresh_stock(products)
        ledger.settle()
        work.run("chunk_done", force=force, **chunk)
        return older

    def _keep_released(self, work: Work, released: Mapping[int, int]) -> None:
        """Keep in the history of the stock what the counts have released."""
        rows = [list(row) for row in released.items()]
        if rows:
            work.run("chunk_releasing", import_id=self._run.id, rows=rows, now=work.now)
            work.run("chunk_released", import_id=self._run.id, rows=rows)

    def _older(self, work: Work, products: Sequence[int]) -> list[_Older]:
        refused = []
        for row in work.all("chunk_older", import_id=self._run.id, products=list(products)):
            message = (
                f"the count of '{row.sku}' in '{row.warehouse}' is of {format_time(row.counted_at)}, "
                f"older than the stored one of {format_time(row.stored_at)}"
            )
            key = (row.product_id, row.warehouse_id)
            refused.append((key, RowRefusal(row.line, Code.COUNT_TOO_OLD, message)))
        return refused

    def _end(self, complete: bool, work: Work) -> int:
        """End the run, or leave it to be resumed; return how many rows it has stored."""
        if complete:
            extend_lease(self._runtime, work, self._run)
            if self._bulk is not None:
                self._bulk.tell_houses(work)
            work.run("import_finish", import_id=self._run.id, now=work.now, refused=self._refusals.total)
            forget_rows(work, self._run)
            return self._staged_rows - self._older_rows
        work.run("import_leave", import_id=self._run.id, token=self._run.token)
        stored_to = int(work.scalar("stage_stored_to", import_id=self._run.id))
        counts = work.first("stage_counts", import_id=self._run.id, stored_to=stored_to)
        return 0 if counts is None else int(counts.stored)

    def _finish(self, complete: bool) -> None:
        self._report.imported = self._runtime.database.transact(partial(self._end, complete))
        if self._bulk is not None:
            look_at_stock(self._runtime.database, self._bulk.changed)
        self._report.refused = self._refusals.listed()
        self._report.refused_rows = self._refusals.total
        self._report.warnings = self._refusals.warnings()
        self._report.note = "; ".join([*self._run.notes, *self._refusals.notes()]) or None
