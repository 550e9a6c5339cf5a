"""Staging rows one by one: where a file has several for one stock, or has had another one before.

What becomes of them is up to the terms of the feed. The number of statements does not depend on that of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from engine.codes import Code
from engine.feeds import Repeated, StockColumns, StockRow
from engine.inventory.stock.runs import ImportRun
from engine.quantity import MAXIMUM, parse_quantity
from engine.results import RowRefusal, RowWarning
from engine.storage.database import Record, Work

REFUSED = 2
"""What ``done`` says of a staged row that is refused because of others for the same stock."""

_TOO_OLD = 4
_LARGEST = parse_quantity(MAXIMUM)

StockKey = tuple[int, int]
"""The ids of a product and of the warehouse that counts it."""


class Repeats:
    """Stages some rows of an import.

    ``refused`` are the bad ones among them, ``warned`` those that are stored otherwise than they say. ``conflicts``
    is the stock of which no row of the file is stored, with what is told of each of these rows.
    """

    def __init__(self, work: Work, run: ImportRun, repeated: Repeated) -> None:
        self._work = work
        self._run = run
        self._repeated = repeated
        self.refused: list[RowRefusal] = []
        self.warned: list[tuple[StockKey, RowWarning]] = []
        self.conflicts: dict[StockKey, str] = {}
        self._names: dict[StockKey, str] = {}

    def store(self, found: dict[StockKey, list[StockRow]]) -> None:
        """Stage these rows, given by the stock they are for."""
        self._names = {key: f"'{rows[0].sku}' in '{rows[0].warehouse}'" for key, rows in found.items()}
        if self._repeated is Repeated.LAST:
            self._store_last(found)
        elif self._repeated is Repeated.SUM:
            self._store_sums(found)
        else:
            self._store_single(found)

    def tell_again(self, columns: StockColumns, products: Sequence[int], warehouses: Sequence[int]) -> None:
        """Tell of rows of a file that is staged already what has to be told; most are there as they are.

        A row that could not be staged then, as its names or its unit were others, is not staged now either.
        """
        keys = list(zip(products, warehouses, strict=True))
        lines = [[*key, line] for key, line in zip(keys, columns.lines, strict=True)]
        unlike = self._work.all("stage_unlike", import_id=self._run.id, rows=lines)
        absent = {(row.product_id, row.warehouse_id) for row in unlike if row.line is None}
        odd = {(row.product_id, row.warehouse_id) for row in unlike}
        chosen = [
            key in odd or below is not None for key, below in zip(keys, columns.below_zero, strict=True)
        ]
        if True not in chosen:
            return
        found = by_stock(columns.only(chosen), *zip(*compress(keys, chosen), strict=True))
        for key in absent:
            self._refuse_later(found.pop(key))
        self.store(found)

    def _refuse_later(self, rows: Sequence[StockRow]) -> None:
        for row in rows:
            text = (
                f"'{row.sku}' in '{row.warehouse}' could not be taken when the import of the file began, and can "
                "be since: import the file once more"
            )
            self.refused.append(RowRefusal(row.line, Code.LATER_KNOWN, text, row.sku))

    def _store_single(self, found: dict[StockKey, list[StockRow]]) -> None:
        for key, rows in found.items():
            if not self._is_one(rows):
                for row in rows:
                    self._refuse_duplicate(key, row.line)
        staged = []
        for key, rows in found.items():
            one = self._is_one(rows)
            staged.append(self._record(key, rows[0], 0 if one else REFUSED))
            if one:
                self._warn_negative(key, rows[0], "stored, so nothing of it is sold")
        if self._work.changed("stage_rows", import_id=self._run.id, rows=staged) < len(staged):
            self._resolve(found, {(record[0], record[1]): record[3:7] for record in staged})
        for key, rows in found.items():
            if self._is_one(rows) and key not in self.conflicts:
                for row in rows[1:]:
                    self._warn_equal(key, row.line)

    def _is_one(self, rows: Sequence[StockRow]) -> bool:
        """Whether the rows are stored as one."""
        return len(rows) == 1 or (self._repeated is Repeated.EQUAL and _alike(rows))

    def _record(self, key: StockKey, row: StockRow, done: int = 0) -> list[int]:
        flags = (int(row.never_out_of_stock), int(row.is_bundle))
        return [*key, row.line, row.quantity, *flags, self._time(row), done]

    def _time(self, row: StockRow) -> int:
        return row.counted_at if self._run.own_times and row.counted_at is not None else self._run.as_of

    def _others(self, lines: Sequence[Sequence[int]]) -> list[Record]:
        """Return what is staged for the same stock by other rows, or by these and was refused before."""
        return self._work.all("stage_conflicts", import_id=self._run.id, rows=lines)

    def _resolve(self, found: dict[StockKey, list[StockRow]], said: dict[StockKey, list[int]]) -> None:
        """Refuse rows for stock that the file has another row for, and that other row, unless they are one."""
        refused = []
        for other in self._others([[*key, rows[0].line] for key, rows in found.items()]):
            key = (other.product_id, other.warehouse_id)
            rows = found[key]
            if other.line == rows[0].line:  # the row itself, staged and refused before the run was resumed
                self._refuse_again(key, rows, other.done)
                continue
            one = self._is_one(rows)
            same = [other.quantity, other.never_out_of_stock, other.is_bundle, other.counted_at] == said[key]
            if one and same and other.done != REFUSED and self._repeated is Repeated.EQUAL:
                self._warn_equal(key, rows[0].line)
                continue
            if one:
                for row in rows:
                    self._refuse_duplicate(key, row.line)
            if other.done != REFUSED:
                self._refuse_duplicate(key, other.line)
                refused.append(list(key))
        self._refuse_staged(refused)

    def _refuse_again(self, key: StockKey, rows: Sequence[StockRow], done: int) -> None:
        if done != REFUSED:
            self._refuse_old(key, rows[0].line)
        elif self._is_one(rows):
            for row in rows:
                self._refuse_duplicate(key, row.line)

    def _store_last(self, found: dict[StockKey, list[StockRow]]) -> None:
        """The last row of the file counts. Those before it are told, wherever they were read."""
        last = {key: rows[-1] for key, rows in found.items()}
        for key, rows in found.items():
            for row in rows[:-1]:
                self._warn_earlier(key, row.line)
            self._warn_negative(key, rows[-1], "stored, so nothing of it is sold")
        for other in self._others([[*key, row.line] for key, row in last.items()]):
            key = (other.product_id, other.warehouse_id)
            if other.line == last[key].line:
                self._refuse_old(key, other.line)
            else:  # on a resumed run the staged one is the later one
                self._warn_earlier(key, min(other.line, last[key].line))
        rows_of_last = [self._record(key, row) for key, row in last.items()]
        self._work.run("stage_last", import_id=self._run.id, rows=rows_of_last)

    def _store_sums(self, found: dict[StockKey, list[StockRow]]) -> None:
        others = {
            (other.product_id, other.warehouse_id): other
            for other in self._others([[*key, rows[0].line] for key, rows in found.items()])
        }
        sums, refused = [], []
        for key, rows in found.items():
            other = others.get(key)
            if other is not None and other.done in (REFUSED, _TOO_OLD):
                self._refuse_sum(key, rows, other)
            elif not self._run.staged and self._total(rows, other) > _LARGEST:
                self.conflicts[key] = f"with all rows of the file {self._names[key]} has more than {MAXIMUM}"
                self._refuse_sum(key, rows, other)
                refused.append(list(key))
                sums.append(self._sum(key, rows[:1]))
            else:
                sums.append(self._sum(key, rows))
                self._warn_summed(key, rows, other)
        if not self._run.staged:  # else all of them were added up already
            self._work.run("stage_sum", import_id=self._run.id, rows=sums)
            self._refuse_staged(refused)

    def _total(self, rows: Sequence[StockRow], other: Record | None) -> int:
        return sum(row.quantity for row in rows) + (0 if other is None else int(other.quantity))

    def _sum(self, key: StockKey, rows: Sequence[StockRow]) -> list[int]:
        flags = (
            int(any(row.never_out_of_stock for row in rows)),
            int(any(row.is_bundle for row in rows)),
        )
        return [*key, rows[0].line, self._total(rows, None), *flags, min(self._time(row) for row in rows), 0]

    def _warn_summed(self, key: StockKey, rows: Sequence[StockRow], other: Record | None) -> None:
        for number, row in enumerate(rows):
            self._warn_negative(key, row, "taken for it")
            if number or other is not None:
                text = f"the file has another row for {self._names[key]}: this one was added to it"
                self.warned.append((key, RowWarning(row.line, Code.SUMMED_ROW, text)))

    def _refuse_sum(self, key: StockKey, rows: Sequence[StockRow], other: Record | None) -> None:
        if other is not None and other.done == _TOO_OLD:
            for row in rows:
                self._refuse_old(key, row.line)
            return
        again = other is not None and other.line == rows[0].line
        for row in rows:
            self._refuse_duplicate(key, row.line)
        if other is not None and other.done != REFUSED and not again:
            self._refuse_duplicate(key, other.line)

    def _refuse_staged(self, keys: Sequence[Sequence[int]]) -> None:
        if keys:
            self._work.run("stage_refuse", import_id=self._run.id, rows=keys)

    def _refuse_duplicate(self, key: StockKey, line: int) -> None:
        text = self.conflicts.setdefault(key, f"the file has another row for {self._names[key]}")
        self.refused.append(RowRefusal(line, Code.DUPLICATE_ROW, text))

    def _refuse_old(self, key: StockKey, line: int) -> None:
        text = f"a later count of {self._names[key]} is stored"
        self.refused.append(RowRefusal(line, Code.COUNT_TOO_OLD, text))

    def _warn_equal(self, key: StockKey, line: int) -> None:
        text = f"the file has had this row for {self._names[key]} already: it is not taken twice"
        self.warned.append((key, RowWarning(line, Code.EQUAL_ROW, text)))

    def _warn_earlier(self, key: StockKey, line: int) -> None:
        text = f"the file has a later row for {self._names[key]}: that one counts"
        self.warned.append((key, RowWarning(line, Code.EARLIER_ROW, text)))

    def _warn_negative(self, key: StockKey, row: StockRow, becomes: str) -> None:
        if row.below_zero is not None:
            text = f"the count of {self._names[key]} is {row.below_zero}: 0 is {becomes}"
            self.warned.append((key, RowWarning(row.line, Code.NEGATIVE_COUNT, text)))


def _alike(rows: Sequence[StockRow]) -> bool:
    """Whether all rows say the same of their stock."""
    first = _said(rows[0])
    return all(_said(row) == first for row in rows[1:])


def _said(row: StockRow) -> tuple[int, bool, bool, int | None]:
    return row.quantity, row.never_out_of_stock, row.is_bundle, row.counted_at


def by_stock(
    columns: StockColumns, products: Sequence[int], warehouses: Sequence[int]
) -> dict[StockKey, list[StockRow]]:
    """Return rows, whose names mean these products and warehouses, by the stock they are for."""
    found: dict[StockKey, list[StockRow]] = {}
    for row, product, warehouse in zip(columns.rows(), products, warehouses, strict=True):
        found.setdefault((product, warehouse), []).append(row)
    return found
