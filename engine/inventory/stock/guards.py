"""Whether a file is to be believed: judged once it is staged, before anything of it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.clock import SECOND, format_time
from engine.feeds import CountKind, Guards
from engine.inventory.stock.kinds import promising
from engine.inventory.stock.releasing import Release
from engine.inventory.stock.runs import ImportRun
from engine.inventory.stock.whole import Spared, warehouses_of
from engine.nouns import count
from engine.results import ImportStop
from engine.runtime import Runtime
from engine.storage.database import Reader

CHUNK = 1000
"""Of how many products at a time is asked by how much their stock changes."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a file is judged by besides what is staged of it: its rows, those refused, and what it leaves alone."""

    rows: int
    refused: int
    spared: Spared


def judge(runtime: Runtime, run: ImportRun, release: Release, file: Judged) -> ImportStop | None:
    """Return why nothing of the file is to be stored, or None. All guards that it fails are told."""
    if run.terms.guards == Guards() and not run.terms.whole:
        return None
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        found = list(_Guard(runtime, run, release, file, reader, now).failed())
    if not found:
        return None
    return ImportStop(found[0][0], "; ".join(text for _, text in found))


class _Guard:
    def __init__(
        self, runtime: Runtime, run: ImportRun, release: Release, file: Judged, reader: Reader, now: int
    ) -> None:
        self._runtime, self._run, self._release, self._file = runtime, run, release, file
        self._reader, self._now = reader, now
        self._wanted = run.terms.guards
        self._warehouses = warehouses_of(reader, run)

    def failed(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each guard that the file fails, with what is told."""
        times = self._reader.first("staged_times", import_id=self._run.id)
        rows, oldest = (0, None) if times is None else (int(times.rows), times.oldest_at)
        if self._run.terms.whole and rows == 0:
            told = "a file that is complete for its warehouses has no row that can be taken"
            yield "empty", f"{told}: everything would be set to 0"
        yield from self._refused()
        yield from self._vanished()
        yield from self._changed()
        if self._wanted.oldest_s is not None and oldest is not None:
            age = (self._now - int(oldest)) / SECOND
            if age > self._wanted.oldest_s:
                told = f"the oldest count is of {format_time(int(oldest))}, {age:.0f} s ago"
                yield "oldest", f"{told} (at most {self._wanted.oldest_s:g} s)"

    def _refused(self) -> Iterator[tuple[str, str]]:
        if self._wanted.refused is None or not self._file.rows:
            return
        older = 0 if self._run.force else int(self._reader.scalar("guard_older", import_id=self._run.id))
        refused = self._file.refused + older
        if refused > self._wanted.refused * self._file.rows:
            told = f"{refused} of {count(self._file.rows, 'row')} are refused"
            yield (
                "refused",
                f"{told} ({_share(refused, self._file.rows)}, at most {_of(self._wanted.refused)})",
            )

    def _vanished(self) -> Iterator[tuple[str, str]]:
        if self._wanted.vanished is None:
            return
        chosen = {"import_id": self._run.id, "warehouses": self._warehouses}
        if self._run.terms.kind is CountKind.DELTA:
            row = self._reader.first("guard_vanished_deltas", **chosen)
        else:
            spared = self._file.spared.product_ids(self._reader)
            row = self._reader.first("guard_vanished", spared=spared, **chosen)
        had, vanished = (0, 0) if row is None else (int(row.had), int(row.vanished))
        if had and vanished > self._wanted.vanished * had:
            told = f"{vanished} of {count(had, 'product')} that were in stock are not named, or with 0"
            yield "vanished", f"{told} ({_share(vanished, had)}, at most {_of(self._wanted.vanished)})"

    def _changed(self) -> Iterator[tuple[str, str]]:
        wanted = self._wanted
        if wanted.fallen is None and wanted.grown is None:
            return
        stock = float(self._reader.scalar("guard_stock", warehouses=self._warehouses))
        if stock <= 0:
            return  # there is nothing that it could be compared with
        fallen, grown = self._changes()
        for name, word, share, most in (
            ("fallen", "falls", fallen, wanted.fallen),
            ("grown", "grows", grown, wanted.grown),
        ):
            if most is not None and share > most * stock:
                told = f"the stock of its warehouses {word} by {share / 1e6:.10g} of {stock / 1e6:.10g}"
                yield name, f"{told} ({_share(share, stock)}, at most {_of(most)})"

    def _changes(self) -> tuple[float, float]:
        fallen = grown = 0.0
        for products in self._chunks():
            row = self._change(products)
            fallen, grown = fallen + float(row[0]), grown + float(row[1])
        return fallen, grown

    def _change(self, products: Sequence[int]) -> tuple[float, float]:
        chunk = {"import_id": self._run.id, "products": list(products), "force": int(self._run.force)}
        if self._run.terms.kind is CountKind.DELTA:
            row = self._reader.first("guard_deltas", **chunk)
        elif self._run.terms.kind is CountKind.AVAILABLE:
            told = promising(self._runtime, self._reader, self._run, self._release, products)
            row = self._reader.first("guard_available", **told)
        else:
            row = self._reader.first("guard_counts", **chunk)
        return (0.0, 0.0) if row is None else (row.fallen, row.grown)

    def _chunks(self) -> Iterator[list[int]]:
        after = 0
        while rows := self._reader.all("chunk_products", import_id=self._run.id, after=after, size=CHUNK):
            yield [int(row.product_id) for row in rows]
            after = int(rows[-1].product_id)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}"


def _of(share: float) -> str:
    return f"{share * 100:g}%"
