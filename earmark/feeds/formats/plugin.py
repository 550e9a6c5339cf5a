"""A format of the user's own: a plugin is given the opened file and yields what stands in it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, Any

from earmark.feeds.formats.common import RecordTable, certain, unreadable
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table
from engine.errors import FileUnreadable
from engine.hooks import StockFormat
from engine.results import Code, RowRefusal

_LINE = "line"
"""The field that tells where a record stands, where it is a whole number."""


class PluginFormat:
    """A format that a plugin brings; ``place`` is the file and line of the plugin."""

    def __init__(self, name: str, call: StockFormat, place: str) -> None:
        self._name = name
        self._call = call
        self._place = place

    @contextmanager
    def __call__(self, file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
        """Open the file as the plugin reads it. Raises FileUnreadable."""
        file.seek(0)
        records = _Records(self, path, feed)
        source = self._guarded(path, lambda: iter(self._call(file, dict(feed.options))))
        try:
            first = self._guarded(path, lambda: next(source, None))
            if first is None:
                raise self.wrong(
                    path, "it yielded nothing, so that there are no columns; yield a header first"
                )
            if isinstance(first, Mapping):
                columns = records.columns_of(first)
                rows = records.of_mappings(chain([first], self._all(source, path)))
            else:
                columns = records.header(first)
                rows = records.of_tuples(self._all(source, path))
            yield RecordTable(columns, rows)
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                self._guarded(path, close)

    def wrong(self, path: Path, message: str) -> FileUnreadable:
        """Return the error for something that the plugin did with a file."""
        return unreadable(
            path,
            f'the plugin of the format "{self._name}" ({self._place}) failed: {message}',
            "Mend the plugin, or the file if it is the file that is wrong.",
        )

    def _all(self, source: Iterator[Any], path: Path) -> Iterator[Any]:
        end = object()
        while (found := self._guarded(path, lambda: next(source, end))) is not end:
            yield found

    def _guarded(self, path: Path, call: Callable[[], Any]) -> Any:
        """Run some of the plugin; whatever it raises is told as the plugin's, with the line where it did."""
        try:
            with redirect_stdout(sys.stderr):  # what it prints must not get into what a program reads
                return call()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may raise anything, SystemExit too
            said = " ".join(str(error).split())[:2000]
            told = f"{type(error).__name__}: {said}" if said else type(error).__name__
            raise self.wrong(path, f"{told}{_where(error)}") from None


def _where(error: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    return f" (line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""


class _Records:
    """Turns what a plugin yields into records."""

    def __init__(self, owner: PluginFormat, path: Path, feed: Feed) -> None:
        self._owner = owner
        self._path = path
        self._decimal = feed.decimal
        self._columns: tuple[str, ...] = ()

    def columns_of(self, first: Mapping[Any, Any]) -> tuple[str, ...]:
        """Return the columns of mappings: the fields of the first one."""
        tells_line = type(first.get(_LINE)) is int
        self._columns = self.header([name for name in first if not (tells_line and name == _LINE)])
        return self._columns

    def header(self, names: Any) -> tuple[str, ...]:
        """Return the columns that a header names."""
        listed = isinstance(names, Sequence) and not isinstance(names, str | bytes)
        if not listed or not names or not all(isinstance(name, str) for name in names):
            raise self._owner.wrong(self._path, f"{names!r} is neither a mapping nor a header of texts"[:300])
        self._columns = tuple(name.strip() for name in names)
        return self._columns

    def of_mappings(self, found: Iterable[Any]) -> Iterator[Record | Refused]:
        """Yield a record for each mapping; the first one names the columns."""
        known = set(self._columns)
        for number, one in enumerate(found, 1):
            if not isinstance(one, Mapping):
                raise self._owner.wrong(
                    self._path, f"record {number} is {one!r}, and the first one is a mapping"[:300]
                )
            tells_line = type(one.get(_LINE)) is int
            line = one[_LINE] if tells_line else number
            own = [name for name in one if not (tells_line and name == _LINE)]
            unknown = sorted(str(name) for name in own if name not in known)
            if unknown:
                said = f"the record has {', '.join(unknown)}, which the first one has not"
                known_ones = tuple(self._text(one.get(name), number) for name in self._columns)
                yield Refused(RowRefusal(line, Code.WRONG_COLUMNS, said), known_ones)
                continue
            yield Record(line, tuple(self._text(one.get(name), number) for name in self._columns))

    def of_tuples(self, found: Iterable[Any]) -> Iterator[Record | Refused]:
        """Yield a record for each tuple below the header, which is number 1."""
        width = len(self._columns)
        for number, one in enumerate(found, 2):
            if not isinstance(one, Sequence) or isinstance(one, str | bytes):
                raise self._owner.wrong(
                    self._path, f"record {number} is {one!r}, and the first one is a header"[:300]
                )
            if len(one) != width:
                said = f"the record has another number of fields, {len(one)}, than the header, {width}"
                texts = tuple(self._text(value, number) for value in one)
                # Nobody knows which of its fields is which.
                yield Refused(RowRefusal(number, Code.WRONG_COLUMNS, said), texts, frozenset(range(len(one))))
                continue
            yield Record(number, tuple(self._text(value, number) for value in one))

    def _text(self, value: Any, number: int) -> str:
        if isinstance(value, str):
            return value.strip()
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, Decimal | float):
            exact = value if isinstance(value, Decimal) else Decimal(f"{value:.15g}")
            return certain(f"{exact:f}", self._decimal)
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        raise self._owner.wrong(
            self._path, f"record {number} has {value!r}, which is no text, number or time"[:300]
        )
