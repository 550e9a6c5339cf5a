"""Records become rows of stock: the mapping of a feed, compiled for the columns of one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import and_, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.conditions import all_of, any_of
from earmark.feeds.mapping.deliveries import delivery_of
from earmark.feeds.mapping.names import sku_of, warehouse_of
from earmark.feeds.mapping.outcomes import Fields, RowRefused, RowSkipped
from earmark.feeds.mapping.parts import Batch, Listed, Part
from earmark.feeds.mapping.quantities import NOTHING, UNLIMITED, Amount, amount_of
from earmark.feeds.mapping.times import Moment, moment_of_rows
from earmark.feeds.mapping.unpivot import Cells, cells_of
from engine.api.values import format_time
from engine.feeds import StockBatch, StockColumns, StockRow
from engine.results import Code, RowRefusal

if TYPE_CHECKING:
    from earmark.feeds.model import Feed
    from earmark.feeds.records import Record, Records


NOT_KEPT = "keep does not keep it"
DROPPED = "drop drops it"
_FILTERS = (NOT_KEPT, DROPPED)


@dataclass(slots=True)
class Clock:
    """The times of the counts: of each row by ``moment``, else ``fixed``, of which none may be after ``latest``."""

    latest: int
    moment: Moment | None = None
    fixed: int | None = None

    def __call__(self, fields: Fields) -> int | None:
        """Return the time of the record. Raises RowRefused."""
        if self.moment is None:
            return self.fixed
        found = self.moment(fields)
        if found > self.latest:
            text = f"{format_time(found)} is in the future (later than {format_time(self.latest)})"
            raise RowRefused(Code.BAD_TIME, text)
        return found

    def column(self, fields: Batch) -> Sequence[int | None]:
        """Return the time of each record, None where something is to be said about it."""
        if self.moment is None:
            return [self.fixed] * len(fields)
        found = self.moment.column(fields)
        latest = self.latest
        return [moment if moment is not None and moment <= latest else None for moment in found]


def _holds(test: Part[bool], fields: Fields) -> bool:
    """Return whether a test holds; of what it refuses it is said with the row."""
    try:
        return test(fields)
    except RowRefused:
        return True


def _unless(amount: Amount | None, unlimited: bool | None) -> Amount | None:
    """Return the amount as it is where it can run out: what never runs out is mostly not counted either."""
    if not unlimited:
        return amount if unlimited is False else None
    return UNLIMITED if amount is None else amount._replace(unlimited=True)


class Mapping:
    """A feed for the columns of one file. Raises InputError for columns that are missing or given twice.

    ``skipped`` counts rows that are none of the feed's by what says so. ``delivery`` looks whether a row is of the
    same delivery as the first one, where a column tells it. ``time_column`` names what tells the time
    of each row, None where no column does.
    """

    def __init__(self, feed: Feed, names: Sequence[str], path: Path) -> None:
        columns = Columns(names)
        assert feed.sku is not None and feed.warehouse is not None
        self.skipped: Counter[str] = Counter()
        self._keep, self._drop = all_of(feed.keep, columns), any_of(feed.drop, columns)
        self._unlimited, self._zero = all_of(feed.unlimited, columns), all_of(feed.zero, columns)
        self._bundle = all_of(feed.bundle, columns)
        escaped = feed.escape != ""
        self._sku = sku_of(feed.sku, columns, path, escaped=escaped)
        timed = None if feed.counted_at is None else moment_of_rows(feed.counted_at, columns)
        self.time_column = None if timed is None else timed[0]
        self.moment = None if timed is None else timed[1]
        self.delivery = delivery_of(feed, columns)
        self._cells: Cells | None = None
        if feed.warehouse.columns is not None:
            self._cells = cells_of(feed, feed.warehouse, columns)
        else:
            assert feed.quantity is not None
            self._warehouse = warehouse_of(feed.warehouse, columns, path, escaped=escaped)
            self._amount = amount_of(feed, feed.quantity, columns)
        columns.check(path, feed.name)
        self.unused = tuple(name for place, name in enumerate(columns.names) if place not in columns.used)

    def rows(self, records: Records, clock: Clock | None) -> StockBatch:
        """Return what the records say; without a clock no row has a time."""
        plain: StockColumns | None = None
        odd: Sequence[Record]
        if self._cells is not None:
            take, odd = self._take_cells, records.every()
        else:
            take = self._take
            plain, odd = self._take_many(records, clock)
        batch = StockBatch(refused=self._with_names(records), columns=plain)
        many = len(batch)
        keep, drop = self._keep, self._drop
        for record in odd:
            fields = record[1]
            if not any(fields):
                continue
            try:
                if keep is not None and not keep(fields):
                    raise RowSkipped(NOT_KEPT)
                if drop is not None and drop(fields):
                    raise RowSkipped(DROPPED)
                if self.delivery is not None:
                    self.delivery(fields)
                take(record, batch, clock)
            except RowRefused as error:
                batch.refused.append(RowRefusal(record[0], error.code, error.text, self._named(fields)))
            except RowSkipped as error:
                self._skip(batch, error, fields)
        if many and len(batch) > many:
            batch.rows.sort(key=itemgetter(0))
        return batch

    def _take_many(
        self, records: Records, clock: Clock | None
    ) -> tuple[StockColumns | None, Sequence[Record]]:
        """Return the rows of all records of which there is nothing to be said, and the other records."""
        if records.many is not None:
            plain, odd = self._take_batch(records.many, clock)
            return plain, [*odd, *records.records]
        if len(records.records) > 1:
            return self._take_batch(Listed(records.records), clock)
        return None, records.records

    def _take_batch(self, some: Batch, clock: Clock | None) -> tuple[StockColumns | None, list[Record]]:
        number = len(some)
        skus, warehouses, amounts = self._sku.column(some), self._warehouse.column(some), self._amounts(some)
        bundles = [False] * number if self._bundle is None else self._bundle.column(some)
        times = [None] * number if clock is None else clock.column(some)
        columns: list[Sequence[Any]] = [some.lines, skus, warehouses, amounts, bundles, times]
        looked = [column for column in columns[1:5] if None in column]
        if clock is not None and clock.moment is not None and None in times:
            looked.append(times)
        if self.delivery is not None:
            looked.append(self.delivery.column(some))
        good = self._good(some, looked)
        if good is not None:
            columns = [list(compress(column, good)) for column in columns]
        plain = None
        if columns[0]:
            quantities, never, below = zip(*columns.pop(3), strict=True)
            numbers, names, places, bundled, counted = columns
            plain = StockColumns(numbers, names, places, quantities, never, bundled, counted, below)
        return plain, [] if good is None else [
            some.record(place) for place, fine in enumerate(good) if not fine
        ]

    def is_of_feed(self, fields: Fields) -> bool:
        """Return whether a record is one of the feed's, and not a sum or the like."""
        if not any(fields) or (self._keep is not None and not _holds(self._keep, fields)):
            return False
        return self._drop is None or not _holds(self._drop, fields)

    def _amounts(self, fields: Batch) -> Sequence[Amount | None]:
        amounts = self._amount.column(fields)
        if self._unlimited is not None:
            said = zip(amounts, self._unlimited.column(fields), strict=True)
            amounts = [_unless(amount, unlimited) for amount, unlimited in said]
        if self._zero is not None:
            zeros = zip(amounts, self._zero.column(fields), strict=True)
            amounts = [NOTHING if zero else (amount if zero is False else None) for amount, zero in zeros]
        return amounts

    def _good(self, some: Batch, looked: Sequence[Sequence[object]]) -> list[bool] | None:
        """Return for each record whether nothing is to be said of it, None where that is so of all."""
        good = None if not looked else [None not in each for each in zip(*looked, strict=True)]
        for test, held in ((self._keep, True), (self._drop, False)):
            if test is not None:
                taken = [found is held for found in test.column(some)]
                good = taken if good is None else list(map(and_, good, taken))
        return None if good is None or False not in good else good

    def _with_names(self, records: Records) -> list[RowRefusal]:
        """Return the refusals of rows that cannot be read, with the sku where that one can be."""
        if not records.cells:
            return list(records.refused)
        return [
            replace(row, sku=self._named(cells.readable)) if cells is not None and cells.fields else row
            for row in records.refused
            for cells in (records.cells.get(row.line),)
        ]

    def _named(self, fields: Fields) -> str | None:
        """Return the sku of a row that is not taken, as far as it can be read."""
        try:
            return self._sku(fields)
        except (RowRefused, RowSkipped):
            return None

    def _skip(self, batch: StockBatch, error: RowSkipped, fields: Fields) -> None:
        batch.skipped += 1
        self.skipped[error.why] += 1
        # A row that a filter takes out is not there; one that a word skips names a product and leaves it as it is.
        if error.why not in _FILTERS and (sku := self._named(fields)) is not None:
            batch.left.append(sku)

    def _take(self, record: Record, batch: StockBatch, clock: Clock | None) -> None:
        line, fields = record
        sku, warehouse = self._sku(fields), self._warehouse(fields)
        if self._zero is not None and self._zero(fields):
            quantity, never, below = NOTHING
        else:
            quantity, never, below = self._amount_of(fields)
        bundle = self._bundle is not None and self._bundle(fields)
        counted = None if clock is None else clock(fields)
        batch.rows.append(StockRow(line, sku, warehouse, quantity, never, bundle, counted, below))

    def _amount_of(self, fields: Fields) -> Amount:
        if self._unlimited is None or not self._unlimited(fields):
            return self._amount(fields)
        try:
            return self._amount(fields)._replace(unlimited=True)
        except (RowRefused, RowSkipped):  # what never runs out is mostly not counted either
            return UNLIMITED

    def _take_cells(self, record: Record, batch: StockBatch, clock: Clock | None) -> None:
        line, fields = record
        assert self._cells is not None
        sku = self._sku(fields)
        bundle = self._bundle is not None and self._bundle(fields)
        unlimited = self._unlimited is not None and self._unlimited(fields)
        zero = self._zero is not None and self._zero(fields)
        counted = None if clock is None else clock(fields)
        for warehouse, read, place in self._cells:
            try:
                quantity, never, below = NOTHING if zero else read(fields[place])
            except RowRefused as error:
                if not unlimited:
                    said = f"{warehouse}: {error.text}"
                    batch.refused.append(RowRefusal(line, error.code, said, sku))
                    continue
                quantity, never, below = UNLIMITED
            except RowSkipped as error:
                self._skip(batch, error, fields)
                continue
            batch.rows.append(
                StockRow(line, sku, warehouse, quantity, never or unlimited, bundle, counted, below)
            )
