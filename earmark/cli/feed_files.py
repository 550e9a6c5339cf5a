"""The file that ``earmark feed try`` is about: one that lies here, or what an address answers with, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from earmark.cli.stock_source import source_path
from earmark.feeds.addresses import check_address, is_address, place_of
from earmark.feeds.formats.registry import Formats
from earmark.feeds.model import Feed, Http
from earmark.feeds.opening import FeedSource, open_feed
from earmark.feeds.scheduled import FeedOfSettings
from engine.errors import InputError
from engine.feeds import Fetched
from engine.files import from_stdin


@dataclass(frozen=True, slots=True)
class Here:
    """A file that can be read: ``called`` is the name under which it came, where ``path`` is but a copy."""

    path: Path
    called: Path | None = None
    fetched: Fetched | None = None


@contextmanager
def here(feed: Feed | None, file: str | None) -> Iterator[Here]:
    """Give the file that is named, by path or address, else the one of the feed's source.

    Raises FileUnreadable, SourceUnreachable or InputError.
    """
    wanted = file if file is not None else None if feed is None else feed.source
    if wanted is None or not is_address(wanted):
        if file is None and feed is not None:
            yield Here(source_path(feed))
        else:
            yield Here(from_stdin(Path(file or "-")))
        return
    with FeedOfSettings(_asking(feed, wanted)).fetch({}, lambda: False) as found:
        assert found is not None  # nothing was known that it could be the same as
        yield Here(found.path, Path(found.name), found)


@contextmanager
def source_of(feed: Feed, file: Here, formats: Formats | None) -> Iterator[FeedSource]:
    """Open the file by the feed. Raises FileUnreadable, InputError or TimeInvalid."""
    if file.fetched is None:
        with open_feed(feed, file.path, formats=formats) as source:
            yield source
        return
    asked = FeedOfSettings(_asking(feed, feed.source or "https://address.invalid/"), formats)
    with asked.open(file.fetched) as opened:
        assert isinstance(opened, FeedSource)
        yield opened


def _asking(feed: Feed | None, address: str) -> Feed:
    """Return the feed as it asks an address: how its own is asked is told to no other host."""
    try:
        check_address(address)
        place = place_of(address)
        known = feed is not None and feed.source is not None and is_address(feed.source)
        own = known and feed is not None and place_of(feed.source or "").origin == place.origin
        asking = Feed(name="try") if feed is None else feed
        return asking.model_copy(update={"source": address, **({} if own else {"http": Http()})})
    except ValueError as error:
        raise InputError(
            f"{address}: {error}", remedy="Write one such as https://host.example/stock.csv."
        ) from None
