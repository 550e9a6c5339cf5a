"""What every format reads a file into: named columns and, line by line, their fields as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

from engine.results import RowRefusal

if TYPE_CHECKING:
    from earmark.feeds.model import Feed


class Record(NamedTuple):
    """A row as its file has it: ``fields`` in the order of the table's columns, without blanks around them.

    ``line`` is where it stands, counted from 1: the line of a text, the row of a sheet, the segment of a message.
    A field that is not there is the empty text.
    """

    line: int
    fields: Sequence[str]


class Refused(NamedTuple):
    """A row that is refused: ``fields`` is what it shows, as of a ``Record``, so that it can be mended.

    ``unread`` are the places of those that could not be read.
    """

    refusal: RowRefusal
    fields: Sequence[str] = ()
    unread: frozenset[int] = frozenset()

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.refusal.line

    @property
    def readable(self) -> list[str]:
        """What could be read of it."""
        return ["" if place in self.unread else text for place, text in enumerate(self.fields)]


class Many:
    """Rows that were read all at once, with nothing odd about them: ``flat`` has the fields of all, one by one.

    ``lines`` are where they stand. Nothing is made for a single row before somebody asks for it, which a file of a
    million rows would notice.
    """

    def __init__(self, lines: Sequence[int], flat: Sequence[str], width: int) -> None:
        self.lines = lines
        self._flat, self._width = flat, width

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, place: int) -> list[str]:
        """Return what the rows have in a column."""
        return list(map(str.strip, self._flat[place :: self._width]))

    def record(self, number: int) -> Record:
        """Return one of the rows, counted from 0."""
        first = number * self._width
        return Record(self.lines[number], list(map(str.strip, self._flat[first : first + self._width])))


@dataclass(slots=True)
class Records:
    """Some records in their order, and the refusals of rows that cannot be read at all.

    ``many`` are rows before ``records`` that were read all at once. ``raw`` has the text of refused rows by line,
    in formats whose rows are lines: as it stands in the file, with a lone surrogate for each byte that is no text.
    ``cells`` has them by line in other formats.
    """

    records: list[Record] = field(default_factory=list)
    refused: list[RowRefusal] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)
    cells: dict[int, Refused] = field(default_factory=dict)
    many: Many | None = None

    def every(self) -> list[Record]:
        """Return all records one by one. Those that were read at once may have nothing in any field."""
        many = [] if self.many is None else [self.many.record(number) for number in range(len(self.many))]
        return [*many, *self.records]


class Table(Protocol):
    """An opened file whose columns are known.

    ``columns`` are the names as they are written. ``counted_at`` is the time that the file itself tells for all
    of its rows (UTC microseconds), as a message does. ``notes`` say what is read otherwise than it is written.
    """

    columns: tuple[str, ...]
    counted_at: int | None
    notes: tuple[str, ...]

    def batches(self) -> Iterator[Records]:
        """Yield all records once, some thousand at a time. Raises FileUnreadable where it cannot go on."""


class Format(Protocol):
    """A kind of file: opens it as a table."""

    def __call__(self, file: IO[bytes], path: Path, feed: Feed) -> AbstractContextManager[Table]:
        """Open the file, which can be sought in. ``path`` is what messages call it.

        Raises FileUnreadable or InputError that says what it looks like, where, and how to mend it.
        """


def same_name(text: str) -> str:
    """Return the text by which names of columns are compared: case and blanks around do not count."""
    return " ".join(text.split()).casefold()
