"""Importing absolute stock: the file is staged, then overwritten chunk by chunk, each chunk one transaction.

A chunk takes all rows of its products. Overwriting, the release of shipped items and the new availability
are one transaction, and events compare only before and after it: no product looks sold out in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from engine.clock import format_time, to_datetime
from engine.errors import InputError, StorageError, TimeInvalid
from engine.feeds import CountKind, StockSource
from engine.inventory.statistics import look_at_stock
from engine.inventory.stock.bulk import Bulk, Part
from engine.inventory.stock.chunks import Chunks, StoredChunk, older_rows, refused_before
from engine.inventory.stock.file import open_stock_file
from engine.inventory.stock.foresight import Undone, look
from engine.inventory.stock.guards import Judged, judge
from engine.inventory.stock.kinds import Unfit, refuse_ambiguous
from engine.inventory.stock.refused import RefusedRows
from engine.inventory.stock.releasing import NothingReleased, Release
from engine.inventory.stock.runs import ImportRun, extend_lease, forget_dry, leave_run, start_run
from engine.inventory.stock.staging import Refusals, forget_rows, imported_rows, stage
from engine.inventory.stock.whole import Spared, Watched, stage_missing, warehouse_ids, warehouses_of
from engine.nouns import count
from engine.results import Foreseen, ImportReport, RowRefusal
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Work

CHUNK = 1000
"""How many products are overwritten in one transaction."""


def import_stock(
    runtime: Runtime,
    counts: Path | StockSource,
    as_of: int | None,
    force: bool,
    release: Release,
    progress: Progress = no_progress,
    *,
    file_time: int | None = None,
    dry: bool = False,
    accept: bool = False,
    refused: Path | None = None,
    as_new: bool = False,
) -> ImportReport:
    """Import a stock file, or what a feed has opened, and release shipped items.

    Bad rows are refused by line, the good ones imported.

    The counts are of ``as_of``, else of each row's own time, else of ``file_time``, else of when the file was
    written (UTC microseconds), never later than now and less the ``count_lag_s`` of the rules. Counts older than
    the stored ones are refused unless forced; a forced one releases nothing. An import that was interrupted goes
    on where it was, under the time it had. A stream has no time of its own: without another it is of the start of
    the import, and refused when there are items that it might release. A count below zero is stored as 0 with a
    warning.

    The terms of the source hold: what its quantities are, whether it is complete for its warehouses, and when it is
    not to be believed, unless ``accept``. With ``dry`` nothing stays. All refused rows are written to
    ``refused``, if given. ``as_new`` says that deltas are a delivery of their own, whatever it looks like. Raises
    FileUnreadable, FileChanged, InputError, UnknownWarehouse, TimeInvalid, ImportInProgress, and what ``start_run``
    says of deliveries.
    """
    with open_stock_file(counts) if isinstance(counts, Path) else nullcontext(counts) as file:
        with runtime.database.read() as reader:
            warehouse_ids(reader, file.terms.warehouses)
        if as_new and file.terms.kind is not CountKind.DELTA:
            raise InputError(
                f"{file.path} has counts: only deltas are applied once, so that one could be a new delivery",
                remedy="Leave '--as-new' out: a count is always taken.",
            )
        if file.terms.kind is CountKind.DELTA:
            release = NothingReleased()
        if file.is_stream and as_of is None and file_time is None and file.time_column is None:
            file.written_at = _time_of_stream(runtime, file, release)
        given_back = None if refused is None else RefusedRows(refused, file.path)
        try:
            run = start_run(runtime, file, as_of, file_time, force=force, dry=dry, as_new=as_new)
            run.notes += file.notes
            return _go_through(
                _Import(runtime, run, release, progress, accept, given_back), runtime, run, file
            )
        finally:
            if given_back is not None:
                given_back.close()


def _go_through(doing: _Import, runtime: Runtime, run: ImportRun, file: StockSource) -> ImportReport:
    try:
        return doing.run(file)
    except BaseException:
        with suppress(StorageError):  # what went wrong first is what must be told
            if run.dry:
                runtime.database.transact(lambda database: forget_dry(database, run.id))
            else:
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
    def __init__(
        self,
        runtime: Runtime,
        run: ImportRun,
        release: Release,
        progress: Progress,
        accept: bool,
        given_back: RefusedRows | None,
    ) -> None:
        self._runtime = runtime
        self._run = run
        self._release = release
        self._progress = progress
        self._accept = accept
        self._given_back = given_back
        self._spared = Spared()
        self._chunks = Chunks(runtime, run, release)
        self._noted_released = self._noted_kept = 0
        self._is_plain, self._stored_rows = False, 0
        self._left_alone = 0
        self._refusals = Refusals(self._note)
        self._bulk: Bulk | None = None
        self._report = ImportReport(
            as_of=to_datetime(run.as_of),
            as_of_from=run.source,
            resumed=run.resumed,
            feed=run.terms.feed,
            kind=str(run.terms.kind),
            dry_run=run.dry,
            foreseen=Foreseen() if run.dry else None,
        )

    def _note(self, refusal: RowRefusal) -> None:
        if self._run.terms.whole or self._run.terms.guards.vanished is not None:
            self._spared.refused(refusal)
        if self._given_back is not None:
            self._given_back.add(refusal)

    def run(self, file: StockSource) -> ImportReport:
        if self._run.applied is not None:
            self._tell_applied()
        else:
            rows = stage(
                self._runtime, self._run, Watched(file, self._spared), self._refusals, self._progress
            )
            self._report.rows, self._report.skipped = rows or 0, self._spared.skipped
            self._report.complete = rows is not None and self._believe(rows) and self._store_all()
            self._finish()
        if self._given_back is not None and (self._report.complete or self._report.stopped is not None):
            self._given_back.write(file, None if self._run.own_times else self._run.as_of)
        return self._report

    def _tell_applied(self) -> None:
        applied = self._run.applied
        if applied is not None:
            at = format_time(applied.finished_at)
            self._report.rows, self._report.already_applied = applied.rows, to_datetime(applied.finished_at)
            self._report.note = (
                f"nothing was done: this delta was applied at {at} already, from {applied.file}; if it is another "
                "one, say so: --as-new"
            )

    def _believe(self, rows: int) -> bool:
        """Complete what is staged of a whole file, and return whether it may be stored."""
        if self._run.resumed and self._take_up():
            self._name_warehouses()
            return True  # an earlier attempt was believed, and part of it is stored
        missing = stage_missing(self._runtime, self._run, self._spared, accept=self._accept)
        if missing:
            self._name_warehouses()
        if self._run.terms.kind is CountKind.ON_HAND:  # else it is seen when what was promised is put back
            self._report.zeroed = missing
        judged = Judged(rows, self._refusals.total, self._spared)
        stopped = judge(self._runtime, self._run, self._release, judged)
        if stopped is not None and self._accept:
            self._run.notes.append(f"accepted: {stopped.message}")
            stopped = None
        self._report.stopped = stopped
        if stopped is not None and not self._run.dry:
            self._report.zeroed = 0
            self._refuse_older()
        self._runtime.database.transact(self._keep_judgement)
        return stopped is None or self._run.dry

    def _refuse_older(self) -> None:
        """Tell of the rows, too, that would be refused when they are stored: nothing of the file is."""
        if not self._run.force:
            with self._runtime.database.read() as reader:
                for unfit in older_rows(reader, self._run):
                    self._refuse(unfit)

    def _name_warehouses(self) -> None:
        """Note the warehouses of which a whole file has named no row: what they have was staged as missing."""
        if self._run.terms.whole:
            with self._runtime.database.read() as reader:
                self._run.warehouses.update(warehouses_of(reader, self._run))

    def _take_up(self) -> bool:
        """Tell again what an earlier attempt has refused chunk by chunk; return whether it has stored something."""
        with self._runtime.database.read() as reader:
            for unfit in refused_before(reader, self._run):
                self._refuse(unfit)
            stored_to = int(reader.scalar("stage_stored_to", import_id=self._run.id))
            counts = reader.first("stage_counts", import_id=self._run.id, stored_to=stored_to)
        return counts is not None and counts.stored > 0

    def _keep_judgement(self, work: Work) -> None:
        extend_lease(self._runtime, work, self._run)
        stopped = self._report.stopped
        times = work.first("staged_times", import_id=self._run.id) if self._run.own_times else None
        oldest = self._run.as_of if times is None else times.oldest_at
        if stopped is None or self._run.dry:
            accepted = int(self._accept)
            work.run("import_judged", import_id=self._run.id, accepted=accepted, oldest_at=oldest)
            return
        work.run(
            "import_stop",
            import_id=self._run.id,
            now=work.now,
            rows=self._report.rows,
            refused=self._refusals.total,
            guard=stopped.guard,
            message=stopped.message,
            oldest_at=oldest,
        )
        work.run("stage_drop", import_id=self._run.id)

    def _store_all(self) -> bool:
        with self._runtime.database.read() as reader:
            after = self._begin_after(reader)
            stored, waiting = self._counts(reader, after)
        total = stored + waiting
        self._bulk = bulk = Bulk(self._runtime, self._run, waiting)
        for part in bulk.parts(after):
            if self._runtime.stop() or not self._store_part(bulk, part):
                return False
            stored += part.rows
            self._stored_rows = stored
            self._progress(stored, total)
        named = stored if self._is_plain else None
        return not self._in_bulk or bulk.keep_times(self._runtime.stop, named)

    def _counts(self, reader: Reader, after: int) -> tuple[int, int]:
        """Return how many rows are stored, up to a product, and how many wait; not counted where it is known."""
        self._is_plain = self._in_bulk and not (self._run.resumed or self._run.terms.whole)
        if self._is_plain:
            return 0, self._report.rows - self._refusals.total - self._refusals.of_several
        counts = reader.first("stage_counts", import_id=self._run.id, stored_to=after)
        return (0, 0) if counts is None else (int(counts.stored), int(counts.waiting))

    def _begin_after(self, reader: Reader) -> int:
        """Return the product after which to go on: none where another file was imported since this one was left.

        What this one has found unchanged has its time only at the end: an older count may have overwritten it.
        """
        if (
            self._run.resumed
            and self._in_bulk
            and reader.first("import_since", import_id=self._run.id) is not None
        ):
            return 0
        return int(reader.scalar("stage_stored_to", import_id=self._run.id))

    @property
    def _in_bulk(self) -> bool:
        """Whether what waits for no item may be stored many products at a time: what is stored as it is staged."""
        run = self._run
        return run.terms.kind is CountKind.ON_HAND and not (run.force or run.dry)

    def _store_part(self, bulk: Bulk, part: Part) -> bool:
        """Store a part at once, but for products that are stored in chunks before; False when asked to stop."""
        if not self._in_bulk:
            return self._store_chunks(bulk.waiting(part))
        apart = self._release.products(self._run.id, part.after, part.last)
        while first := bulk.store(part, apart):
            if not self._store_chunks(first):
                return False
            apart = []
        return True

    def _store_chunks(self, products: Sequence[int]) -> bool:
        self._is_plain = False
        for start in range(0, len(products), CHUNK):
            if self._runtime.stop():
                return False
            chunk = products[start : start + CHUNK]
            self._refuse(refuse_ambiguous(self._runtime, self._run, self._release, chunk))
            if self._run.dry:
                self._foresee(chunk)
            else:
                self._store(chunk)
        return True

    def _store(self, products: Sequence[int]) -> None:
        """Store a chunk in one transaction, locking in the order items, availability, stock."""
        self._release.prepare(products, self._run.id)
        chunk = self._runtime.database.transact(lambda work: self._chunks.store(work, products))
        self._came_to(chunk)
        self._noted_released += chunk.released
        self._noted_kept += chunk.kept
        self._release.follow()

    def _foresee(self, products: Sequence[int]) -> None:
        """Store a chunk, see what comes of it, and undo it."""

        def look_and_undo(work: Work) -> None:
            chunk = self._chunks.store(work, products)
            counts = work.first("stage_counts", import_id=self._run.id, stored_to=0)
            if counts is not None and self._report.foreseen is not None:
                look(work, self._run, products, counts.stored, self._report.foreseen)
                self._report.imported += int(counts.imported)
            raise Undone(chunk)

        self._runtime.database.transact(lambda work: extend_lease(self._runtime, work, self._run))
        try:
            self._runtime.database.transact(look_and_undo)
        except Undone as undone:
            self._came_to(undone.chunk)
            self._release.foreseen()

    def _came_to(self, chunk: StoredChunk) -> None:
        self._refuse(chunk.unfit)
        self._report.changed += chunk.changed
        self._report.zeroed += chunk.zeroed
        self._report.later += chunk.later

    def _refuse(self, unfit: Sequence[Unfit]) -> None:
        """Tell of rows that are not stored after all. Of what the file does not name there is no row."""
        for key, refusal in unfit:
            if refusal.line == 0:
                self._left_alone += 1
                continue
            self._refusals.add(refusal)
            self._refusals.withdraw(key, refusal.code, refusal.message)

    def _end(self, work: Work) -> int:
        """End the run, or leave it to be resumed; return how many rows of its file are stored."""
        report = self._report
        if self._run.dry:
            forget_dry(work, self._run.id)
            return report.imported
        if report.stopped is not None:
            return 0
        imported = self._stored_rows if self._is_plain else imported_rows(work, self._run)
        if report.complete:
            extend_lease(self._runtime, work, self._run)
            if self._bulk is not None:
                self._bulk.tell_houses(work)
            work.run("import_finish", import_id=self._run.id, now=work.now, refused=self._refusals.total)
            forget_rows(work, self._run)
        else:
            work.run("import_leave", import_id=self._run.id, token=self._run.token)
        # The chunks have noted what they came to. What failed in them, and what followed, is added.
        more = {"released": report.released - self._noted_released, "kept": report.kept - self._noted_kept}
        work.run("import_came_to", import_id=self._run.id, imported=imported, **more)
        return imported

    def _finish(self) -> None:
        report = self._report
        self._release.tell(report)
        if self._bulk is not None:
            report.changed += self._bulk.numbers
        report.imported = self._runtime.database.transact(self._end)
        if self._bulk is not None:
            look_at_stock(self._runtime.database, self._bulk.changed)
        report.refused = self._refusals.listed()
        report.refused_rows = self._refusals.total
        report.warnings = self._refusals.warnings()
        if self._left_alone:
            told = "that the file does not name, as orders may be served from elsewhere, too"
            self._run.notes.append(f"{count(self._left_alone, 'stock')} left as it is {told}")
        if not report.complete and report.stopped is None:
            self._run.notes.append("stopped before the end: import the file again to go on")
        report.note = "; ".join([*self._run.notes, *self._refusals.notes()]) or None
