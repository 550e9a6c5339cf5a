"""The run of a stock import: whose it is, which time its counts are of, and whether it can be resumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.clock import SECOND, format_time, in_range
from engine.errors import ImportInProgress, TimeInvalid
from engine.feeds import CountKind, StockSource, Terms
from engine.inventory.stock.deliveries import Recognised, recognise
from engine.runtime import Runtime
from engine.storage.database import Record, Work

Source = Literal["given", "rows", "file", "start"]
"""Whence the time of a count comes: from the caller, from a column of the file, the file's own time, or the
start of the import of a stream."""


@dataclass(slots=True)
class ImportRun:
    """A running import: times in UTC microseconds; ``own_times`` tells that each row has its own.

    ``latest`` is the latest time that a count may be of. ``staged`` tells that an earlier, unfinished run had
    staged the whole file. ``dry`` only looks. ``applied`` is the earlier run that has applied the same delivery of
    deltas: there is nothing to do. ``warehouses`` are the ids of those that the file names.
    """

    id: int
    token: str
    as_of: int
    source: Source
    force: bool
    started_at: int
    latest: int
    resumed: bool = False
    staged: bool = False
    terms: Terms = field(default_factory=Terms)
    dry: bool = False
    applied: Record | None = None
    notes: list[str] = field(default_factory=list)
    warehouses: set[int] = field(default_factory=set)

    @property
    def own_times(self) -> bool:
        """Whether each row tells the time of its count."""
        return self.source == "rows"


@dataclass(frozen=True, slots=True)
class _Earlier:
    id: int
    as_of: int
    forced: bool
    finished: bool
    staged: bool


def start_run(
    runtime: Runtime,
    file: StockSource,
    as_of: int | None,
    file_time: int | None,
    *,
    force: bool,
    dry: bool = False,
    as_new: bool = False,
) -> ImportRun:
    """Begin the import of a file, or take up the one of the same content that was left unfinished.

    A finished import never lends its time to a later file: a number that is the same as before was counted anew.
    Only a delivery of deltas that was applied is not applied again, unless it is said to be a new one
    (``as_new``), and one that was left unfinished goes on, whatever its time is now: half of it is stored already.
    A run that is ``dry`` takes nothing up and is in nobody's way. Raises ImportInProgress while somebody else
    imports, TimeInvalid for a time of count in the future, or of no year that anybody counted in, DeliveryDoubtful
    and DeliveryConflict for a delivery of which nobody knows whether it was applied.
    """

    def start(work: Work) -> ImportRun:
        work.scalar("import_alone")
        latest = work.now + round(runtime.rules.stock_update.clock_tolerance_s * SECOND)
        _refuse_odd(as_of, file_time, file)
        _refuse_future(as_of, latest, work.now)
        if dry:
            _forget_left(work, latest=2 * lease_until(runtime, work) - work.now)
        else:
            _refuse_running(runtime, work)
        is_delta = file.terms.kind is CountKind.DELTA
        delivery = recognise(work, file, as_new=as_new) if is_delta else Recognised()
        found = delivery.unfinished if is_delta else _latest(work, file)
        earlier = None if dry or found is None else _as_earlier(found)
        source = _source(file, as_of)
        counted = as_of if as_of is not None else _written(runtime, work, file, file_time, earlier)
        run = ImportRun(0, runtime.new_token(), counted, source, force, work.now, latest)
        run.terms, run.dry = file.terms, dry
        _tell_time_column(run, file)
        run.notes += [] if delivery.note is None else [delivery.note]
        run.applied = delivery.applied
        if run.applied is not None:
            return run
        if earlier is not None and _resumable(work, earlier, run):
            _take_over(runtime, work, run, earlier, file)
        else:
            _insert(runtime, work, run, file)
        return run

    return runtime.database.transact(start)


def _source(file: StockSource, as_of: int | None) -> Source:
    if as_of is not None:
        return "given"
    if file.time_column is not None:
        return "rows"
    return "start" if file.is_stream else "file"


def _written(
    runtime: Runtime, work: Work, file: StockSource, file_time: int | None, earlier: _Earlier | None
) -> int:
    """Return the time of a count that only the file's own time tells of: never after the import began."""
    written = file.written_at if file_time is None else file_time
    if written is None:
        written = work.now  # of a stream whose rows say it
    if earlier is not None and not earlier.finished and written > work.now:
        return earlier.as_of  # the time of a file from the future is that of its first attempt
    return min(written, work.now) - round(runtime.rules.stock_update.count_lag_s * SECOND)


def extend_lease(runtime: Runtime, work: Work, run: ImportRun) -> None:
    """Prolong the lease, within a transaction. Raises ImportInProgress when somebody took the run over."""
    until = lease_until(runtime, work)
    if not work.changed("import_extend", import_id=run.id, token=run.token, lease_until=until):
        raise ImportInProgress("another process has taken over this import")


def leave_run(runtime: Runtime, run: ImportRun) -> None:
    """Give the run up for now, so that it can be resumed at once."""
    runtime.database.transact(lambda work: work.run("import_leave", import_id=run.id, token=run.token))


def lease_until(runtime: Runtime, work: Work) -> int:
    """Return until when a lease taken now holds (UTC microseconds)."""
    return work.now + round(runtime.rules.execution.lease_s * SECOND)


def _refuse_odd(as_of: int | None, file_time: int | None, file: StockSource) -> None:
    """Refuse times that cannot be written as a date: a disk or a program may tell any number."""
    if as_of is not None and not in_range(as_of):
        raise TimeInvalid("the time of the count is not of the years 1970 to 9998")
    written = file.written_at if file_time is None else file_time
    if as_of is None and written is not None and not in_range(written):
        raise TimeInvalid(
            f"{file.path} was written at a time that is not of the years 1970 to 9998",
            remedy="Say when it was counted ('--as-of'), or 'touch' the file.",
        )


def _refuse_future(as_of: int | None, latest: int, now: int) -> None:
    if as_of is not None and as_of > latest:
        raise TimeInvalid(f"the count is of {format_time(as_of)}, in the future (it is {format_time(now)})")


def _refuse_running(runtime: Runtime, work: Work) -> None:
    latest = 2 * lease_until(runtime, work) - work.now
    live = work.first("import_live", now=work.now, latest=latest)
    if live is not None:
        raise ImportInProgress(
            f"{live.file} is being imported since {format_time(live.started_at)}; "
            f"its lease ends at {format_time(live.lease_until)}"
        )


def _latest(work: Work, file: StockSource) -> Record | None:
    terms = {"kind": str(file.terms.kind), "whole": int(file.terms.whole)}
    return work.first("import_latest", file_hash=file.hash, feed=file.terms.feed or "", **terms)


def _as_earlier(row: Record) -> _Earlier:
    return _Earlier(row.id, row.as_of, bool(row.forced), row.finished_at is not None, row.rows > 0)


def _resumable(work: Work, earlier: _Earlier, run: ImportRun) -> bool:
    if run.terms.kind is CountKind.DELTA:
        return not earlier.finished
    if earlier.finished or earlier.forced != run.force or earlier.as_of != run.as_of:
        return False
    if not earlier.staged:
        return True
    # Rows that tell their own times are staged with them, all others with the time of the run.
    other = work.first("import_other_times", import_id=earlier.id, as_of=earlier.as_of) is not None
    return other == run.own_times


def _take_over(runtime: Runtime, work: Work, run: ImportRun, earlier: _Earlier, file: StockSource) -> None:
    until = lease_until(runtime, work)
    named = {"delivery_name": file.delivery.name, "delivery_stamp": file.delivery.stamp}
    work.run("import_take_over", import_id=earlier.id, token=run.token, lease_until=until, **named)
    run.id, run.resumed, run.staged = earlier.id, True, earlier.staged
    run.as_of, run.force = earlier.as_of, earlier.forced
    if not run.staged:
        # Nothing is stored yet: staging starts anew, so that all rows follow the same rule for their times.
        work.run("stage_drop", import_id=run.id)


def _insert(runtime: Runtime, work: Work, run: ImportRun, file: StockSource) -> None:
    rows = work.returning(
        "import_insert",
        file=str(file.path),
        file_hash=file.hash,
        as_of=run.as_of,
        forced=int(run.force),
        now=run.started_at,
        lease_until=lease_until(runtime, work),
        token=run.token,
        feed=run.terms.feed,
        kind=str(run.terms.kind),
        whole=int(run.terms.whole),
        dry=int(run.dry),
        delivery=file.delivery.id if run.terms.kind is CountKind.DELTA else None,
        delivery_name=file.delivery.name,
        delivery_stamp=file.delivery.stamp,
    )
    run.id = int(rows[0].id)


def forget_dry(work: Work, import_id: int) -> None:
    """Forget a run that only looked, and what it had staged."""
    work.run("stage_drop", import_id=import_id)
    work.run("import_forget", import_id=import_id)


def _forget_left(work: Work, latest: int) -> None:
    """Forget runs that only looked, and whose process ended before they did."""
    for row in work.all("dry_left", now=work.now, latest=latest):
        forget_dry(work, int(row.id))


def _tell_time_column(run: ImportRun, file: StockSource) -> None:
    if file.time_column is not None and not run.own_times:
        run.notes.append(
            f"the counts are of {format_time(run.as_of)} as given: the column {file.time_column} was not used"
        )
