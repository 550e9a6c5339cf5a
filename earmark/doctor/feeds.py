"""The feeds that are configured: whether what they name is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, wrong
from earmark.words.text import count
from engine.errors import EarmarkError

if TYPE_CHECKING:
    from earmark.feeds.formats.registry import Formats
    from earmark.feeds.model import Feed
    from earmark.settings import Settings

NAME = "feed settings"
"""The check that what feeds name is there."""


def configured(read: Settings, formats: Callable[[Feed], Formats | None]) -> Check:
    """Look whether the tables of codes can be read, formats exist, and the folders of sources are there.

    ``formats`` gives those that plugins bring, for a feed whose format is one.
    """
    if not read.feeds:
        return fine(NAME, "no [[feeds]]")
    problems = [f"{feed.name}: {text}" for feed in read.feeds for text in _problems(feed, formats)]
    listed = [f"{feed.name}: {feed.source or 'no source'}" for feed in read.feeds]
    if problems:
        return wrong(
            NAME,
            "; ".join(problems),
            "Mend the [[feeds]] of earmark.toml, or put there what is missing.",
            listed,
        )
    return fine(NAME, count(len(read.feeds), "feed"), listed)


def _problems(feed: Feed, formats: Callable[[Feed], Formats | None]) -> Iterator[str]:
    from earmark.feeds.formats.registry import format_named
    from earmark.feeds.mapping.codes import codes_of

    try:
        format_named(feed.format, formats(feed))
    except EarmarkError as error:
        yield error.lines[0]
    for part in (feed.sku, feed.warehouse):
        try:
            if part is not None:
                codes_of(part)
        except EarmarkError as error:
            yield error.lines[0]
    if feed.source is None or feed.source == "-" or "://" in feed.source:
        return
    yield from _absent(Path(feed.source))


def _absent(source: Path) -> Iterator[str]:
    """Yield what is not there of a source. A file may come later; the folder in which it is to lie does not."""
    folder = source.parent
    while any(sign in str(folder) for sign in "*?["):
        folder = folder.parent
    if not folder.is_dir():
        yield f"there is no folder {folder} for its source {source}"
    elif not source.suffix and not source.exists() and not any(sign in source.name for sign in "*?["):
        # A name without an ending is that of a folder more often than that of a file.
        yield f"there is no folder, and no file, {source}, which is its source"
