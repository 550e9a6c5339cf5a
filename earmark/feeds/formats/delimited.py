"""Delimited text: CSV and its relations, as they are declared; quoted line breaks, and quotes nobody closed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from earmark.feeds.formats.checking import check_text
from earmark.feeds.formats.headers import Heading, find_heading
from earmark.feeds.formats.lines import LONGEST_LINE, Block, Lines
from earmark.feeds.formats.splitting import MOST_LINES, Broken, Open, Splitter
from earmark.feeds.looks import likely_encoding
from earmark.feeds.records import Record, Records
from earmark.words.text import count
from engine.results import Code, RowRefusal

if TYPE_CHECKING:
    from earmark.feeds.model import Feed


_SLOWLY = 50
"""For how many lines each is looked at by itself once one was odd: where one is, there may be more."""


@contextmanager
def open_delimited(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Delimited]:
    """Open a text as a table. Raises FileUnreadable or InputError; see ``Format``."""
    check_text(file, path, feed)
    yield Delimited(file, path, feed)


class Delimited:
    """An opened text whose columns are known; a ``Table``."""

    counted_at: int | None = None

    def __init__(self, file: IO[bytes], path: Path, feed: Feed) -> None:
        file.seek(0)
        self._encoding = feed.encoding
        self._lines = Lines(file, feed.encoding)
        self._splitter = Splitter(feed.delimiter, feed.quote)
        heading: Heading = find_heading(self._lines, self._splitter, path, feed)
        self.columns, self.notes = heading.columns, heading.notes
        self._width = len(self.columns)

    def batches(self) -> Iterator[Records]:
        """Yield all records once, some thousand at a time."""
        while (block := self._lines.next()) is not None:
            yield self._read(block)

    def _read(self, block: Block) -> Records:
        found = Records()
        quoted = bool(self._splitter.quote) and self._splitter.quote in block.text
        many = self._many_quoted if quoted else self._many
        place = slow_until = 0
        while place < len(block.lines):
            if block.sound and place >= slow_until:
                place = many(block, place, found)
                slow_until = place + _SLOWLY
                continue
            used = self._careful(block, place, found)
            if not used:  # it goes on in the next block
                self._lines.give_back(block.lines[place:])
                break
            place += used
        return found

    def _many(self, block: Block, place: int, found: Records) -> int:
        """Read lines without quotes up to the first one that is odd; return where that is."""
        width, sign, start = self._width, self._splitter.delimiter, block.start
        new, strip, add = tuple.__new__, str.strip, found.records.append
        lines = islice(block.lines, place, None) if place else block.lines
        for line in lines:
            fields = list(map(strip, line.split(sign)))
            if len(fields) != width:
                return place
            if any(fields):
                add(new(Record, (start + place, fields)))
            place += 1
        return place

    def _many_quoted(self, block: Block, place: int, found: Records) -> int:
        """Read records with quotes up to the first one that is odd; return the place of its first line."""
        width, strip, number = self._width, str.strip, block.start + place
        new, add = tuple.__new__, found.records.append
        reader = self._splitter.reader(islice(block.lines, place, None))
        read = 0
        try:
            for row in reader:
                if (row and len(row) != width) or reader.line_num - read > MOST_LINES:
                    break
                fields = list(map(strip, row))
                if any(fields):
                    add(new(Record, (number + read, fields)))
                read = reader.line_num
        except csv.Error:  # quotes that do not match, or a record that goes on in the next block
            pass
        return place + read

    def _careful(self, block: Block, place: int, found: Records) -> int:
        """Read one record, or refuse a line; return how many lines that were, 0 where more are needed."""
        number = block.start + place
        refusal = self._unreadable(number, block.lines[place])
        if refusal is None:
            try:
                fields, used = self._splitter.split(block.lines, place, at_end=block.at_end)
            except Open:
                return 0
            except Broken as error:
                refusal = RowRefusal(number, Code.BAD_QUOTES, str(error))
            else:
                fields = _fitted(fields, self._width)
                refusal = self._unfit(block, place, fields, used)
                if refusal is None:
                    if any(fields):
                        found.records.append(Record(number, fields))
                    return used
        found.refused.append(refusal)
        found.raw[number] = block.lines[place]
        return 1

    def _unfit(self, block: Block, place: int, fields: list[str], used: int) -> RowRefusal | None:
        """Return why a record that was read is none: its width, or what stands in its further lines."""
        number = block.start + place
        if len(fields) != self._width and (any(fields) or used > 1):
            if used > 1:
                where = f"only {count(used - 1, 'line')} below, where it cannot be meant"
                return RowRefusal(number, Code.BAD_QUOTES, f"a quote is opened here and closed {where}")
            text = f"the row has {count(len(fields), 'field')}, the header {self._width}"
            return RowRefusal(number, Code.WRONG_COLUMNS, text)
        further = range(place + 1, place + used)
        return next((bad for n in further if (bad := self._unreadable(number, block.lines[n]))), None)

    def _unreadable(self, number: int, line: str) -> RowRefusal | None:
        if len(line) > LONGEST_LINE:
            text = f"the line is longer than {LONGEST_LINE} characters"
            return RowRefusal(number, Code.LINE_TOO_LONG, text)
        if "\0" in line:
            return RowRefusal(number, Code.BAD_TEXT, "the line has the character NUL in it")
        if any("\ud800" <= sign <= "\udfff" for sign in line):
            return RowRefusal(number, Code.BAD_TEXT, f"the line is not {self._encoding}{self._looks(line)}")
        return None

    def _looks(self, line: str) -> str:
        try:
            raw = line.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            return ""
        likely = likely_encoding(raw)
        return f"; it looks like {likely}" if likely != self._encoding else ""


def _fitted(fields: list[str], width: int) -> list[str]:
    """Return the fields without empty ones beyond the header, as spreadsheets write them."""
    return fields[:width] if len(fields) > width and not any(fields[width:]) else fields
