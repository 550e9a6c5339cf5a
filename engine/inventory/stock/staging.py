"""Staging a stock file: rows are checked against the database in batches and put aside, so that a chunk can
take all rows of its products, wherever in the file they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import cast

from engine.codes import Code
from engine.errors import DatabaseBusy
from engine.feeds import CountKind, Repeated, StockBatch, StockColumns, StockSource, Terms
from engine.inventory.statistics import look_at_staged
from engine.inventory.stock.places import KnownNames, Places
from engine.inventory.stock.repeats import Repeats, StockKey, by_stock
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.nouns import count
from engine.quantity import Unit
from engine.results import RowRefusal, RowWarning
from engine.runtime import Progress, Runtime
from engine.storage.database import Work

MOST_LISTED = 10_000
"""How many refused rows are listed one by one; beyond that they are only counted."""

_OF_SEVERAL = (Code.EQUAL_ROW, Code.SUMMED_ROW, Code.EARLIER_ROW)
"""What is told of a row of which another one of the same stock tells more."""


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
            if warning.code in _OF_SEVERAL:  # of any other the row itself is refused
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

    @property
    def of_several(self) -> int:
        """How many rows are not staged by themselves, as another one of the same stock tells more."""
        return sum(self._odd[str(code)] for code in _OF_SEVERAL)

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
    done, known = 0, KnownNames(runtime.database)
    for batch in source.batches(run.latest, own_times=run.own_times):
        if runtime.stop():
            return None
        staged = None
        while staged is None:
            places = known.places(batch.columns())
            staged = runtime.database.transact(partial(_stage, runtime, run, source.terms, batch, places))
        run.warehouses.update(house for house in set(places.warehouses) if house is not None)
        for refusal in staged.refused:
            refusals.add(refusal)
        refusals.warn(staged.warned)
        for key, message in staged.conflicts.items():
            refusals.withdraw(key, Code.DUPLICATE_ROW, message)
        done += len(batch) + len(batch.refused)
        progress(done, None)
    runtime.database.transact(partial(_staged, runtime, run, done, refusals.total))
    if source.terms.repeated is Repeated.SUM and source.terms.kind is CountKind.ON_HAND:
        clipped = runtime.database.transact(partial(_clip, runtime, run))
        if clipped:
            run.notes.append(f"{count(clipped, 'sum')} below zero: 0 is stored, so nothing of it is sold")
    look_at_staged(runtime.database, done)
    return done


def _stage(
    runtime: Runtime, run: ImportRun, terms: Terms, batch: StockBatch, places: Places, work: Work
) -> _Batch | None:
    """Stage a batch and return it with what was found; None where a name or unit was changed since they were read.

    What is staged cannot be made finer than its unit by a topology: that looks at it, once it is committed.
    """
    if work.dialect == "postgresql":
        work.run("keep_topology")
    extend_lease(runtime, work, run)
    if int(work.scalar("names_version")) != places.names_version:
        return None
    staging = _Batch(work, run, terms.repeated)
    staging.refused.extend(batch.refused)
    if len(batch):
        staging.stage(batch.columns(), places)
    return staging


def forget_rows(work: Work, run: ImportRun) -> None:
    """Forget what an import has staged: all at once where nobody else has staged anything."""
    if work.first("stage_shared", import_id=run.id) is None:
        try:
            with work.savepoint():
                if work.dialect == "postgresql":
                    work.run("stage_alone")
                work.run("stage_empty")
            return
        except DatabaseBusy:
            pass  # somebody reads the table, as a backup does
    work.run("stage_drop", import_id=run.id)


def imported_rows(work: Work, run: ImportRun) -> int:
    """Return how many rows of its file an import has stored."""
    stored_to = int(work.scalar("stage_stored_to", import_id=run.id))
    counts = work.first("stage_counts", import_id=run.id, stored_to=stored_to)
    return 0 if counts is None else int(counts.imported)


def _clip(runtime: Runtime, run: ImportRun, work: Work) -> int:
    """Take sums below zero as 0; return how many there were."""
    extend_lease(runtime, work, run)
    return work.changed("stage_clip", import_id=run.id, products=[], all=1)


def _staged(runtime: Runtime, run: ImportRun, rows: int, refused: int, work: Work) -> None:
    extend_lease(runtime, work, run)
    work.run("import_staged", import_id=run.id, rows=rows, refused=refused)


class _Batch:
    """Stages one batch of rows: a constant number of statements.

    ``refused`` are the bad rows among them, ``warned`` those that are stored otherwise than they say. ``conflicts``
    is the stock of which no row of the file is stored, with what is told of each of these rows.
    """

    def __init__(self, work: Work, run: ImportRun, repeated: Repeated) -> None:
        self._work = work
        self._run = run
        self._repeats = Repeats(work, run, repeated)
        self.refused = self._repeats.refused
        self.warned = self._repeats.warned
        self.conflicts = self._repeats.conflicts

    def stage(self, columns: StockColumns, places: Places) -> None:
        """Stage rows whose names mean these places."""
        products, warehouses = places.products, places.warehouses
        if not places.all_exist:
            known = places.known()
            self._refuse_unknown(columns, places)
            columns = columns.only(known)
            products, warehouses = list(compress(products, known)), list(compress(warehouses, known))
        if places.units:
            fine = self._refuse_finer(columns, cast("Sequence[int]", products), places.units)
            columns = columns.only(fine)
            products, warehouses = list(compress(products, fine)), list(compress(warehouses, fine))
        ids = (cast("Sequence[int]", products), cast("Sequence[int]", warehouses))
        if len(columns) and self._run.staged:
            self._repeats.tell_again(columns, *ids)
        elif len(columns) and not self._copy(columns, *ids):
            self._repeats.store(by_stock(columns, *ids))

    def _copy(self, columns: StockColumns, products: Sequence[int], warehouses: Sequence[int]) -> bool:
        """Stage all rows at once; False, and none is staged, if there are several for one stock."""
        number, as_of = len(columns), self._run.as_of
        if columns.below_zero.count(None) < number:
            return False  # each of those is told
        times: int | list[int] = as_of
        if self._run.own_times:
            times = [as_of if time is None else time for time in columns.counted_at]
        flags = [flag if True in flag else 0 for flag in (columns.never_out_of_stock, columns.is_bundle)]
        told = (self._run.id, products, warehouses, columns.lines, columns.quantities, *flags, times)
        return self._work.copy("stage_copy", told)

    def _refuse_finer(
        self, columns: StockColumns, products: Sequence[int], units: Mapping[int, Unit]
    ) -> list[bool]:
        """Refuse quantities that are finer than the unit of their product; return which are not."""
        fine = []
        for line, sku, product, quantity in zip(
            columns.lines, columns.skus, products, columns.quantities, strict=True
        ):
            unit = units.get(product)
            fine.append(unit is None or not unit.finer(quantity))
            if unit is not None and not fine[-1]:
                text = unit.refusal(sku, quantity)
                self.refused.append(RowRefusal(line, Code.QUANTITY_TOO_FINE, text, sku))
        return fine

    def _refuse_unknown(self, columns: StockColumns, places: Places) -> None:
        rows = zip(
            columns.lines, columns.skus, columns.warehouses, places.products, places.warehouses, strict=True
        )
        for line, sku, warehouse, product, house in rows:
            if product is None:
                text = f"there is no concrete product '{sku}'"
                self.refused.append(RowRefusal(line, Code.UNKNOWN_SKU, text))
            elif house is None:
                text = f"there is no warehouse '{warehouse}'"
                self.refused.append(RowRefusal(line, Code.UNKNOWN_WAREHOUSE, text, sku))
