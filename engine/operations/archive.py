"""Archiving: closed orders are moved out of the tables that everything else works with, in small transactions.

What is archived is shown as before and cannot be moved any more; its reference stays known, so that an order that
is sent again is the archived one. Every transaction moves whole orders, so a run that is cut off is simply done
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.ages import moment_before
from engine.clock import to_datetime
from engine.operations.closed_orders import (
    CHUNK,
    Looked,
    Ready,
    closing,
    find_named,
    lock_and_look,
    look,
    names_of,
    refuse_kept,
    windows,
)
from engine.results import ArchiveReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work
from engine.versions.closing import Closing


def archive_old(
    runtime: Runtime, older_than: str, *, dry_run: bool = False, progress: Progress = no_progress
) -> ArchiveReport:
    """Archive the orders that are closed for longer than an age. Raises InputError for what is no age."""
    before = moment_before(runtime.database.clock(), older_than)
    report = ArchiveReport(to_datetime(before), dry_run)
    with runtime.database.read() as reader:
        known = closing(runtime, reader)
        closed = runtime.catalogue.states(reader)[1]
    for rows in windows(runtime, known, before):
        for start in range(0, len(rows), CHUNK):
            if runtime.stop():
                report.complete = False
                return report
            some = [int(row.id) for row in rows[start : start + CHUNK]]
            if dry_run:
                with runtime.database.read() as reader:
                    found = look(reader, known, some, before)
            else:
                found = runtime.database.transact(partial(_archive, known, closed, some, before))
            _count(report, found)
            progress(report.archived, None)
    return report


def archive_named(runtime: Runtime, references: Sequence[str], *, dry_run: bool = False) -> ArchiveReport:
    """Archive the orders with these references, all of them or none; those that are archived already are well.

    Raises UnknownOrder, OrderNotClosed with all that are not closed or still needed, and InputError for none or too
    many.
    """
    names = names_of(references)
    with runtime.database.read() as reader:
        known = closing(runtime, reader)
        closed = runtime.catalogue.states(reader)[1]
    return runtime.database.transact(partial(_archive_named, known, closed, names, dry_run))


def _archive_named(
    known: Closing, closed: list[int], references: list[str], dry_run: bool, work: Work
) -> ArchiveReport:
    now = work.now
    rows, there = find_named(work, references)
    orders = {int(row.id): str(row.reference) for row in rows}
    found = lock_and_look(work, known, list(orders), now)
    refuse_kept(found, orders, now)
    report = ArchiveReport(to_datetime(now), dry_run, already=len(there))
    if not dry_run:
        _move(work, found.ready, closed)
    _count(report, found)
    return report


def _archive(known: Closing, closed: list[int], orders: list[int], before: int, work: Work) -> Looked:
    found = lock_and_look(work, known, orders, before)
    _move(work, found.ready, closed)
    return found


def _move(work: Work, ready: Sequence[Ready], closed: list[int]) -> None:
    """Move whole orders; a constant number of statements."""
    if not ready:
        return
    orders = [one.id for one in ready]
    items = [item for one in ready for item in one.items]
    work.run("archive_uncount", orders=orders, closed=closed)
    work.run("archive_orders", orders=[[one.id, one.closed_at] for one in ready], now=work.now)
    work.run("archive_items", orders=orders)
    work.run("archive_history", items=items)
    work.run("archive_drop_history", items=items)
    work.run("archive_drop_claims", items=items)
    work.run("archive_drop_members", items=items)
    work.run("archive_drop_failures", items=items)
    if work.dialect == "postgresql":
        work.run("archive_drop_states", items=items)
    work.run("archive_drop_items", items=items)
    work.run("archive_drop_orders", orders=orders)


def _count(report: ArchiveReport, found: Looked) -> None:
    report.archived += len(found.ready)
    report.items += sum(len(one.items) for one in found.ready)
    for what, number in found.needed().items():
        report.needed[what] = report.needed.get(what, 0) + number
