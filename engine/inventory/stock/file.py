"""Reading a stock file (CSV) row by row: each row comes out validated, or refused with its line and a reason.

A quoted field may not span lines, so that a quote nobody closed costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.clock import format_time, parse_time
from engine.codes import Code
from engine.errors import FileChanged, FileUnreadable, InputError, QuantityInvalid, TimeInvalid
from engine.files import open_whole
from engine.quantity import SCALE, parse_quantity
from engine.results import RowRefusal

COLUMNS = ("concrete_sku", "name", "quantity", "is_never_out_of_stock", "is_bundle")
"""The columns every stock file has, in any order; ``name`` is the warehouse."""

TIME_COLUMNS = ("counted_at", "as_of")
"""The column a file may have besides: when the row was counted, ISO 8601 with offset."""

LONGEST_LINE = 65536
"""The longest line, in bytes."""

LARGEST_STREAM = 1 << 30
"""How many bytes a stream may have: 1 GiB. It is kept in a temporary file while it is imported."""

_FLAGS = {"0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class StockRow:
    """A row of a stock file: ``quantity`` in millionths, ``counted_at`` (if told) in UTC microseconds.

    ``below_zero`` is the text of a negative count, which stands for 0: the warehouse has promised more than it has.
    """

    line: int
    sku: str
    warehouse: str
    quantity: int
    never_out_of_stock: bool
    is_bundle: bool
    counted_at: int | None
    below_zero: str | None = None


class StockFile:
    """An opened stock file with a valid header."""

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
        self._first = file.readline(LONGEST_LINE)
        self._header = _header(path, self._first)
        self.time_column = next((name for name in TIME_COLUMNS if name in self._header), None)
        """The name of the column with the times of the rows, if there is one."""

    def rows(self, latest: int, *, own_times: bool) -> Iterator[StockRow | RowRefusal]:
        """Yield every data row from the first one on.

        With ``own_times`` each row must have a time, not after ``latest`` (UTC microseconds). Raises FileChanged
        at the end when what was read is not what was there when the file was opened.
        """
        self._file.seek(len(self._first))
        reading = _Rows(self._header, self.time_column if own_times else None, latest)
        seen = hashlib.sha256(self._first)
        number = 1
        while raw := self._line(seen):
            number += 1
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                while (raw := self._line(seen)) and not raw.endswith(b"\n"):
                    pass
                yield RowRefusal(number, Code.LINE_TOO_LONG, f"the line is longer than {LONGEST_LINE} bytes")
            elif raw.strip():
                yield reading.row(number, raw)
        if seen.hexdigest() != self.hash:
            raise FileChanged(f"{self.path} was written to while it was read; nothing of it was imported")

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
    def __init__(self, header: Sequence[str], time_column: str | None, latest: int) -> None:
        self._width = len(header)
        self._places = [header.index(name) for name in COLUMNS]
        self._time_place = None if time_column is None else header.index(time_column)
        self._latest = latest

    def row(self, line: int, raw: bytes) -> StockRow | RowRefusal:
        try:
            fields = _fields(raw.decode("utf-8"))
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
            found = f"{len(fields)} field" if len(fields) == 1 else f"{len(fields)} fields"
            raise _RowInvalid(Code.WRONG_COLUMNS, f"the row has {found}, the header {self._width}")
        sku, warehouse, quantity, never, bundle = (fields[place] for place in self._places)
        return StockRow(
            line,
            sku,
            warehouse,
            max(number := _quantity(quantity), 0),
            _flag("is_never_out_of_stock", never),
            _flag("is_bundle", bundle),
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


def _header(path: Path, raw: bytes) -> list[str]:
    if not raw.strip():
        raise InputError(f"{path} is empty", remedy=f"The first line must be {','.join(COLUMNS)}.")
    if b"\0" in raw:
        raise FileUnreadable(f"{path} is not a text file", remedy="A stock file is CSV in UTF-8.")
    try:
        names = _fields(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error):
        raise FileUnreadable(f"{path} is not CSV in UTF-8", remedy="A stock file is CSV in UTF-8.") from None
    problems = _header_problems(names)
    if problems:
        advice = (
            f"The first line must be {','.join(COLUMNS)}, with {' or '.join(TIME_COLUMNS)} if you have it."
        )
        raise InputError(f"{path}:1: {'; '.join(problems)}", remedy=advice)
    return names


def _header_problems(names: list[str]) -> list[str]:
    if len(names) == 1 and ";" in names[0]:
        return ["the columns are separated by ';', not by ','"]
    missing = [name for name in COLUMNS if name not in names]
    extra = [name for name in names if name not in (*COLUMNS, *TIME_COLUMNS)]
    twice = sorted({name for name in names if names.count(name) > 1})
    both = all(name in names for name in TIME_COLUMNS)
    return [
        *([f"missing columns: {', '.join(missing)}"] if missing else []),
        *([f"unknown columns: {', '.join(repr(name) for name in extra)}"] if extra else []),
        *([f"columns given twice: {', '.join(twice)}"] if twice else []),
        *([f"both {' and '.join(TIME_COLUMNS)}: one of them is enough"] if both else []),
    ]


def _fields(text: str) -> list[str]:
    if '"' not in text:
        return [field.strip() for field in text.split(",")]
    rows = list(csv.reader([text.rstrip("\r\n")], strict=True))
    return [field.strip() for field in rows[0]]


def _quantity(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text) * SCALE
    if "_" in text:  # Python reads 1_000 as a number; no warehouse writes it
        raise QuantityInvalid(f"{text!r} is not a number")
    return parse_quantity(text, allow_negative=True)


def _flag(name: str, text: str) -> bool:
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise _RowInvalid(Code.BAD_FLAG, f"{name} is {text!r}: write 0 or 1") from None
