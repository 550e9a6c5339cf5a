"""Feeds as jobs take them: where their files are, how they are fetched, and how they are opened."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from earmark.feeds.addresses import is_address, place_of
from earmark.feeds.formats.registry import Formats
from earmark.feeds.model import Feed
from earmark.feeds.spans import an_age
from engine.errors import ConfigurationInvalid
from engine.feeds import FeedNamed, Fetched, ScheduledFeed, StockSource

FormatsFor = Callable[[Feed], Formats | None]
"""Gives the formats that plugins bring, for a feed that needs one of them."""


def feeds_for_jobs(feeds: Sequence[Feed], formats_for: FormatsFor = lambda _: None) -> FeedNamed:
    """Return what gives a feed of the settings by its name. It raises UnknownFeed or ConfigurationInvalid."""

    def named(name: str) -> ScheduledFeed:
        from earmark.feeds.loading import feed_named

        feed = feed_named(feeds, name)
        return FeedOfSettings(feed, formats_for(feed))

    return named


class FeedOfSettings:
    """A ``ScheduledFeed``: a feed whose profile is resolved and whose paths are those of the settings' folder.

    Raises ConfigurationInvalid for one that a job cannot take from anywhere.
    """

    def __init__(self, feed: Feed, formats: Formats | None = None) -> None:
        source = feed.source
        if source is None or source == "-":
            raise ConfigurationInvalid(
                f"the feed {feed.name!r} has nowhere to be taken from: its source is "
                f"{'not given' if source is None else 'standard input, which a job has none of'}",
                remedy='Give it one: source = "incoming/*.csv", or an address.',
            )
        self.feed = feed
        self._formats = formats
        self.name = feed.name
        self.expected_s = None if feed.expected_every is None else an_age(feed.expected_every)
        fetched = is_address(source)
        self.pattern = None if fetched else _pattern(source)
        self.address = place_of(source).shown if fetched else None
        self.meaning = hashlib.sha256(feed.model_dump_json().encode()).hexdigest()

    @contextmanager
    def fetch(self, known: Mapping[str, str], stop: Callable[[], bool]) -> Iterator[Fetched | None]:
        """Ask the address; None is given when there is nothing newer than ``known``."""
        from earmark.feeds.fetching import environment_of_process, fetched

        # What a live address answers was counted now, also when it is the same as before.
        asked = {} if self.feed.http.live else known
        with fetched(self.feed, asked, environment_of_process(stop)) as found:
            yield found

    @contextmanager
    def open(self, file: Path | Fetched) -> Iterator[StockSource]:
        """Open a file of it. Raises FileUnreadable, InputError or TimeInvalid."""
        from earmark.feeds.opening import open_feed

        if isinstance(file, Path):
            with open_feed(self.feed, file, formats=self._formats) as source:
                yield source
            return
        called = Path(file.name)
        with open_feed(
            self.feed,
            file.path,
            called=called,
            written_at=file.written_at,
            stamp=file.known.get("last_modified") or file.known.get("etag"),
            formats=self._formats,
        ) as source:
            if file.written_at is None:
                # A file of our own has the time of its writing, which says nothing of the count.
                source.written_at, source.is_stream = None, True
            if not file.known:
                source.delivery = replace(source.delivery, stamp=None)
            yield source


def _pattern(source: str) -> str:
    """Return the pattern of the files: a folder stands for all in it that are not hidden, a file for itself."""
    path = Path(source)
    if path.is_dir():
        return f"{glob.escape(source)}/[!.]*"
    return glob.escape(source) if path.is_file() else source
