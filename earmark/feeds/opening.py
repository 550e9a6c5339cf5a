"""Opening a file by its feed: what is checked of it at once, and the rows that the engine takes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from earmark.feeds.formats.registry import Formats, format_named
from earmark.feeds.given_back import reads_given_back, write_given_back
from earmark.feeds.mapping.names import in_file_name
from earmark.feeds.mapping.rows import Clock, Mapping
from earmark.feeds.mapping.times import moment_of_name
from earmark.feeds.model import Feed
from earmark.feeds.records import Table, same_name
from earmark.feeds.spans import an_age
from earmark.feeds.unpacking import unpacked
from engine.api.values import SECOND, format_time
from engine.errors import FileChanged, FileUnreadable, InputError, TimeInvalid
from engine.feeds import CountKind, Delivery, Guards, StockBatch, Terms, ToldApart
from engine.files import open_whole

LARGEST_STREAM = 1 << 30
"""How many bytes a stream may have: 1 GiB. It is kept in a temporary file while it is read."""

_ENOUGH = 2000
"""How many rows a batch has at least, but for the last one."""


@contextmanager
def open_feed(
    feed: Feed,
    path: Path,
    *,
    called: Path | None = None,
    written_at: int | None = None,
    stamp: str | None = None,
    formats: Formats | None = None,
) -> Iterator[FeedSource]:
    """Open a file, or stream, as its feed describes it, and check its header.

    ``called`` is the name under which it came, where ``path`` is but a copy; ``written_at`` its own time (UTC
    microseconds), where that is not the time of ``path``; ``stamp`` what differs for another delivery, where that
    is not the time. ``formats`` are those that plugins bring. Raises FileUnreadable, InputError or TimeInvalid.
    """
    try:
        file, file_time = open_whole(path, LARGEST_STREAM)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    file = unpacked(file, called or path, feed.http.largest)
    with file, ExitStack() as stack:
        own_time = file_time if written_at is None else written_at
        if stamp is None and own_time is not None:
            stamp = format_time(own_time // SECOND * SECOND)  # what many ways of copying keep of it
        yield FeedSource(feed, file, called or path, own_time, stack, formats, stamp)


class FeedSource:
    """An opened file of a feed; a ``StockSource``.

    ``table`` is the file as its format reads it, ``mapping`` what its columns mean. ``stamp`` differs for another
    delivery.
    """

    def __init__(
        self,
        feed: Feed,
        file: IO[bytes],
        path: Path,
        written_at: int | None,
        stack: ExitStack,
        formats: Formats | None = None,
        stamp: str | None = None,
    ) -> None:
        again = reads_given_back(feed, file)
        feed = feed if again is None else again
        self.feed, self.path = feed, path
        self._file, self._stack, self._formats = file, stack, formats
        self.hash = _hash(file)
        self.is_stream = written_at is None
        self.written_at = None if written_at is None else written_at - _lag(feed)
        self.terms = terms_of(feed)
        self.table: Table = self._open()
        _refuse_lookalikes(feed, self.table.columns, path)
        self.mapping = Mapping(feed, self.table.columns, path)
        self._fresh = True
        # What was refused of a delivery comes as a file of its own: its id is that of another content.
        self.delivery = Delivery(None if again is not None else self._id(), path.name, stamp)
        self._fixed = self._told()
        self.time_column = self._time_column()
        self.notes = tuple(self._notes())

    def batches(self, latest: int, *, own_times: bool) -> Iterator[StockBatch]:
        """Yield every data row from the first one on; see ``StockSource``."""
        self._begin()
        clock = Clock(latest, self.mapping.moment, self._fixed) if own_times else None
        if own_times and self._fixed is not None and self._fixed > latest:
            raise TimeInvalid(
                f"{self.path}: its count is of {format_time(self._fixed)}, which is in the future",
                remedy="Mend counted_at in the feed (format, timezone), or the clock of whoever writes the file.",
            )
        yield from _gathered(self.mapping.rows(records, clock) for records in self.table.batches())
        if _hash(self._file) != self.hash:
            raise FileChanged(f"{self.path} was written to while it was read; nothing of it was imported")

    def _begin(self) -> None:
        """Have the table ready to be read from its first record on."""
        if not self._fresh:
            self.table = self._open()
        self._fresh = False

    def _id(self) -> str | None:
        """Return what the sender calls the delivery, where the feed says where that stands."""
        part, told = self.feed.delivery, self.mapping.delivery
        if part is not None and part.file_name is not None:
            return in_file_name(part.file_name, self.path)
        if told is None:
            return None
        self._begin()
        of_feed = self.mapping.is_of_feed
        rows = (
            one.fields for records in self.table.batches() for one in records.every() if of_feed(one.fields)
        )
        told.id = next((fields[told.place] for fields in rows if fields[told.place]), None)
        return told.id

    def give_back(self, refused: Iterable[tuple[int, str]], to: IO[bytes], counted_at: int | None) -> None:
        """Write the header and these rows, so that they can be mended and imported again; see ``StockSource``."""
        told = self.mapping.moment is not None
        moment = None if told else self._fixed if counted_at is None else counted_at
        write_given_back(self.feed, self._open(every_column=True), refused, to, moment)

    def _open(self, *, every_column: bool = False) -> Table:
        """Return the table from its beginning on; with ``every_column`` also what the feed does not use is read."""
        self._file.seek(0)
        feed = self.feed.model_copy(update={"sku": None}) if every_column else self.feed
        opened = format_named(feed.format, self._formats)(self._file, self.path, feed)
        return self._stack.enter_context(opened)

    def _told(self) -> int | None:
        """Return the time that the file tells for all of its rows, by its name or in its message."""
        part = self.feed.counted_at
        if part is None or self.mapping.moment is not None:
            return None
        if part.message and self.table.counted_at is not None:
            return self.table.counted_at
        return moment_of_name(part, self.path)

    def _time_column(self) -> str | None:
        if self._fixed is None:
            return self.mapping.time_column
        return (
            "the message" if self.feed.counted_at and self.feed.counted_at.message else "the name of the file"
        )

    def _notes(self) -> Sequence[str]:
        notes = [*([self.feed.warning] if self.feed.warning else []), *self.table.notes]
        unused = [name for name in self.mapping.unused if name]
        if unused and self.feed.rest == "refuse":
            listed = ", ".join(map(repr, unused[:20]))
            raise InputError(
                f"{self.path}: the feed {self.feed.name!r} does not know the columns {listed}",
                remedy='Name them in the feed, or say rest = "ignore".',
            )
        part = self.feed.counted_at
        if part is not None and part.message and self._fixed is None:
            notes.append("the message does not tell when it was counted")
        return notes


def _gathered(batches: Iterable[StockBatch]) -> Iterator[StockBatch]:
    """Yield the rows of small batches together: each one costs the engine a transaction."""
    whole = StockBatch()
    for batch in batches:
        whole.rows.extend(batch.rows)
        whole.refused += batch.refused
        whole.warned += batch.warned
        whole.skipped += batch.skipped
        whole.left += batch.left
        if len(whole.rows) + len(whole.refused) + whole.skipped >= _ENOUGH:
            yield whole
            whole = StockBatch()
    if whole.rows or whole.refused or whole.skipped:
        yield whole


def _refuse_lookalikes(feed: Feed, columns: Sequence[str], path: Path) -> None:
    """Raise InputError for a file that has other columns than the feed's, and is known to mean something else."""
    known = {same_name(name) for name in columns}
    for other in feed.lookalikes:
        if known.issuperset(map(same_name, other.has)) and known.isdisjoint(map(same_name, other.lacks)):
            raise InputError(f"{path}: {other.message}", remedy=other.remedy)


def terms_of(feed: Feed) -> Terms:
    """Return on which terms the engine takes the rows of the feed."""
    said = feed.guards
    guards = Guards(
        refused=said.refused,
        vanished=said.vanished,
        fallen=said.fallen,
        grown=said.grown,
        oldest_s=None if said.oldest is None else an_age(said.oldest),
    )
    return Terms(
        feed=feed.name,
        kind=feed.kind or CountKind.ON_HAND,
        repeated=feed.repeated,
        whole=feed.whole,
        warehouses=feed.warehouses,
        guards=guards,
        told_apart=ToldApart.SAID
        if feed.delivery is None or feed.delivery.by is None
        else ToldApart(feed.delivery.by),
    )


def _lag(feed: Feed) -> int:
    if feed.counted_at is None or feed.counted_at.lag is None:
        return 0
    return round(an_age(feed.counted_at.lag) * SECOND)


def _hash(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
