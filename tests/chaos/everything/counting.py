"""Warehouses: goods come in, stock is counted and imported, with a time that is given or that of the file."""

from __future__ import annotations

import os
from pathlib import Path

from engine.clock import SECOND
from engine.results import ImportReport
from tests.chaos.everything.deeds import Deeds
from tests.chaos.everything.stage import HOUSES, NAMED, OTHERS, WATCHED
from tests.helpers.shop import stock_file


class Counting(Deeds):
    """Stock imports. What is watched is counted as it lies on the shelves; of all else any number will do."""

    def deliver(self) -> None:
        """Goods come in, and are counted."""
        house = self.lots.choice(HOUSES)
        with self.outside.alone():
            for sku in (*WATCHED, *NAMED):
                self.outside.bring(sku, house, self.lots.choice([0, 1, 2, 4]), self.now)
        self._import("deliver", *self._counted([house]))

    def count_given(self) -> None:
        """A count of this moment, told by whoever imports it."""
        self._import("count_given", *self._counted([self.lots.choice(HOUSES)]))

    def count_old(self) -> None:
        """A count of a moment ago, which may be older than the stored one."""
        self._import("count_old", *self._counted([self.lots.choice(HOUSES)], ago_s=0.5))

    def count_file(self) -> None:
        """A count whose time is that of its file."""
        self._import("count_file", *self._counted([self.lots.choice(HOUSES)]), given=False)

    def count_both(self) -> None:
        """Both warehouses in one file."""
        self._import("count_both", *self._counted(HOUSES))

    def count_elsewhere(self) -> None:
        """Warehouses of other stores."""
        house = self.lots.choice(["West", "East"])
        rows = [f"{sku},{house},{self.lots.randint(0, 6)},0,0" for sku in OTHERS]
        self._import("count_elsewhere", stock_file(self._new_file(), *rows), self.now)

    def count_again(self) -> None:
        """A file that somebody has imported, or was killed with."""
        found = self.outside.rows("SELECT file, as_of, given FROM counted ORDER BY rowid DESC LIMIT 6")
        if found:
            file, as_of, given = self.lots.choice(found)
            self._import("count_again", Path(file), as_of, given=bool(given))

    def _counted(self, houses: tuple[str, ...] | list[str], ago_s: float = 0.0) -> tuple[Path, int]:
        """Write down what lies on the shelves of these warehouses at a moment, while nobody takes anything."""
        with self.outside.alone():
            as_of = self.now - int(ago_s * SECOND)
            rows = [
                f"{sku},{house},{self.outside.on_shelf(sku, house, as_of)},0,0"
                for house in houses
                for sku in (*WATCHED, *NAMED)
            ]
            for house in houses:
                rows += [f"{sku},{house},{self.lots.randint(0, 9)},0,0" for sku in OTHERS[:3]]
                rows.append(f"endless-1,{house},{self.lots.randint(0, 3)},{self.lots.choice([0, 1])},0")
            path = stock_file(self._new_file(), *rows)
            os.utime(path, ns=(as_of * 1000, as_of * 1000))  # a disk's clock is a little behind
            return path, as_of

    def _new_file(self) -> Path:
        number = self.outside.value("SELECT coalesce(max(id), 0) FROM call")
        return self.stage.folder / f"{self.name}-{number}.csv"

    def _import(self, deed: str, path: Path, as_of: int, *, given: bool = True) -> None:
        houses = sorted({line.split(",")[1] for line in path.read_text().splitlines()[1:]})
        with self.outside.alone():
            self.outside.rows(
                "INSERT OR IGNORE INTO counted VALUES (?, ?, ?, ?, ?)",
                *(str(path), ",".join(houses), as_of, given, self.now),
            )
        self.ask(
            deed,
            {"file": str(path)},
            lambda engine: engine.import_stock(path, as_of=as_of if given else None),
            told=_imported,
        )


def _imported(report: ImportReport) -> dict[str, object]:
    return {"released": report.released, "imported": report.imported, "complete": report.complete}
