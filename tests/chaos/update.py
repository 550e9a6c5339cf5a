"""A stock update that a process goes through until it is killed, and that another one can take up."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import engine.inventory.stock.imports
import engine.inventory.stock.staging
from engine.clock import SECOND
from engine.hooks import CallContext, Item
from engine.requests import Selection
from engine.results import ImportReport
from tests.chaos.journal import Journal
from tests.chaos.scenario import die_at
from tests.helpers.clock import HOUR, START
from tests.helpers.shop import Shop, numbered, order, stock_file

UNLOADED = """
    states new* shipped* released done
    new -> shipped : ship
    shipped -> released : stock-update
    released -> done [settled]
    event stock-update command=unload
"""
TOLD = """
    states new* shipped* released told done
    new -> shipped : ship
    shipped -> released : stock-update
    released -> told : on
    told -> done
    event stock-update
    event on onEnter command=tell
"""
PROCESSES = {"Unloaded": UNLOADED, "Told": TOLD}
COUNTED = {"tea-1": 30, "tea-2": 40, "mug-1": 50}
BEFORE = 20
UNKNOWN = "nothing,North,1,0,0"
LATE = "late"
SHIPPED_EARLY = 12
"""How many items were shipped before the count: two of each product in each process."""


def prepare(folder: Path, url: str | None) -> None:
    """Make the shop, ship what was ordered, and have it counted: nobody is killed here."""
    update = Update(folder, url)
    world = update.world.stocked(tea_1=BEFORE, tea_2=BEFORE, mug_1=BEFORE)
    for name, text in PROCESSES.items():
        world.deploy(text, name=name)
    requests = [
        order(f"{name} {number}", *COUNTED, process=name) for name in PROCESSES for number in range(2)
    ]
    late = [order(f"{LATE} {name}", "tea-1", process=name) for name in PROCESSES]
    assert not world.engine.place_many(numbered([*requests, *late])).refused
    world.engine.trigger("ship", Selection(orders=[request.reference for request in requests]))
    world.forward(HOUR)
    rows = [f"{sku},North,{quantity},0,0" for sku, quantity in COUNTED.items()]
    stock_file(update.file, UNKNOWN, *rows)
    written = START // SECOND + HOUR  # when whoever imports it begins: a count is of the time of its file
    os.utime(update.file, (written, written))
    world.close()


class Update:
    """The engine with plugins that leave a line in a file for each of their calls."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.world = Shop(folder, url=url)
        self.world.forward(HOUR)
        self.file = folder / "count.csv"
        self._journal = Journal(folder / "calls.txt")
        self.calls = self._journal.calls
        self.world.plugins.add_command("unload", self._unload)
        self.world.plugins.add_command("tell", self._tell, transactional=True)
        self.world.plugins.add_condition("settled", lambda item, context: True)

    def take_stock(self) -> ImportReport:
        return self.world.engine.import_stock(self.file)

    def settle(self) -> None:
        """What the scheduler does: automatic steps that are due, then waiting items."""
        self.world.engine.run_timeouts()
        self.world.engine.run_conditions(until_idle=True)

    def ship_late(self) -> None:
        """Ship what the count still contains."""
        self.world.forward(HOUR)
        self.world.engine.trigger("ship", Selection(orders=[f"{LATE} {name}" for name in PROCESSES]))
        self.world.forward(HOUR)

    def _unload(self, item: Item, context: CallContext) -> None:
        self._journal.note("unload", context.key, [item.id])

    def _tell(self, item: Item | Sequence[Item], context: CallContext) -> None:
        context.publish("told", {"item": item.id})  # type: ignore[union-attr]


def whole_update(update: Update) -> None:
    """Import in chunks of one product, so that there is something between them."""
    engine.inventory.stock.imports.CHUNK = 1
    engine.inventory.stock.file.BATCH = 2
    update.take_stock()
    update.settle()


def import_until(folder: Path, url: str | None, last: int) -> None:
    """Import and die at the n-th statement."""
    update = Update(folder, url)
    die_at(update.world, last)
    whole_update(update)


def count_statements(folder: Path, url: str | None, answers: object) -> None:
    """Answer with the number of statements of an update that nobody interrupts."""
    update = Update(folder, url)
    names = update.world.statements(lambda: whole_update(update))
    update.world.close()
    answers.put(len(names))  # type: ignore[attr-defined]
