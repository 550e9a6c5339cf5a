"""Files of a feed in the order in which they were counted, which only their content may tell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from engine.errors import EarmarkError
from engine.feeds import ScheduledFeed, StockSource


def in_order(feed: ScheduledFeed, paths: Sequence[Path], now: int) -> list[Path]:
    """Return the files by the time of their counts; those of the same time stay in their order.

    One that cannot be read has the time at which it was written: its import says why. ``now`` is in UTC
    microseconds.
    """
    if len(paths) < 2:
        return list(paths)
    times = {path: _counted(feed, path, now) for path in paths}
    return sorted(paths, key=lambda path: times[path])


def _counted(feed: ScheduledFeed, path: Path, now: int) -> int:
    try:
        with feed.open(path) as source:
            return min(_first_of(source, now), now)
    except (EarmarkError, OSError):
        try:
            return min(path.stat().st_mtime_ns // 1000, now)
        except OSError:
            return now


def _first_of(source: StockSource, now: int) -> int:
    """Return the earliest time among the first rows of the file, else its own."""
    own = now if source.written_at is None else source.written_at
    if source.time_column is None:
        return own
    with closing(source.batches(now, own_times=True)) as batches:  # type: ignore[type-var]
        for batch in batches:
            told = [row.counted_at for row in batch.rows if row.counted_at is not None]
            if told:
                return min(told)
    return own
