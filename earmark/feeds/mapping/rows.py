"""Records become rows of stock: the mapping of a feed, compiled for the columns of one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.conditions import all_of, any_of
from earmark.feeds.mapping.names import sku_of, warehouse_of
from earmark.feeds.mapping.outcomes import Fields, Getter, RowRefused, RowSkipped
from earmark.feeds.mapping.quantities import NOTHING, UNLIMITED, Amount, amount_of
from earmark.feeds.mapping.times import Moment, moment_of_rows
from earmark.feeds.mapping.unpivot import Cells, cells_of
from engine.api.values import format_time
from engine.feeds import StockBatch, StockRow
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


class Mapping:
    """A feed for the columns of one file. Raises InputError for columns that are missing or given twice.

    ``skipped`` counts rows that are none of the feed's by what says so. ``time_column`` names what tells the time
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
        self._cells: Cells | None = None
        if feed.warehouse.columns is not None:
            self._cells = cells_of(feed, feed.warehouse, columns)
        else:
            assert feed.quantity is not None
            self._warehouse: Getter = warehouse_of(feed.warehouse, columns, path, escaped=escaped)
            self._amount: Callable[[Fields], Amount] = amount_of(feed, feed.quantity, columns)
        columns.check(path, feed.name)
        self.unused = tuple(name for place, name in enumerate(columns.names) if place not in columns.used)

    def rows(self, records: Records, clock: Clock | None) -> StockBatch:
        """Return what the records say; without a clock no row has a time."""
        batch = StockBatch(refused=list(records.refused))
        take = self._take_cells if self._cells is not None else self._take
        keep, drop = self._keep, self._drop
        for record in records.records:
            fields = record[1]
            try:
                if keep is not None and not keep(fields):
                    raise RowSkipped(NOT_KEPT)
                if drop is not None and drop(fields):
                    raise RowSkipped(DROPPED)
                take(record, batch, clock)
            except RowRefused as error:
                batch.refused.append(RowRefusal(record[0], error.code, error.text, self._named(fields)))
            except RowSkipped as error:
                self._skip(batch, error, fields)
        return batch

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
        row = (line, sku, warehouse, quantity, never, bundle, counted, below)
        batch.rows.append(tuple.__new__(StockRow, row))

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
