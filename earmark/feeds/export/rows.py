"""Rows of stock become the fields of a file; what would be read otherwise is left out and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from earmark.feeds.export.columns import Column, Part, columns_of, not_written, written_names
from earmark.feeds.export.times import format_in, time_text
from earmark.feeds.mapping.rows import Clock, Mapping
from earmark.feeds.model import Feed, Name
from earmark.feeds.records import Record, Records
from engine.api.values import format_quantity
from engine.errors import InputError
from engine.feeds import StockRow
from engine.protection import protected, unmistakable

MOST_TOLD = 20
"""Of how many rows that are left out it is told which they are."""

_NEVER = 1 << 62
"""A time after all others, UTC microseconds."""


@dataclass(slots=True)
class Written:
    """What was written: ``rows`` of stock, and how many were ``left_out``, by reason; ``told`` has the first ones.

    ``protected`` counts the names with an apostrophe before them, which a spreadsheet would have changed;
    ``earlier`` the times that read as somewhat earlier ones, as the format of the file does not tell all of them.
    """

    rows: int = 0
    protected: int = 0
    earlier: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    told: list[tuple[str, str, str]] = field(default_factory=list)

    def leave_out(self, row: StockRow, why: str) -> None:
        """Note a row that is not written."""
        self.left_out[why] += 1
        if len(self.told) < MOST_TOLD:
            self.told.append((row.sku, row.warehouse, why))


class Layout:
    """How rows of stock stand in a file of the feed. Raises InputError where no such file can be written."""

    def __init__(self, feed: Feed, *, plain: bool) -> None:
        self.feed = feed
        self.columns = columns_of(feed)
        self.names = [column.name for column in self.columns]
        self.written = Written()
        try:
            self._mapping = Mapping(feed, self.names, Path(f"<{feed.name}>"))
        except InputError as error:
            why = f"its export and what it reads differ ({error.message}); say [feeds.export] columns"
            raise not_written(feed, why) from None
        moment = self._mapping.moment
        self._clock = None if moment is None else Clock(_NEVER, moment)
        self._guard = _guard(feed, plain=plain)
        self._times = [
            time_text(feed.counted_at, format_in(feed.counted_at, column.name))
            for column in self.columns
            if any(part.value == "counted_at" for part in column.parts)
        ]
        self._making = [_maker(column, feed) for column in self.columns]

    def fields(self, rows: Sequence[StockRow]) -> Iterator[tuple[StockRow, list[str]]]:
        """Yield each row with its fields, but for those that are left out."""
        texts = [
            self._texts(column, make, rows) for column, make in zip(self.columns, self._making, strict=True)
        ]
        fields = [list(one) for one in zip(*texts, strict=True)]
        read = self._read(fields)
        written = self.written
        for place, row in enumerate(rows):
            found = read.get(place)
            if isinstance(found, StockRow) and found[1:6] == row[1:6] and self._same_time(found, row):
                written.rows += 1
                yield row, fields[place]
            else:
                written.leave_out(row, self._why(found, row))

    def _texts(self, column: Column, make: Callable[[StockRow], str], rows: Sequence[StockRow]) -> list[str]:
        texts = [make(row) for row in rows]
        if not column.is_name or self._guard is None:
            return texts
        guard = self._guard
        if column.is_warehouse:  # there are few of them
            known = {text: guard(text) for text in set(texts)}
            guarded = [known[text] for text in texts]
        else:
            guarded = list(map(guard, texts))
        self.written.protected += sum(map(str.__ne__, texts, guarded))
        return guarded

    def _read(self, fields: Sequence[list[str]]) -> dict[int, StockRow | str]:
        """Return by place how each row would be read, or why it would not."""
        records = Records([Record(place, [text.strip() for text in one]) for place, one in enumerate(fields)])
        batch = self._mapping.rows(records, self._clock)
        read: dict[int, StockRow | str] = {row.line: row for row in batch.rows}
        read.update({refused.line: refused.message for refused in batch.refused})
        return read

    def _same_time(self, found: StockRow, row: StockRow) -> bool:
        """Return whether the time is the same, or the earlier one for which the file has the same text."""
        if self._clock is None or found.counted_at == row.counted_at:
            return True
        if found.counted_at is None or row.counted_at is None or found.counted_at > row.counted_at:
            return False
        same = all(text(found.counted_at) == text(row.counted_at) for text in self._times)
        self.written.earlier += same
        return same

    def _why(self, found: StockRow | str | None, row: StockRow) -> str:
        if row.counted_at is None and self._clock is not None:
            return "it was never counted"
        if not isinstance(found, StockRow):
            return found or "the feed would leave it out"
        differences = {
            f"warehouse {row.warehouse!r} would be read as {found.warehouse!r}": "warehouse",
            "the file cannot say that a product is never out of stock": "never_out_of_stock",
            "the file cannot say that a product is a bundle": "is_bundle",
        }
        found_otherwise = (
            why for why, name in differences.items() if getattr(found, name) != getattr(row, name)
        )
        return next(found_otherwise, "it would be read otherwise")


def _guard(feed: Feed, *, plain: bool) -> Callable[[str], str] | None:
    """Return what is done to names; None where they are written as they are."""
    if feed.format != "csv" or not feed.escape:
        return None
    return unmistakable if plain else protected


def _maker(column: Column, feed: Feed) -> Callable[[StockRow], str]:
    makers = [_part(part, column, feed) for part in column.parts]
    if len(makers) == 1:
        return makers[0]
    return lambda row: "".join(make(row) for make in makers)


def _part(part: Part, column: Column, feed: Feed) -> Callable[[StockRow], str]:
    assert feed.sku is not None and feed.warehouse is not None
    yes, no, text = column.yes, column.no, part.text
    if not part.value:
        return lambda _: text
    sku, house = _namer(feed.sku), _namer(feed.warehouse)
    counted = time_text(feed.counted_at, format_in(feed.counted_at, column.name))
    makers: dict[str, Callable[[StockRow], str]] = {
        "sku": lambda row: sku(row.sku),
        "warehouse": lambda row: house(row.warehouse),
        "quantity": _number(part, feed),
        "unlimited": lambda row: yes if row.never_out_of_stock else no,
        "bundle": lambda row: yes if row.is_bundle else no,
        "in_stock": lambda row: yes if row.quantity > 0 else no,
        "counted_at": lambda row: "" if row.counted_at is None else counted(row.counted_at),
    }
    return makers[part.value]


def _namer(part: Name) -> Callable[[str], str]:
    """Return what turns a name into what the file has for it."""
    codes, prefix, default = written_names(part), part.prefix, part.default

    def written(name: str) -> str:
        code = codes.get(name)
        if code is None:
            code = "" if codes and name == default else name
        return code.removeprefix(prefix) if prefix else code

    return written


def _number(part: Part, feed: Feed) -> Callable[[StockRow], str]:
    # A feed that says no signs takes 1.234 for doubtful, and 1.2340 for what it is.
    declared = {"decimal", "thousands"} & feed.model_fields_set
    decimal, least = "." if feed.format == "xlsx" else feed.decimal, part.decimals

    def number(row: StockRow) -> str:
        text = format_quantity(row.quantity)
        whole, _, places = text.partition(".")
        if not places and not least:
            return whole
        wanted = max(least, 4 if len(places) == 3 and not declared else 0)
        return f"{whole}{decimal}{places.ljust(wanted, '0')}" if places or wanted else whole

    return number
