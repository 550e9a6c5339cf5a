"""What a stock feed is to the engine: rows that were counted somewhere, and the terms on which they are taken.

Reading a file is not the engine's: whoever knows its layout hands over a ``StockSource``. The engine stages what it
yields, judges the whole by the terms, and stores it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import compress
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from engine.results import RowRefusal, RowWarning


class CountKind(StrEnum):
    """What the quantities of a feed are."""

    ON_HAND = "on_hand"
    """What lies in the warehouse, promised or not."""

    AVAILABLE = "available"
    """What is left of it when what Earmark has promised is taken off: that is put back before it is stored."""

    DELTA = "delta"
    """What is to be added to what is stored, or taken off it. A delivery is applied once."""


class Repeated(StrEnum):
    """What becomes of several rows for the same product and warehouse."""

    EQUAL = "equal"
    """Rows that say the same are one; rows that differ are all refused."""

    REFUSE = "refuse"
    """All of them are refused."""

    LAST = "last"
    """The last one of the file counts."""

    SUM = "sum"
    """They are added up: shelves or lots of one warehouse. The time of the sum is the earliest of theirs."""


class ToldApart(StrEnum):
    """By what deliveries of deltas are told apart that have the same content and no id."""

    SAID = "said"
    """A file of one time is one delivery, whatever it is called. Of another time nobody knows, nor of a stream:
    somebody has to say."""

    CONTENT = "content"
    """The same content is the same delivery: each has something in it that no other one has."""

    TIME = "time"
    """What was written at another time is another delivery."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What names a delivery besides its content.

    ``id`` is what its sender calls it, None where nothing tells. ``name`` is that of its file, ``stamp`` a text
    that differs when it was written at another time, None for a stream.
    """

    id: str | None = None
    name: str = ""
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Guards:
    """When a file is not to be believed: nothing of it is stored unless it is accepted. None asks nothing.

    Shares are between 0 and 1. ``refused`` is of the rows of the file; ``vanished`` of the products that the
    warehouses of the file had in stock and that it does not name, or names with 0; ``fallen`` and ``grown`` of the
    stock that its warehouses had in all; ``oldest_s`` is the age in seconds of the oldest count.
    """

    refused: float | None = None
    vanished: float | None = None
    fallen: float | None = None
    grown: float | None = None
    oldest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms the rows of a source are taken.

    ``feed`` is the name by which it is known. With ``whole`` the file is complete for ``warehouses``, or for those
    that it names when there are none: what it leaves out is 0 there. ``told_apart`` is of deltas.
    """

    feed: str | None = None
    kind: CountKind = CountKind.ON_HAND
    repeated: Repeated = Repeated.EQUAL
    whole: bool = False
    warehouses: tuple[str, ...] = ()
    guards: Guards = field(default_factory=Guards)
    told_apart: ToldApart = ToldApart.SAID


class StockRow(NamedTuple):
    """A row of a stock feed: ``quantity`` in millionths, ``counted_at`` (if told) in UTC microseconds.

    ``line`` is where it stands in its file, counted from 1 with the header: the number of the line, the row of a
    sheet or the segment of a message. ``quantity`` is below 0 only in a delta; ``below_zero`` is the text of a
    negative count, which stands for 0: the warehouse has promised more than it has.
    """

    line: int
    sku: str
    warehouse: str
    quantity: int
    never_out_of_stock: bool
    is_bundle: bool
    counted_at: int | None
    below_zero: str | None = None


@dataclass(frozen=True, slots=True)
class StockColumns:
    """Rows of a stock feed, field by field: lists of one length, each value as ``StockRow`` has it.

    A source that reads many rows at once hands them over so: a million rows cost a third of what as many
    ``StockRow`` do.
    """

    lines: Sequence[int]
    skus: Sequence[str]
    warehouses: Sequence[str]
    quantities: Sequence[int]
    never_out_of_stock: Sequence[bool]
    is_bundle: Sequence[bool]
    counted_at: Sequence[int | None]
    below_zero: Sequence[str | None]

    @classmethod
    def of(cls, rows: Sequence[StockRow]) -> StockColumns:
        """Return the fields of these rows."""
        return cls(*zip(*rows, strict=True)) if rows else cls((), (), (), (), (), (), (), ())

    def rows(self) -> list[StockRow]:
        """Return the rows one by one."""
        return list(map(StockRow._make, zip(*self._fields(), strict=True)))

    def only(self, chosen: Sequence[object]) -> StockColumns:
        """Return the rows for which the value of ``chosen`` is true."""
        return StockColumns(*(list(compress(field, chosen)) for field in self._fields()))

    def __len__(self) -> int:
        return len(self.lines)

    def _fields(self) -> tuple[Sequence[Any], ...]:
        return (
            self.lines,
            self.skus,
            self.warehouses,
            self.quantities,
            self.never_out_of_stock,
            self.is_bundle,
            self.counted_at,
            self.below_zero,
        )


class StockBatch:
    """Some rows of a source, in their order, with what was found wrong or odd among them.

    The rows are given one by one or, by a source that reads many at once, as ``columns``; they can be asked for
    in both ways. ``skipped`` counts the rows that are none of the feed's: filtered out, or with a word for that.
    ``left`` are the skus of those among them whose stock is to stay as it is, also when the file is complete for
    its warehouses ("not stocked here"). A refusal has the sku of its row wherever that can be read
    (``RowRefusal.sku``), for the same reason.
    """

    __slots__ = ("_columns", "_rows", "left", "refused", "skipped", "warned")

    def __init__(
        self,
        rows: list[StockRow] | None = None,
        refused: list[RowRefusal] | None = None,
        warned: list[RowWarning] | None = None,
        skipped: int = 0,
        left: list[str] | None = None,
        *,
        columns: StockColumns | None = None,
    ) -> None:
        self._rows = rows
        self._columns = columns
        self.refused: list[RowRefusal] = refused if refused is not None else []
        self.warned: list[RowWarning] = warned if warned is not None else []
        self.skipped = skipped
        self.left: list[str] = left if left is not None else []

    @property
    def rows(self) -> list[StockRow]:
        """The rows one by one: a list that may be added to."""
        if self._rows is None:
            self._rows = [] if self._columns is None else self._columns.rows()
            self._columns = None
        return self._rows

    def columns(self) -> StockColumns:
        """Return the rows field by field."""
        return StockColumns.of(self.rows) if self._columns is None else self._columns

    def __len__(self) -> int:
        return len(self.rows if self._columns is None else self._columns)


REFUSED_COLUMN = "refused_because"
"""The column, before all others, in which a file of refused rows tells why. Such a file is a part of another one,
never complete for its warehouses: whoever reads a file with this column takes it as no ``whole`` one."""


class StockSource(Protocol):
    """An opened file of counts whose layout is understood.

    ``path`` is what messages call it, ``hash`` the SHA-256 of its content, ``written_at`` its own time (UTC
    microseconds; a stream has none and ``is_stream``). ``time_column`` names what tells the time of each row, if
    anything does. ``notes`` say what is read otherwise than it is written. ``delivery`` is asked for of deltas.
    """

    path: Path
    hash: str
    written_at: int | None
    is_stream: bool
    time_column: str | None
    notes: tuple[str, ...]
    terms: Terms
    delivery: Delivery

    def batches(self, latest: int, *, own_times: bool) -> Iterator[StockBatch]:
        """Yield every data row from the first one on, some thousand at a time.

        With ``own_times`` each row must have a time, not after ``latest`` (UTC microseconds). Raises FileChanged
        at the end when what was read is not what was there when the file was opened.
        """

    def give_back(self, refused: Iterable[tuple[int, str]], to: IO[bytes], counted_at: int | None) -> None:
        """Write the header and these rows as the file has them, so that they can be mended and imported again.

        ``refused`` has lines in ascending order with the reason for each, which goes into ``REFUSED_COLUMN``.
        ``counted_at`` (UTC microseconds) is the time of their counts where the rows do not tell it; a file whose
        rows can tell gets a column with it, for the time of the mended file is none of a count. To be called once
        all ``batches`` were read.
        """


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the address of a feed has answered: a file of ours, for a while.

    ``path`` is where it lies, ``name`` what messages call it; ``written_at`` is its own time (UTC microseconds),
    None where nothing tells. ``known`` is what the server said of it, by which the next answer is known to be new.
    """

    path: Path
    name: str
    written_at: int | None
    known: Mapping[str, str] = field(default_factory=dict)


class ScheduledFeed(Protocol):
    """A feed as jobs need it: where its files are, and how one is read.

    ``pattern`` is that of its files, None for one that is fetched from ``address``, the address as people may see
    it. ``meaning`` is another text whenever the settings of the feed say something else: what is known of an answer
    holds only for the same. ``expected_s`` is how old in seconds the last good count may be before it is late.
    """

    name: str
    expected_s: float | None
    pattern: str | None
    address: str | None
    meaning: str

    def fetch(
        self, known: Mapping[str, str], stop: Callable[[], bool]
    ) -> AbstractContextManager[Fetched | None]:
        """Ask the address; None is given when there is nothing newer than ``known``.

        Raises SourceUnreachable, FileUnreadable or ConfigurationInvalid.
        """

    def open(self, file: Path | Fetched) -> AbstractContextManager[StockSource]:
        """Open a file of it. Raises FileUnreadable or InputError."""


FeedNamed = Callable[[str], ScheduledFeed]
"""Gives the feed of a name. Raises NotFound for one that is not configured."""
