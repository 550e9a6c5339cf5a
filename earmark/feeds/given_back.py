"""Refused rows, given back as a text that can be mended and imported again by the same feed.

Such a file begins with the column REFUSED_COLUMN, which says why. It is written as the feed's own texts are; a feed
whose files are no texts (workbooks, messages) gets a CSV in UTF-8 with the columns of its table. Where the rows
cannot tell when they were counted, the column TIME_COLUMN tells it: the time of the mended file is none of a count.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from earmark.feeds.model import CountedAt, Feed
from earmark.feeds.records import Records, Table
from engine.api.values import format_time
from engine.feeds import REFUSED_COLUMN

TIME_COLUMN = "was_counted_at"
"""The column in which a file of refused rows tells when they were counted, where the rows cannot."""

_HEAD = 4096


def reads_given_back(feed: Feed, file: IO[bytes]) -> Feed | None:
    """Return the feed by which a file of refused rows is read, None for any other file."""
    written = _as_text(feed)
    file.seek(0)
    try:
        head = codecs.getincrementaldecoder(written.encoding)(errors="replace").decode(file.read(_HEAD))
    except UnicodeError:  # UTF-16 without its mark
        return None
    head = head.lstrip("\ufeff \r\n" + written.quote)
    if not head.startswith(REFUSED_COLUMN):
        return None
    plain = {"skip_lines": 0, "skip_after": 0, "skip_until": None, "header_with": (), "columns": ()}
    timed = {"counted_at": CountedAt(column=TIME_COLUMN)} if TIME_COLUMN in head.split("\n", 1)[0] else {}
    # It is a part of another file, never all that its warehouses have, and no delivery of the sender's.
    part = {"whole": False, "warehouses": (), "rest": "ignore"}
    named = feed.delivery is not None and feed.delivery.by is None
    part |= {"delivery": None} if named else {}
    return written.model_copy(update={**plain, **timed, **part})


def write_given_back(
    feed: Feed, table: Table, refused: Iterable[tuple[int, str]], to: IO[bytes], counted_at: int | None
) -> None:
    """Write the header and the refused rows; ``refused`` has their lines, ascending, each with the reason.

    ``counted_at`` (UTC microseconds) is given where the rows do not tell it. ``table`` has just been opened.
    """
    moment = None if counted_at is None else format_time(counted_at)
    written = {REFUSED_COLUMN} if moment is None else {REFUSED_COLUMN, TIME_COLUMN}
    again = [place for place, name in enumerate(table.columns) if name not in written]
    names = [table.columns[place] for place in again]
    writing = _Writing(_as_text(feed), to)
    writing.row([REFUSED_COLUMN, *([] if moment is None else [TIME_COLUMN])], names)
    for why, fields in _found(table.batches(), refused):
        before = [why, *([] if moment is None else [moment])]
        kept = (
            fields if isinstance(fields, str) else [fields[place] for place in again if place < len(fields)]
        )
        writing.row(before, kept)


def _as_text(feed: Feed) -> Feed:
    if feed.format == "csv":
        return feed
    text = {"format": "csv", "encoding": "utf-8", "delimiter": ",", "quote": '"'}
    return feed.model_copy(update=text)


def _found(
    batches: Iterator[Records], refused: Iterable[tuple[int, str]]
) -> Iterator[tuple[str, Sequence[str] | str]]:
    """Yield each refused row with its reason: its fields, or its text where it cannot be split."""
    waiting = iter(refused)
    line, why = next(waiting, (None, ""))
    for records in batches:
        known: dict[int, Sequence[str] | str] = {record.line: record.fields for record in records.every()}
        known |= {line: cells.fields for line, cells in records.cells.items()}
        known |= {one.line: records.raw.get(one.line, known.get(one.line, ())) for one in records.refused}
        last = max(known, default=0)
        while line is not None and line <= last:
            yield why, known.get(line, ())
            line, why = next(waiting, (None, ""))
        if line is None:
            return


class _Writing:
    def __init__(self, feed: Feed, to: IO[bytes]) -> None:
        self._to, self._feed = to, feed
        self._encoder = codecs.getincrementalencoder(feed.encoding)(errors="surrogateescape")
        self._buffer = io.StringIO()
        self._csv = csv.writer(
            self._buffer,
            delimiter=feed.delimiter,
            quotechar=feed.quote or None,
            quoting=csv.QUOTE_MINIMAL if feed.quote else csv.QUOTE_NONE,
            escapechar=None if feed.quote else "\\",
            lineterminator="\n",
        )

    def row(self, before: Sequence[str], fields: Sequence[str] | str) -> None:
        """Write a row: fields, or the text of a line that could not be split, behind what comes before it."""
        first = [self._fitting(" ".join(text.split())) for text in before]
        if isinstance(fields, str):
            self._write(f"{self._line(first)}{self._feed.delimiter}{fields}\n")
        else:
            self._write(f"{self._line([*first, *fields])}\n")

    def _fitting(self, text: str) -> str:
        """Return the text in letters that the file can have; where nothing is quoted, without its delimiter."""
        text = text.encode(self._feed.encoding, "replace").decode(self._feed.encoding).lstrip("\ufeff")
        return text if self._feed.quote else text.replace(self._feed.delimiter, " ")

    def _line(self, fields: Sequence[str]) -> str:
        self._buffer.seek(0)
        self._buffer.truncate()
        self._csv.writerow(fields)
        return self._buffer.getvalue().removesuffix("\n")

    def _write(self, text: str) -> None:
        self._to.write(self._encoder.encode(text))
