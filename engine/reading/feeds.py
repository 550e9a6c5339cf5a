"""What the feeds of stock came to last, and how they are doing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from engine.clock import to_datetime
from engine.codes import Code
from engine.results import FeedHealth, FeedRun, ImportStop
from engine.runtime import Runtime
from engine.storage.database import Reader, Record


def feed_runs(runtime: Runtime) -> list[FeedRun]:
    """Return the latest import of each feed that has had one, by name."""
    with runtime.database.read() as reader:
        return [_run(row) for row in reader.all("view_feed_runs")]


def feeds_health(reader: Reader, since: int) -> tuple[FeedHealth, ...]:
    """Return how each feed is doing of which something was seen since that time, by name."""
    files = {row.feed: row for row in reader.all("health_feeds", since=since)}
    asked = {row.feed: row for row in reader.all("health_feed_sources", since=since)}
    found = []
    for name in sorted({*files, *asked}):
        health = FeedHealth(name)
        if (file := files.get(name)) is not None:
            health = replace(
                health,
                counted_at=file.counted_at,
                imported_at=file.imported_at,
                rows=int(file.rows),
                refused=int(file.refused),
                stopped=file.stopped_because,
            )
        if (source := asked.get(name)) is not None:
            health = replace(health, since=source.since, expected_us=source.expected_us)
            error = None if source.error is None else json.loads(source.error)
            # A file that a guard has stopped may have been accepted by hand since.
            if error is not None and (error["code"] != Code.STOPPED_BY_GUARD or health.stopped is not None):
                health = replace(health, failing_since=source.failing_since, error=error)
        found.append(health)
    return tuple(found)


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
