"""Deleting archived orders by age, with their items and history: the end of all that is known of them."""

from __future__ import annotations

from functools import partial

from engine.ages import moment_before
from engine.clock import to_datetime
from engine.results import PurgeReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work

CHUNK = 500
"""How many orders are deleted in one transaction."""


def purge_archived(
    runtime: Runtime, older_than: str, *, dry_run: bool = False, progress: Progress = no_progress
) -> PurgeReport:
    """Delete archived orders that are closed for longer than the age. Raises InputError for what is no age."""
    before = moment_before(runtime.database.clock(), older_than)
    report = PurgeReport(to_datetime(before), dry_run)
    if dry_run:
        with runtime.database.read() as reader:
            row = reader.all("count_archived", before=before)[0]
        report.orders, report.history = int(row.orders), int(row.history)
        return report
    while True:
        if runtime.stop():
            report.complete = False
            return report
        orders, history = runtime.database.transact(partial(_delete, before))
        if not orders:
            return report
        report.orders += orders
        report.history += history
        progress(report.total, None)


def _delete(before: int, work: Work) -> tuple[int, int]:
    orders = [int(row.id) for row in work.all("purge_archived_window", before=before, size=CHUNK)]
    if not orders:
        return 0, 0
    work.scalar("purge_archived_lock", orders=orders)
    work.run("purge_archived_uncount", orders=orders)
    history = work.changed("purge_archived_history", orders=orders)
    work.run("purge_archived_allocations", orders=orders)
    work.run("purge_archived_items", orders=orders)
    work.run("purge_archived_amendments", orders=orders)
    return work.changed("purge_archived_orders", orders=orders), history
