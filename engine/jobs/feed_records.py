"""The book of feeds: what their addresses have answered, and since when something is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from engine.clock import SECOND
from engine.feeds import ScheduledFeed
from engine.storage.database import Database, Work

_NOTHING: Mapping[str, str] = {}


def note_asked(database: Database, feed: ScheduledFeed) -> None:
    """Keep that a job asks the feed, and how often something is expected of it."""
    expected = None if feed.expected_s is None else round(feed.expected_s * SECOND)
    said = {"feed": feed.name, "meaning": feed.meaning, "expected_us": expected}
    database.transact(lambda work: work.run("feed_asked", now=work.now, **said))


def known_of(database: Database, feed: ScheduledFeed) -> dict[str, str]:
    """Return what the last imported answer of the feed said of itself; nothing once its settings are others."""
    with database.read() as reader:
        row = reader.first("feed_known", feed=feed.name, meaning=feed.meaning)
    return {} if row is None else {str(name): str(text) for name, text in json.loads(row.known).items()}


def note_outcome(
    database: Database,
    feed: ScheduledFeed,
    entry: Mapping[str, Any],
    known: Mapping[str, str] = _NOTHING,
    report: Mapping[str, Any] | None = None,
) -> None:
    """Keep what became of a file of the feed: the end of its trouble, or its beginning.

    Of one that was not imported nothing is known: it is asked for again.
    """
    if entry["outcome"] == "imported":
        database.transact(partial(_good, feed, known, None if report is None else json.dumps(report)))
    else:
        note_trouble(database, feed, entry["error"])


def note_unchanged(database: Database, feed: ScheduledFeed) -> None:
    """Keep that the address has answered and had nothing new."""
    database.transact(lambda work: work.run("feed_unchanged", feed=feed.name, now=work.now))


def note_trouble(database: Database, feed: ScheduledFeed, error: Mapping[str, Any]) -> None:
    """Keep why the feed gave nothing that could be imported."""
    database.transact(partial(_bad, feed, json.dumps(error, ensure_ascii=False)))


def _good(feed: ScheduledFeed, known: Mapping[str, str], report: str | None, work: Work) -> None:
    said = {"known": json.dumps(known), "report": report}
    work.run("feed_good", feed=feed.name, meaning=feed.meaning, now=work.now, **said)


def _bad(feed: ScheduledFeed, error: str, work: Work) -> None:
    work.run("feed_bad", feed=feed.name, now=work.now, error=error)
