"""Importing what the address of a feed answers with, when it has something new."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from engine.clock import SECOND, format_time, in_range, to_microseconds
from engine.errors import Conflict, EarmarkError, StorageError
from engine.feeds import Fetched, ScheduledFeed
from engine.jobs.entries import ending, has_counts, imported, outcome_of, stop_of
from engine.jobs.feed_records import known_of, note_outcome, note_trouble, note_unchanged
from engine.jobs.runs import Done, internal_error
from engine.jobs.verbs import Verbs
from engine.results import ImportReport, JobOutcome

_log = logging.getLogger("earmark.schedule")


def import_fetched(engine: Verbs, feed: ScheduledFeed) -> Done:
    """Ask the address of the feed and import what is new there.

    What the server said of it is kept once it is imported, so that a crash in between asks for it again and finds
    it imported. Raises what says why nothing could be had, which is kept as well.
    """
    database = engine.runtime.database
    known = known_of(database, feed)
    try:
        with feed.fetch(known, engine.runtime.stop) as found:
            if found is None:
                note_unchanged(database, feed)
                return Done(JobOutcome.DONE, {"files": [], "unchanged": feed.address})
            return _import(engine, feed, found)
    except (StorageError, Conflict):
        raise
    except EarmarkError as error:
        if engine.runtime.stop():
            return Done(JobOutcome.STOPPED, {"files": []})
        note_trouble(database, feed, error.as_dict())
        raise


def _import(engine: Verbs, feed: ScheduledFeed, found: Fetched) -> Done:
    result = _Result({"file": found.name, "as_of": None})
    try:
        entry = _entry(engine, feed, found, result)
    except (StorageError, Conflict) as error:
        # A kind of its own concerns every file. The plain one is a statement that this file's content upsets.
        if type(error) is not StorageError:
            raise
        entry = result.failed(error.as_dict())
    except EarmarkError as error:
        entry = result.failed(error.as_dict())
    except Exception as error:
        _log.error("what %s answered cannot be imported", found.name, exc_info=error)
        entry = result.failed(internal_error(error))
    if entry is None:
        return Done(JobOutcome.STOPPED, {"files": []})
    shown = None if result.report is None else result.report.as_dict()
    note_outcome(engine.runtime.database, feed, entry, found.known, shown)
    if shown is not None and (entry.get("refused") or entry["outcome"] == "failed"):
        entry["report"] = shown
    return Done(outcome_of([entry]), {"files": [entry]})


@dataclass(slots=True)
class _Result:
    """What is told of a file, and the report of its import, once there is one."""

    entry: dict[str, Any]
    report: ImportReport | None = None

    def failed(self, error: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.entry, "outcome": "failed", "error": dict(error)}


def _entry(engine: Verbs, feed: ScheduledFeed, found: Fetched, result: _Result) -> dict[str, Any] | None:
    """Import the file; return what is told of it, None when the import was stopped half way."""
    lag = round(engine.runtime.rules.stock_update.count_lag_s * SECOND)
    with feed.open(found) as source:
        own = source.written_at
        if own is not None and in_range(own - lag):
            result.entry["as_of"] = format_time(own - lag)
            if has_counts(source) and imported(engine, feed.name, source.hash, own - lag):
                return {**result.entry, "outcome": "imported", "repeated": True}
        report = result.report = engine.import_stock(source, file_time=None)
    result.entry["as_of"] = format_time(to_microseconds(report.as_of))
    if (stopped := stop_of(report, f"earmark stock import --feed {quote(feed.name)}")) is not None:
        return result.failed(stopped)
    return {**result.entry, **ending(report)} if report.complete else None
