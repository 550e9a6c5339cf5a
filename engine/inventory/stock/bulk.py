"""Storing counts that release nothing: many products at a time, of which only those are touched that change.

What a file says anew of most products is what is stored already. That costs a comparison: no lock, no history, no
availability and no write. The time of the count is kept all the same. Where a file names nearly all stock of a
warehouse it is told once, for the warehouse (``tell_houses``); else it is written to each stock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from engine.inventory.ledger import Ledger
from engine.inventory.stock.runs import ImportRun, extend_lease
from engine.runtime import Runtime
from engine.storage.database import Work

ROWS = 20_000
"""About how many rows are looked at, and stored, in one transaction."""

HOUSES_FROM = 5_000
"""How many rows an import must have for its time to be told once for a warehouse."""

MOST_MISSED = 20_000
"""How many stocks of a warehouse a file may leave out for that: each of them is written."""

FEW = 20
"""Where there are more than so many rows for each product that changes, these are looked up one by one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Products of an import by their ids: those above ``after`` up to ``last``, with ``rows`` that wait."""

    after: int
    last: int
    rows: int


class Bulk:
    """Stores the rows of an import part by part, and the time of its counts."""

    def __init__(self, runtime: Runtime, run: ImportRun, waiting: int) -> None:
        self._runtime = runtime
        self._run = run
        large = (
            run.resumed or waiting >= HOUSES_FROM
        )  # what is left of a run says nothing of what it began as
        self._by_house = large and not (run.own_times or run.force)
        self._unchanged = run.resumed
        self._houses: list[int] = []
        self._missed: list[int] = []
        self.changed = 0
        """How many rows were written to the stock."""
        self.numbers = 0
        """How many numbers of stock differ since."""

    def parts(self, after: int) -> Iterator[Part]:
        """Yield the parts of what is staged, from the products above an id on."""
        while True:
            with self._runtime.database.read() as reader:
                row = reader.first("bulk_next", import_id=self._run.id, after=after, size=ROWS)
            if row is None or row.last is None:
                return
            yield Part(after, int(row.last), int(row.waiting))
            after = int(row.last)

    def waiting(self, part: Part) -> list[int]:
        """Return the products of a part that wait."""
        with self._runtime.database.read() as reader:
            rows = reader.all("chunk_products", import_id=self._run.id, after=part.after, last=part.last)
        return [row.product_id for row in rows]

    def store(self, part: Part, apart: Sequence[int]) -> list[int]:
        """Store a part in one transaction, unless there are products to be stored in chunks of their own before.

        These are returned: those of ``apart``, and those with a count that is older than the stored one.
        """
        return self._runtime.database.transact(partial(self._store, part, apart))

    def _store(self, part: Part, apart: Sequence[int], work: Work) -> list[int]:
        chunk = {"import_id": self._run.id, "after": part.after, "last": part.last}
        rows = work.tuples("bulk_changed", **chunk)
        if first := sorted({*apart, *(product for product, older, _ in rows if older)}):
            return first
        products = [product for product, _, _ in rows]
        every = sum(number for _, _, number in rows) == part.rows
        ledger = Ledger(work, self._runtime.plugins, self._runtime.rules)
        if products:
            ledger.lock_products(products)
        extend_lease(self._runtime, work, self._run)
        numbers, written = self._overwrite(work, ledger, part, products, every=every) if products else (0, 0)
        if not self._by_house:
            work.run("bulk_times", **chunk)
        work.run("bulk_done", import_id=self._run.id, last=part.last, changed=numbers)
        work.after_commit.append(partial(self._note, numbers, written, part.rows))
        return []

    def _overwrite(
        self, work: Work, ledger: Ledger, part: Part, products: list[int], *, every: bool
    ) -> tuple[int, int]:
        """Return how many numbers of stock differ since, and how many rows were written.

        ``every`` tells that all rows of the part differ: all its products are locked, and no row has to be asked.
        """
        if len(products) * FEW < part.rows:
            few = {"import_id": self._run.id, "products": products, "force": 0}
            numbers = work.changed("chunk_changes", now=work.now, **few)
            written = work.changed("chunk_overwrite", **few)
        else:
            most = {"import_id": self._run.id, "after": part.after, "last": part.last, "every": int(every)}
            numbers = work.changed("bulk_changes", now=work.now, **most)
            written = work.changed("bulk_overwrite", **most)
        ledger.refresh_locked()
        ledger.settle()
        return numbers, written

    def _note(self, numbers: int, written: int, rows: int) -> None:
        self.numbers += numbers
        self.changed += written
        self._unchanged = self._unchanged or written < rows

    def keep_times(self, stop: Callable[[], bool], named: int | None) -> bool:
        """Keep the time of counts that changed nothing, unless ``tell_houses`` does; False when asked to stop.

        ``named`` is how many stocks the import names, if that is known.
        """
        if not (self._by_house and self._unchanged):
            return True
        warehouses = sorted(self._run.warehouses)
        with self._runtime.database.read() as reader:
            if named is None:
                named = int(reader.scalar("house_named", import_id=self._run.id))
            if named == int(reader.scalar("house_total", warehouses=warehouses)):
                counts = reader.all("house_times", warehouses=warehouses)
            else:
                counts = reader.all("house_counts", import_id=self._run.id)
        single = []
        for row in counts:
            missed = int(row.total) - int(row.named)
            if missed > MOST_MISSED or (row.counted_at or 0) >= self._run.as_of:
                single.append(int(row.warehouse_id))
                continue
            self._houses.append(int(row.warehouse_id))
            if missed:
                self._missed.append(int(row.warehouse_id))
        for part in self.parts(0) if single else ():
            if stop():
                return False
            self._runtime.database.transact(partial(self._write_times, part, single))
        return True

    def _write_times(self, part: Part, warehouses: Sequence[int], work: Work) -> None:
        extend_lease(self._runtime, work, self._run)
        chunk = {"import_id": self._run.id, "after": part.after, "last": part.last}
        work.run("bulk_times_of", warehouses=list(warehouses), **chunk)

    def tell_houses(self, work: Work) -> None:
        """Tell the time of the counts for whole warehouses, in the transaction that ends the import."""
        told = {"import_id": self._run.id, "as_of": self._run.as_of}
        if self._missed:
            work.run("house_missed", warehouses=self._missed, **told)
        if self._houses:
            work.run("house_counted", warehouses=self._houses, as_of=self._run.as_of)
