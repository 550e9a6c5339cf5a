"""Staging a stock file: rows are checked against the database in batches and put aside, so that a chunk can
take all rows of its products, wherever in the file they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from engine.codes import Code
from engine.feeds import StockBatch, StockRow, StockSource
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.nouns import count
from engine.results import RowRefusal, RowWarning
from engine.runtime import Progress, Runtime
from engine.storage.database import Work

MOST_LISTED = 10_000
"""How many refused rows are listed one by one; beyond that they are only counted."""

_REFUSED = 2
StockKey = tuple[int, int]
"""The ids of a product and of the warehouse that counts it."""


class Refusals:
    """The refused rows of an import and its warnings: the first ones listed, all of them counted by code.

    ``note`` is told of each refused row.
    """

    def __init__(self, note: Callable[[RowRefusal], None]) -> None:
        self._note = note
        self._listed: list[RowRefusal] = []
        self.counts: Counter[str] = Counter()
        self._warned: dict[StockKey, list[RowWarning]] = {}
        self._odd: Counter[str] = Counter()
        self._listed_warnings = 0

    def add(self, refusal: RowRefusal) -> None:
        """Take note of a refused row."""
        self.counts[refusal.code] += 1
        self._note(refusal)
        if len(self._listed) < MOST_LISTED:
            self._listed.append(refusal)

    def warn(self, warned: Sequence[tuple[StockKey, RowWarning]]) -> None:
        """Take note of rows, each with its stock, that are stored otherwise than they say."""
        self._odd.update(str(warning.code) for _, warning in warned)
        for key, warning in warned[: MOST_LISTED - self._listed_warnings]:
            self._warned.setdefault(key, []).append(warning)
            self._listed_warnings += 1

    def withdraw(self, key: StockKey, code: Code, message: str) -> None:
        """Refuse what was only warned of: no row of this stock is stored after all."""
        for warning in self._warned.pop(key, ()):
            self._odd[str(warning.code)] -= 1
            if warning.code == Code.EQUAL_ROW:  # of any other the row itself is refused
                self.add(RowRefusal(warning.line, code, message))

    def warnings(self) -> list[RowWarning]:
        """Return the warnings of rows that are stored, by line."""
        return sorted((one for many in self._warned.values() for one in many), key=lambda one: one.line)

    def listed(self) -> list[RowRefusal]:
        """Return the refused rows that are listed, by line."""
        return sorted(self._listed, key=lambda refusal: refusal.line)

    @property
    def total(self) -> int:
        """How many rows were refused."""
        return self.counts.total()

    def notes(self) -> list[str]:
        """Return what must be said when not every row is listed that was refused, or stored with a warning."""
        told = (
            ("were refused", self.counts, len(self._listed)),
            ("have a warning", self._odd, len(self.warnings())),
        )
        return [
            f"{count(counts.total(), 'row')} {what}, of which {listed} are listed "
            f"({', '.join(f'{code} {number}' for code, number in sorted(counts.items()) if number)})"
            for what, counts, listed in told
            if counts.total() > listed
        ]


def stage(
    runtime: Runtime, run: ImportRun, source: StockSource, refusals: Refusals, progress: Progress
) -> int | None:
    """Stage every valid row of the source and return how many data rows it has, or None when asked to stop.

    On a resumed run the rows that are staged already stay as they are; the refused ones are told again.
    """
    done = 0
    for batch in source.batches(run.latest, own_times=run.own_times):
        if runtime.stop():
            return None
        staged = runtime.database.transact(partial(_stage, runtime, run, batch))
        for refusal in staged.refused:
            refusals.add(refusal)
        refusals.warn(staged.warned)
        for key, message in staged.conflicts.items():
            refusals.withdraw(key, Code.DUPLICATE_ROW, message)
        done += len(batch.rows) + len(batch.refused)
        progress(done, None)
    runtime.database.transact(partial(_staged, runtime, run, done, refusals.total))
    return done


def _stage(runtime: Runtime, run: ImportRun, batch: StockBatch, work: Work) -> _Batch:
    """Stage a batch and return it with what was found."""
    extend_lease(runtime, work, run)
    staging = _Batch(work, run)
    staging.stage(batch)
    return staging


def _staged(runtime: Runtime, run: ImportRun, rows: int, refused: int, work: Work) -> None:
    extend_lease(runtime, work, run)
    work.run("import_staged", import_id=run.id, rows=rows, refused=refused)


class _Batch:
    """Stages one batch of rows: a constant number of statements.

    ``refused`` are the bad rows among them, ``warned`` those that are stored otherwise than they say. ``conflicts``
    is the stock for which the file has rows that differ, with what is told of each of these rows.
    """

    def __init__(self, work: Work, run: ImportRun) -> None:
        self._work = work
        self._run = run
        self.refused: list[RowRefusal] = []
        self.warned: list[tuple[StockKey, RowWarning]] = []
        self.conflicts: dict[StockKey, str] = {}
        self._names: dict[StockKey, str] = {}

    def stage(self, batch: StockBatch) -> None:
        self.refused.extend(batch.refused)
        if batch.rows:
            self._store(self._known(batch.rows))

    def _known(self, rows: Sequence[StockRow]) -> dict[StockKey, list[StockRow]]:
        """Return the rows whose product and warehouse exist, by these, refusing the others."""
        warehouses = {row.name: row.id for row in self._work.all("topology_warehouses")}
        skus = sorted({row.sku for row in rows})
        products = {row.sku: row.id for row in self._work.all("stage_products", skus=skus)}
        found: dict[StockKey, list[StockRow]] = {}
        for row in rows:
            product, warehouse = products.get(row.sku), warehouses.get(row.warehouse)
            if product is None:
                self._refuse(row.line, Code.UNKNOWN_SKU, f"there is no concrete product '{row.sku}'")
            elif warehouse is None:
                text = f"there is no warehouse '{row.warehouse}'"
                self.refused.append(RowRefusal(row.line, Code.UNKNOWN_WAREHOUSE, text, row.sku))
            else:
                found.setdefault((product, warehouse), []).append(row)
        return found

    def _store(self, found: dict[StockKey, list[StockRow]]) -> None:
        self._names = {key: f"'{rows[0].sku}' in '{rows[0].warehouse}'" for key, rows in found.items()}
        for key, rows in found.items():
            if not _alike(rows):
                for row in rows:
                    self._refuse_duplicate(key, row.line)
        staged = [self._record(key, rows) for key, rows in found.items()]
        if self._work.changed("stage_rows", import_id=self._run.id, rows=staged) < len(staged):
            self._resolve(found, {(record[0], record[1]): record[3:7] for record in staged})
        for key, rows in found.items():
            if _alike(rows) and key not in self.conflicts:
                for row in rows[1:]:
                    self._warn_equal(key, row.line)

    def _record(self, key: StockKey, rows: Sequence[StockRow]) -> list[int]:
        row, alike = rows[0], _alike(rows)
        counted_at = row.counted_at if self._run.own_times and row.counted_at is not None else self._run.as_of
        flags = (int(row.never_out_of_stock), int(row.is_bundle))
        if row.below_zero is not None and alike:
            text = (
                f"the count of {self._names[key]} is {row.below_zero}: 0 is stored, so nothing of it is sold"
            )
            self.warned.append((key, RowWarning(row.line, Code.NEGATIVE_COUNT, text)))
        return [*key, row.line, row.quantity, *flags, counted_at, 0 if alike else _REFUSED]

    def _resolve(self, found: dict[StockKey, list[StockRow]], said: dict[StockKey, list[int]]) -> None:
        """Refuse rows for stock that the file has another row for, and that other row, unless they say the same."""
        lines = [[*key, rows[0].line] for key, rows in found.items()]
        refused = []
        for other in self._work.all("stage_conflicts", import_id=self._run.id, rows=lines):
            key = (other.product_id, other.warehouse_id)
            rows = found[key]
            if other.line == rows[0].line:  # the row itself, staged and refused before the run was resumed
                self._refuse_again(key, rows, other.done)
                continue
            same = [other.quantity, other.never_out_of_stock, other.is_bundle, other.counted_at] == said[key]
            if _alike(rows) and same and other.done != _REFUSED:
                self._warn_equal(key, rows[0].line)
                continue
            if _alike(rows):
                for row in rows:
                    self._refuse_duplicate(key, row.line)
            if other.done != _REFUSED:
                self._refuse_duplicate(key, other.line)
                refused.append(list(key))
        if refused:
            self._work.run("stage_refuse", import_id=self._run.id, rows=refused)

    def _refuse_again(self, key: StockKey, rows: Sequence[StockRow], done: int) -> None:
        if done != _REFUSED:
            self._refuse(rows[0].line, Code.COUNT_TOO_OLD, f"a later count of {self._names[key]} is stored")
        elif _alike(rows):
            for row in rows:
                self._refuse_duplicate(key, row.line)

    def _refuse_duplicate(self, key: StockKey, line: int) -> None:
        text = self.conflicts.setdefault(key, f"the file has another row for {self._names[key]}")
        self._refuse(line, Code.DUPLICATE_ROW, text)

    def _warn_equal(self, key: StockKey, line: int) -> None:
        text = f"the file has had this row for {self._names[key]} already: it is not taken twice"
        self.warned.append((key, RowWarning(line, Code.EQUAL_ROW, text)))

    def _refuse(self, line: int, code: Code, message: str) -> None:
        self.refused.append(RowRefusal(line, code, message))


def _alike(rows: Sequence[StockRow]) -> bool:
    """Whether all rows say the same of their stock."""
    first = _said(rows[0])
    return all(_said(row) == first for row in rows[1:])


def _said(row: StockRow) -> tuple[int, bool, bool, int | None]:
    return row.quantity, row.never_out_of_stock, row.is_bundle, row.counted_at
