"""Splitting lines into fields: quoted ones may have line breaks; a quote that nobody closes costs one line."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

MOST_LINES = 100
"""Over how many lines a quoted field may go."""

MOST_CHARACTERS = 65536
"""How many characters a record may have."""


class Broken(ValueError):
    """The quotes of the line do not match."""


class Open(ValueError):
    """A quote is open where the lines end: the record goes on in lines that have not been read."""


class Splitter:
    """Splits records by one delimiter and one quote; without quote ("") nothing is quoted."""

    def __init__(self, delimiter: str, quote: str) -> None:
        self.delimiter = delimiter
        self.quote = quote
        self._waiting: deque[str] = deque()
        # One reader for all single records: where a quote is open it asks for a line more, and gets an IndexError.
        self._reader = self._reading(iter(self._waiting.popleft, None))

    def reader(self, lines: Iterable[str]) -> Reader:
        """Return what reads the records of many lines. Raises csv.Error where quotes do not match or stay open."""
        return self._reading(map(add, lines, repeat("\n")))

    def _reading(self, ended: Iterator[str]) -> Reader:
        return csv.reader(
            ended,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            strict=True,
        )

    def split(self, lines: Sequence[str], place: int, *, at_end: bool) -> tuple[list[str], int]:
        """Return the fields of the record that begins there, and how many lines it has.

        Raises Broken, and Open where it may go on behind ``lines``, unless these are ``at_end`` of the file.
        """
        line = lines[place]
        if not self.quote or self.quote not in line:
            return [field.strip() for field in line.split(self.delimiter)], 1
        fields = self._fields([line])
        size, end = len(line), place + 1
        while fields is None:
            if end - place >= MOST_LINES or size > MOST_CHARACTERS or (at_end and end == len(lines)):
                raise Broken("a quote is opened and not closed")
            if end == len(lines):
                raise Open
            size, end = size + len(lines[end]), end + 1
            if self.quote in lines[end - 1]:
                fields = self._fields(lines[place:end])
        return fields, end - place

    def _fields(self, lines: Sequence[str]) -> list[str] | None:
        """Return the fields, None where a quote is still open. Raises Broken."""
        self._waiting.clear()
        self._waiting.extend(f"{line}\n" for line in lines)
        try:
            return [field.strip() for field in next(self._reader)]
        except IndexError:
            return None
        except csv.Error as error:
            raise Broken(f"the quotes do not match: {error}") from None
