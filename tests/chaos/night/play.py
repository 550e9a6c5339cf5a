"""A night, played: orders and shipments, counts that arrive as they like, processes that are killed, an audit."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EarmarkError
from tests.chaos.audit import audit
from tests.chaos.night.carriers import Folder, Receipts, Server
from tests.chaos.night.clock import SECOND
from tests.chaos.night.files import WRITERS
from tests.chaos.night.shelves import Model, Shelves, Shipped
from tests.chaos.night.stage import SALE, SKUS, STORES, TOPOLOGY, open_shop, write_settings
from tests.chaos.night.worker import BEGUN, ENDED, work
from tests.chaos.processes import in_process
from tests.helpers.file_server import serving
from tests.helpers.shop.opened import empty_file

ROUNDS = 5
"""How often a day the warehouses are asked for their counts."""

LONGEST_S = 120.0
"""How long a process may need on a busy machine."""


@dataclass
class Night:
    """Everything that a night goes on with."""

    folder: Path
    url: str
    seed: int
    lots: random.Random = field(init=False)
    killed: int = 0
    runs: int = 0

    def __post_init__(self) -> None:
        self.lots = random.Random(self.seed)

    def play(self, days: int) -> None:
        """Play so many days. Raises AssertionError with the seed for what is not as the model says."""
        with serving() as server:
            write_settings(self.folder, server.port)
            if self.url.startswith("sqlite"):
                shutil.copy(empty_file(), self.url.removeprefix("sqlite:///"))
            self.shop = open_shop(self.folder, self.url)
            try:
                self._begin(server)
                for day in range(days):
                    for _ in range(ROUNDS):
                        self._round()
                    self._look(f"after day {day + 1}")
                self._end()
                self._look("in the end")
            except AssertionError as error:
                raise AssertionError(f"seed {self.seed}: {error}") from error
            finally:
                self.shop.close()
        print(f"seed {self.seed}: {self.killed} of {self.runs} runs were killed; {self._said()}")

    def _said(self) -> str:
        shipped, released = len(self.model.shipped), len(self.model.released)
        return f"{self.shop.orders} orders, {shipped} shipped, {released} of them released"

    def _begin(self, server: Any) -> None:
        self.shop.topology(**TOPOLOGY)
        self.shop.deploy(SALE)
        self.shelves, self.model = Shelves(self.lots), Model()
        self.hub = Server(server, self.lots)
        self.folders = [Folder(name, self.folder / name, self.lots) for name in ("north", "south", "west")]
        self.receipts = Receipts(self.folder / "receipts", self.lots)
        self.waiting: list[tuple[str, str, int]] = []
        self._end()
        self._look("at first")

    # --- what happens ---

    def _round(self) -> None:
        """Some time goes by in the shop, then the warehouses count, and the files are taken in."""
        for _ in range(self.lots.randint(2, 6)):
            self._forward(self.lots.randint(60, 3600))
            self._trade()
        now = self._forward(60)
        meanwhile: list[Callable[[], None]] = [self._trade]
        for folder in self.folders:
            count = self.shelves.count(WRITERS[folder.name][0], now)
            if (later := folder.send(count, self.model)) is not None:
                meanwhile.append(later)
        self.hub.send(self.shelves.count("Hub", now), self.model)
        self.receipts.send(self.shelves.receive(self._forward(30)), self.model)
        self._forward(30)
        self._take_in(meanwhile)

    def _trade(self) -> None:
        """Somebody orders, something is shipped, and goods come."""
        for _ in range(self.lots.randint(0, 3)):
            store, sku = self.lots.choice([*STORES]), self.lots.choice(SKUS)
            try:
                (item,) = self.shop.place(sku, store=store)
            except EarmarkError as refused:
                assert refused.code == "not_available", refused.message
                continue
            self.waiting.append((store, sku, item))
        for one in [one for one in self.waiting if self.lots.random() < 0.5]:
            self._ship(*one)
        self.shelves.deliver()

    def _ship(self, store: str, sku: str, item: int) -> None:
        if not self.shelves.take(store, sku):
            return  # it will come again
        report = self.shop.trigger("ship", item)
        assert report.moved == 1, report.as_dict()
        self.waiting.remove((store, sku, item))
        self.model.shipped.append(Shipped(item, store, sku, self.shop.clock()))

    def _forward(self, seconds: float) -> int:
        # Whole seconds: the time of a file of the web has no others.
        return int(self.shop.clock.forward(seconds))  # type: ignore[attr-defined]

    # --- the processes ---

    def _take_in(self, meanwhile: list[Callable[[], None]]) -> None:
        """Start processes and kill them, until two have come to their end; meanwhile the shop goes on."""
        ended = 0
        while ended < 2:
            process = self._start()
            if self.lots.random() < 0.6 and ended == 0:
                time.sleep(self.lots.uniform(0, 0.25))
                while meanwhile:
                    meanwhile.pop(self.lots.randrange(len(meanwhile)))()
                process.kill()
                self.killed += 1
            else:
                while meanwhile:
                    meanwhile.pop(self.lots.randrange(len(meanwhile)))()
            process.join(LONGEST_S)
            assert process.exitcode in (0, -9), (
                f"a process ended with {process.exitcode}, not by being killed"
            )
            ended += (self.folder / ENDED).exists()
            self._forward(90)  # the leases of whoever was killed are over

    def _start(self) -> Any:
        for name in (BEGUN, ENDED):
            (self.folder / name).unlink(missing_ok=True)
        process = in_process(work, self.folder, self.url)
        self.runs += 1
        until = time.monotonic() + LONGEST_S
        while not (self.folder / BEGUN).exists() and process.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        return process

    def _end(self) -> None:
        """Let all that is on its way arrive, and everything be counted once more."""
        now = self._forward(3600)
        for folder in self.folders:
            folder.bring_all(self.model)
            folder.held.append(self.shelves.count(WRITERS[folder.name][0], now))
            folder.bring_all(self.model)
        self.hub.bring_all(self.shelves.count("Hub", now), self.model)
        self._forward(60)
        self._take_in([])

    # --- the audit ---

    def _look(self, when: str) -> None:
        """Compare all that the shop says with the model."""
        audit(self.shop)
        stock = {
            (row.warehouse, row.sku): int(row.quantity) for sku in SKUS for row in self.shop.engine.stock(sku)
        }
        wrong = {key: (stock.get(key), self.model.stock[key]) for key in self.model.stock if
                 stock.get(key) != self.model.stock[key]}  # fmt: skip
        assert not wrong, f"{when}: stock and model differ: {wrong}"
        self._look_at_items(when)
        open_items = self._open()
        for store, houses in STORES.items():
            for sku in SKUS:
                left = sum(self.model.stock[house, sku] for house in houses) - open_items.get((store, sku), 0)
                (view,) = self.shop.engine.availability([sku], store)
                assert view.available == max(0, left), (
                    f"{when}: {sku} in {store}: {view.as_dict()}, not {left}"
                )

    def _open(self) -> dict[tuple[str, str], int]:
        """Return how many items of each store and sku are reserved: those that wait, and those in no count yet."""
        found: dict[tuple[str, str], int] = {}
        shipped = [(one.store, one.sku) for one in self.model.shipped if one.item not in self.model.released]
        for key in [*((store, sku) for store, sku, _ in self.waiting), *shipped]:
            found[key] = found.get(key, 0) + 1
        return found

    def _look_at_items(self, when: str) -> None:
        for one in self.model.shipped:
            path = self.shop.path(one.item)
            wanted = [None, "new", "shipped", *(["released"] if one.item in self.model.released else [])]
            seconds = (self.shop.clock() - one.at) / SECOND
            assert path in (wanted, wanted[1:]), f"{when}: item {one.item}, shipped {seconds:g} s ago: {path}"
