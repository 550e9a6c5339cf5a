"""What ``earmark stock import`` reads: a stock file, or a file of a feed, named or found where the feed says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from earmark.feeds.formats.registry import Formats
    from earmark.feeds.model import Feed
    from engine.feeds import StockSource


@contextmanager
def counts_of(shell: Shell, file: Path | None, feed: str | None) -> Iterator[Path | StockSource]:
    """Give what is to be imported. Raises UnknownFeed, FileUnreadable, InputError, TimeInvalid."""
    from engine.files import from_stdin

    if feed is None:
        if file is None:
            raise typer.BadParameter("name a FILE, or a --feed that has a source")
        yield from_stdin(file)
        return
    from earmark.feeds.addresses import is_address
    from earmark.feeds.loading import feed_named
    from earmark.feeds.opening import open_feed

    found = feed_named(shell.settings.feeds, feed)
    formats = shell.formats_for(found)
    if file is None and is_address(found.source or ""):
        with _fetched(found, formats) as source:
            yield source
        return
    with open_feed(found, from_stdin(file or source_path(found)), formats=formats) as source:
        yield source


@contextmanager
def _fetched(feed: Feed, formats: Formats | None) -> Iterator[StockSource]:
    """Give what the address of the feed answers with, new or not."""
    from earmark.feeds.scheduled import FeedOfSettings

    asked = FeedOfSettings(feed, formats)
    with asked.fetch({}, lambda: False) as found:
        assert found is not None  # nothing was known that it could be the same as
        with asked.open(found) as source:
            yield source


def source_path(feed: Feed) -> Path:
    """Return the one file that lies where the feed says. Raises FileUnreadable or InputError."""
    from engine.errors import FileUnreadable, InputError

    if feed.source is None:
        raise InputError(
            f"the feed {feed.name!r} has no source", remedy="Name a FILE, or say source in the feed."
        )
    if Path(feed.source).is_file() or feed.source == "-":
        return Path(feed.source)
    place = Path(feed.source).absolute()
    found = (
        place.glob("[!.]*")
        if place.is_dir()
        else Path(place.anchor).glob(str(place.relative_to(place.anchor)))
    )
    files = sorted(str(path) for path in found if path.is_file())
    if not files:
        raise FileUnreadable(
            f"there is no file {feed.source}", remedy="Name a FILE, or mend source in the feed."
        )
    if len(files) > 1:
        raise InputError(
            f"{feed.source} is not one file but {count(len(files), 'file')}",
            listed=files[:20],
            remedy="Name one of them; 'earmark run stock-update' takes all of them in the order of their counts.",
        )
    return Path(files[0])
