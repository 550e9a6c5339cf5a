"""What the feeds of stock came to last."""

from __future__ import annotations

from datetime import datetime

from engine.clock import to_datetime
from engine.results import FeedRun, ImportStop
from engine.runtime import Runtime
from engine.storage.database import Record


def feed_runs(runtime: Runtime) -> list[FeedRun]:
    """Return the latest import of each feed that has had one, by name."""
    with runtime.database.read() as reader:
        return [_run(row) for row in reader.all("view_feed_runs")]


def _run(row: Record) -> FeedRun:
    return FeedRun(
        feed=row.feed,
        kind=row.kind,
        file=row.file,
        started_at=to_datetime(row.started_at),
        finished_at=_moment(row.finished_at),
        as_of=to_datetime(row.as_of),
        oldest_at=_moment(row.oldest_at),
        rows=row.rows,
        imported=row.imported,
        refused=row.refused,
        changed=row.changed,
        released=row.released,
        kept=row.kept,
        stopped=None if row.stopped is None else ImportStop(row.stopped, row.stopped_because),
        accepted=bool(row.accepted),
        succeeded_at=_moment(row.succeeded_at),
    )


def _moment(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)
