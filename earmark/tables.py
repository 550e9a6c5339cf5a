"""CSV files of other systems, row by row: quoted fields may span lines, and columns stand in any order."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from earmark.words.text import count
from engine.errors import FileUnreadable, InputError
from engine.files import open_whole

LARGEST_STREAM = 1 << 30
"""How many bytes a stream may have: 1 GiB. It is kept in a temporary file while it is read."""

_LONGEST_FIELD = 1 << 20
_SIGNS = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'"}


class Row(NamedTuple):
    """A row: the line on which it begins, counted from 1, and its fields without blanks around them.

    ``wrong`` is why it cannot be read, in place of its fields.
    """

    line: int
    fields: Sequence[str]
    wrong: str | None = None


class Table:
    """An opened file: ``columns`` are the names of its first line, in small letters; ``notes`` what is odd.

    ``hash`` is the SHA-256 of its content.
    """

    def __init__(self, path: Path, text: IO[str], content: str) -> None:
        self.path, self.hash = path, content
        try:
            first = text.readline(_LONGEST_FIELD)
            sign = max(_SIGNS, key=first.count)  # the comma of equals
            self._reader = csv.reader(_Lines(first, text), delimiter=sign, strict=True)
            names = next(self._reader, [])
        except UnicodeDecodeError:
            raise _not_utf8(path) from None
        except csv.Error as error:
            raise FileUnreadable(f"{path}:1: this is not CSV: {error}", remedy="Mend the quotes.") from None
        if "\0" in first:
            raise FileUnreadable(f"{path} is not a text file", remedy="Save it as CSV in UTF-8.")
        self.columns = tuple(name.strip().lower() for name in names)
        self.notes = [] if sign == "," else [f"the columns are separated by {_SIGNS[sign]}"]

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the rows with the fields of these columns; one that the file does not have is empty.

        Raises FileUnreadable where it cannot go on.
        """
        places = [self.columns.index(name) if name in self.columns else None for name in columns]
        line = self._reader.line_num + 1
        try:
            for fields in self._reader:
                if len(fields) == len(self.columns):
                    yield Row(line, ["" if place is None else fields[place].strip() for place in places])
                elif fields and any(map(str.strip, fields)):
                    found = count(len(fields), "field")
                    yield Row(line, (), f"the row has {found}, the header {len(self.columns)}")
                line = self._reader.line_num + 1
        except UnicodeDecodeError:
            raise _not_utf8(self.path) from None
        except csv.Error as error:
            found = f"{self.path}:{line}: the quotes of the row that begins here do not match: {error}"
            raise FileUnreadable(found, remedy="Mend the row; what follows cannot be told apart.") from None

    def need(self, *columns: str) -> None:
        """See that the file has the columns, once. Raises InputError."""
        missing = [name for name in columns if name not in self.columns]
        twice = [name for name in columns if self.columns.count(name) > 1]
        told = [f"missing: {', '.join(missing)}"] if missing else []
        told += [f"given twice: {', '.join(twice)}"] if twice else []
        if told:
            shown = ", ".join(filter(None, self.columns)) or "none"
            raise InputError(
                f"{self.path}:1: columns {'; '.join(told)}",
                remedy=f"The first line has the columns: {shown}.",
            )


class _Lines:
    """The lines of a file whose first one was read to see what separates its columns."""

    def __init__(self, first: str, rest: IO[str]) -> None:
        self._first, self._rest = first, rest

    def __iter__(self) -> Iterator[str]:
        if self._first:
            yield self._first
        yield from self._rest


def _not_utf8(path: Path) -> FileUnreadable:
    return FileUnreadable(
        f"{path} is not UTF-8", remedy="Save it as CSV in UTF-8; it looks like Windows-1252 or Latin-1."
    )


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open the file or stream. Raises FileUnreadable."""
    try:
        file, _ = open_whole(path, LARGEST_STREAM)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    content = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield Table(path, text, content)
