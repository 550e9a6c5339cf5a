"""A process that does everything a shop does in a day, next to others, on a database that several use."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from engine.errors import ImportInProgress
from engine.hooks import CallContext, Item
from engine.requests import Listing, Selection
from tests.helpers.clock import DAY
from tests.helpers.crashes import at_statement
from tests.helpers.shop import Shop, numbered, order

FIRST = """
    states new paid* shipped* closed
    new -> paid : pay [solvent]
    paid -> shipped : ship
    shipped -> closed : close
    event pay command=charge manual
    event ship command=book manual
    event close timeout=1day
"""
SECOND = f"{FIRST}    new -> closed : cancel\n    event cancel manual\n"


def prepare(folder: Path, url: str) -> None:
    """Make the shop."""
    world = Shop(folder, url=url).stocked(tea_1=100, tea_2=100)
    world.deploy(FIRST)
    world.close()


def trade(folder: Path, url: str, name: str, days: int, moment: int = 0) -> None:
    """Live for some days, or until the process dies at its n-th statement."""
    folder.mkdir(exist_ok=True)
    world = Shop(folder, url=url)
    world.plugins.add_command("charge", _done)
    world.plugins.add_command("book", _done, transactional=True)
    world.plugins.add_condition("solvent", _solvent)
    if moment:
        at_statement(world, moment, lambda: os.kill(os.getpid(), signal.SIGKILL))
    for number in range(days):
        _day(world, f"{name}{number}")
    world.close()


def _done(item: Item, context: CallContext) -> None:
    """Do nothing."""


def _solvent(item: Item, context: CallContext) -> bool:
    """Answer yes."""
    return True


def _day(world: Shop, name: str) -> None:
    engine = world.engine
    engine.place(order(f"{name}-1", "tea-1 1", "tea-2 1"))
    report = engine.place_many(numbered(order(f"{name}-{number}", "tea-1 1") for number in range(2, 6)))
    assert not report.refused, report.refused
    world.trigger_orders("pay", f"{name}-1", f"{name}-2")
    world.trigger_orders("ship", f"{name}-1")
    with suppress(ImportInProgress):  # one of the others is at it, or was killed in it
        engine.import_stock(world.stock_file("tea-2,North,100,0,0"), as_of=world.database.clock())
    assert engine.orders(Listing(limit=5)).orders
    world.deploy(SECOND)
    world.migrate()
    world.forward(DAY)
    engine.run_timeouts()
    engine.run_conditions()
    engine.retry(Selection(process="Sale", state="paid"))
    engine.reconcile(dry_run=True)
    engine.matrix()
    engine.health()
