"""Reading a stock file (CSV) row by row: each row comes out validated, or refused with its line and a reason.

A quoted field may not span lines, so that a quote nobody closed costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.clock import format_time, parse_time
from engine.codes import Code
from engine.errors import FileChanged, FileUnreadable, QuantityInvalid, TimeInvalid
from engine.feeds import Delivery, StockBatch, StockRow, Terms
from engine.files import open_whole
from engine.inventory.stock.given_back import GivenBack
from engine.inventory.stock.header import COLUMNS, TIME_COLUMNS, Header, fields_of, read_header, separator_of
from engine.inventory.stock.plain import FLAGS, LONGEST_LINE, PlainRows, parse_count
from engine.nouns import count
from engine.protection import unprotected
from engine.results import RowRefusal

BATCH = 50_000
"""How many lines are read, and their rows handed over, at a time."""

_BYTES_A_LINE = 24
"""How many bytes are read for each line that is wanted; where lines are longer fewer are read at a time."""

LARGEST_STREAM = 1 << 30
"""How many bytes a stream may have: 1 GiB. It is kept in a temporary file while it is imported."""


class StockFile:
    """An opened stock file with a valid header; a ``StockSource``."""

    terms = Terms()
    delivery = Delivery()

    def __init__(self, path: Path, file: IO[bytes], written_at: int | None) -> None:
        self.path = path
        self._file = file
        self.hash = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        """The SHA-256 of the content."""
        self.written_at = written_at
        """When the file was written last, UTC microseconds: its own time. A stream has none."""
        self.is_stream = written_at is None
        """Whether it is a stream, whose content may have been counted at any time before."""
        file.seek(0)
        self._head = file.readline(LONGEST_LINE)
        separator = separator_of(self._head)
        self._lines = 1 if separator is None else 2
        header = self._head if separator is None else file.readline(LONGEST_LINE)
        self._names = header
        if separator is not None:
            self._head += header
        self._header = read_header(path, self._lines, header, separator)
        self.notes = self._header.notes
        """What of the header is read otherwise than it is written."""
        self.time_column = next((name for name in TIME_COLUMNS if name in self._header.places), None)
        """The name of the column with the times of the rows, if there is one."""

    def batches(self, latest: int, *, own_times: bool) -> Iterator[StockBatch]:
        """Yield every data row from the first one on, as ``StockSource`` says."""
        time_column = self.time_column if own_times else None
        plain = PlainRows(self._header, time_column, latest)
        single = _Rows(self._header, time_column, latest)
        seen = hashlib.sha256(self._head)
        place, number = len(self._head), self._lines + 1
        while part := self._part(place):
            columns = plain.read(part, number)
            if columns is not None:
                seen.update(part)
                place, number = place + len(part), number + len(columns)
                yield StockBatch(columns=columns)
                continue
            self._file.seek(place)
            batch = StockBatch([])
            end = place + len(part)
            while place < end:
                place += self._row(single, number, seen, batch)
                number += 1
            yield batch
        if seen.hexdigest() != self.hash:
            raise FileChanged(f"{self.path} was written to while it was read; nothing of it was imported")

    def give_back(self, refused: Iterable[tuple[int, str]], to: IO[bytes], counted_at: int | None) -> None:
        """Write the header and these rows as the file has them, with the reason before each, as a source does."""
        timed = None if counted_at is None or self.time_column is not None else format_time(counted_at)
        self._file.seek(len(self._head))
        to.write(self._head.removesuffix(self._names))
        writing = GivenBack(to, self._header.separator)
        writing.header(self._names, TIME_COLUMNS[0] if timed else None)
        raw, number = b"", self._lines
        for line, why in refused:
            while number < line:
                raw, number = self._whole_line(), number + 1
            writing.row(raw, why, timed)

    def _whole_line(self) -> bytes:
        parts = []
        while part := self._file.readline(LONGEST_LINE):
            parts.append(part)
            if part.endswith(b"\n") or len(part) < LONGEST_LINE:
                break
        return b"".join(parts)

    def _part(self, place: int) -> bytes:
        """Return the next lines of the file: whole ones, unless the first of them is longer than can be read."""
        self._file.seek(place)
        part = self._file.read(max(BATCH * _BYTES_A_LINE, LONGEST_LINE))
        lines = part.count(b"\n")
        if lines > BATCH:
            return part[: len(part) - len(part.split(b"\n", BATCH)[-1])]
        if not lines or not self._file.read(1):
            return part  # to the end of the file, whose last line need not end
        return part[: part.rindex(b"\n") + 1]

    def _row(self, single: _Rows, number: int, seen: hashlib._Hash, batch: StockBatch) -> int:
        """Add the row of the next line to the batch, and return how many bytes the line has."""
        raw = self._line(seen)
        size = len(raw)
        if size == LONGEST_LINE and not raw.endswith(b"\n"):
            while (raw := self._line(seen)) and not raw.endswith(b"\n"):
                size += len(raw)
            text = f"the line is longer than {LONGEST_LINE} bytes"
            batch.refused.append(RowRefusal(number, Code.LINE_TOO_LONG, text))
            return size + len(raw)
        if raw.strip():
            row = single.row(number, raw)
            if isinstance(row, RowRefusal):
                batch.refused.append(row)
            else:
                batch.rows.append(row)
        return size

    def _line(self, seen: hashlib._Hash) -> bytes:
        raw = self._file.readline(LONGEST_LINE)
        seen.update(raw)
        return raw


@contextmanager
def open_stock_file(path: Path) -> Iterator[StockFile]:
    """Open the file, or stream, and check its header. Raises FileUnreadable or InputError."""
    try:
        file, written_at = open_whole(path, LARGEST_STREAM)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    with file:
        yield StockFile(path, file, written_at)


class _Rows:
    def __init__(self, header: Header, time_column: str | None, latest: int) -> None:
        self._width, self._separator = header.width, header.separator
        self._places = [header.places[name] for name in COLUMNS if name != "is_bundle"]
        self._bundle_place = header.places.get("is_bundle")
        self._time_place = None if time_column is None else header.places[time_column]
        self._latest = latest

    def row(self, line: int, raw: bytes) -> StockRow | RowRefusal:
        try:
            fields = fields_of(raw.decode("utf-8"), self._separator)
            return self._row(line, fields)
        except UnicodeDecodeError:
            return RowRefusal(line, Code.BAD_TEXT, "the line is not UTF-8")
        except csv.Error as error:
            return RowRefusal(line, Code.BAD_QUOTES, f"the quotes do not match: {error}")
        except QuantityInvalid as error:
            return RowRefusal(line, Code.BAD_QUANTITY, error.message)
        except TimeInvalid as error:
            return RowRefusal(line, Code.BAD_TIME, error.message)
        except _RowInvalid as error:
            return RowRefusal(line, error.code, str(error))

    def _row(self, line: int, fields: Sequence[str]) -> StockRow:
        if len(fields) != self._width:
            found = count(len(fields), "field")
            raise _RowInvalid(Code.WRONG_COLUMNS, f"the row has {found}, the header {self._width}")
        sku, warehouse, quantity, never = (fields[place] for place in self._places)
        return StockRow(
            line,
            unprotected(sku),
            unprotected(warehouse),
            max(number := parse_count(quantity), 0),
            _flag("is_never_out_of_stock", never),
            self._bundle_place is not None and _flag("is_bundle", fields[self._bundle_place]),
            None if self._time_place is None else self._time(fields[self._time_place]),
            quantity if number < 0 else None,
        )

    def _time(self, text: str) -> int:
        moment = parse_time(text)
        if moment > self._latest:
            raise TimeInvalid(f"{text} is in the future (later than {format_time(self._latest)})")
        return moment


class _RowInvalid(ValueError):
    def __init__(self, code: Code, text: str) -> None:
        super().__init__(text)
        self.code = code


def _flag(name: str, text: str) -> bool:
    try:
        return FLAGS[text.lower()]
    except KeyError:
        raise _RowInvalid(Code.BAD_FLAG, f"{name} is {text!r}: write 0 or 1") from None
