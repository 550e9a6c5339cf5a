"""A day in a shop that a process goes through until it is killed, and that another one can take up."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from engine.hooks import CallContext, Item, Scope
from engine.requests import Selection
from tests.chaos.journal import Journal
from tests.helpers.clock import DAY
from tests.helpers.crashes import at_statement
from tests.helpers.shop import Shop, numbered, order

PROCESS = """
    states new paid* packed* shipped* delivered closed
    new -> paid : authorize
    paid -> packed : pack
    packed -> shipped : ship
    shipped -> delivered : deliver
    delivered -> closed
    event authorize onEnter command=charge
    event pack onEnter command=collect
    event ship command=book manual
    event deliver timeout=1day
"""
PATH = ["new", "paid", "packed", "shipped", "delivered", "closed"]
ORDERS = {"A": ("tea-1 2", "tea-2 1"), "B": ("tea-1 1", "tea-1 1"), "C": ("tea-2 3", "tea-1 1")}


def prepare(folder: Path, url: str | None) -> None:
    """Make the shop; nobody is killed here."""
    world = Shop(folder, url=url).stocked(tea_1=20, tea_2=20)
    world.deploy(PROCESS)
    world.close()


class Day:
    """The engine with plugins that leave a line in a file for each call; one is transactional and leaves none."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.world = Shop(folder, url=url)
        self._journal = Journal(folder / "calls.txt")
        self.calls = self._journal.calls
        plugins = self.world.plugins
        plugins.add_command("charge", self._charge, Scope.ORDER)
        plugins.add_command("collect", self._collect)
        plugins.add_command("book", self._book, transactional=True)

    def place(self) -> None:
        """Place all orders; the stored ones are found again."""
        first, *others = [order(name, *lines) for name, lines in ORDERS.items()]
        self.world.engine.place(first)
        report = self.world.engine.place_many(numbered(others))
        assert not report.refused, report.refused

    def ship(self) -> None:
        """Ship everything that is packed."""
        self.world.engine.trigger("ship", Selection(process="Sale", state="packed"))

    def finish(self) -> None:
        """Let a day go by."""
        self.world.forward(DAY)
        self.world.engine.run_timeouts()
        self.world.engine.run_conditions(until_idle=True)

    def recover(self) -> None:
        """What the scheduler of the next process does: claims have expired, what is due is taken up."""
        self.world.forward(120)
        self.world.engine.run_timeouts()

    def _charge(self, items: Sequence[Item], context: CallContext) -> None:
        self._journal.note("charge", context.key, [item.id for item in items])

    def _collect(self, item: Item, context: CallContext) -> None:
        self._journal.note("collect", context.key, [item.id])

    def _book(self, item: Item, context: CallContext) -> None:
        context.publish("booking", {"item": item.id})


def whole_day(day: Day) -> None:
    day.place()
    day.ship()
    day.finish()


def live_until(folder: Path, url: str | None, last: int) -> None:
    """Go through the day and die at the n-th statement."""
    day = Day(folder, url)
    die_at(day.world, last)
    whole_day(day)


def die_at(world: Shop, last: int) -> None:
    """Have this process killed at the n-th statement from now on; a commit counts as one."""
    at_statement(world, last, lambda: os.kill(os.getpid(), signal.SIGKILL))


def statements(folder: Path, url: str | None) -> list[str]:
    """The statements of a day that nobody interrupts."""
    day = Day(folder, url)
    names = day.world.statements(lambda: whole_day(day))
    assert [day.world.path(item) for item in range(1, 7)] == [PATH] * 6
    day.world.close()
    return names
