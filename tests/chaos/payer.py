"""Buyers who place an order, pay for it in time or leave it, in processes that may be killed at any moment.

Paying takes effect with the step or not at all: its command is transactional and publishes that it was paid. What
buyers were told lies in a file of each process, so that it outlives it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from engine.clock import system_clock
from engine.errors import NotAvailable
from engine.hooks import CallContext, Item
from engine.requests import Selection
from tests.helpers.shop import Shop, order

RUSH = """
    states new paid* expired
    new -> paid : pay
    new -> expired : expire
    event pay command=charge manual
    event expire timeout=1second
"""
SKUS = ("tea-1", "tea-2", "tea-3")
STORES = ("DE", "AT")
"""They sell from one warehouse and share their reservations."""


class Told(NamedTuple):
    """What a buyer was told: accepted, refused, paid, or late (the order had expired)."""

    buyer: int
    answer: str


class Answers:
    """What buyers were told, in the order in which each was told it; a line is in the file whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = os.open(folder / f"{os.getpid()}.told", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def note(self, buyer: int, answer: str) -> None:
        """Take note of an answer."""
        os.write(self._file, f"{time.time_ns()} {buyer} {answer}\n".encode())

    def all(self) -> list[Told]:
        """Return every answer, the earliest first."""
        lines = [
            line.split() for path in self._folder.glob("*.told") for line in path.read_text().splitlines()
        ]
        return [Told(int(buyer), answer) for _, buyer, answer in sorted(lines, key=lambda line: int(line[0]))]


def open_rush(folder: Path, url: str | None) -> Shop:
    """Open the shop with the command by which orders are paid."""
    world = Shop(folder, url=url, clock=system_clock, execution={"lock_wait_s": 30.0})

    def charge(item: Item, context: CallContext) -> None:
        context.publish("charged", {"item": item.id})

    world.plugins.add_command("charge", charge, transactional=True)
    return world


def wanted(buyer: int) -> tuple[str, str]:
    """Return which sku a buyer wants, and in which store."""
    lots = random.Random(buyer)
    return lots.choice(SKUS), lots.choice(STORES)


def pays(buyer: int) -> bool:
    """Return whether a buyer pays at once, as three of four do."""
    return random.Random(-1 - buyer).random() < 0.75


def buy_and_pay(folder: Path, url: str | None, buyers: Sequence[int], threads: int) -> None:
    """Have every buyer buy and pay, so many at once, and let orders expire meanwhile."""
    world = open_rush(folder, url)
    answers, left = Answers(folder), iter(buyers)
    lock = threading.Lock()

    def serve() -> None:
        while True:
            with lock:
                buyer = next(left, None)
            if buyer is None:
                return
            _buy(world, answers, buyer)
            if buyer % 16 == 0:
                world.engine.run_timeouts()

    serving = [threading.Thread(target=serve) for _ in range(threads)]
    for thread in serving:
        thread.start()
    for thread in serving:
        thread.join()
    world.close()


def _buy(world: Shop, answers: Answers, buyer: int) -> None:
    """Buy as a shop does: whatever fails otherwise is noted under its name."""
    sku, store = wanted(buyer)
    try:
        try:
            world.engine.place(order(f"buyer-{buyer}", sku, store=store))
        except NotAvailable:
            answers.note(buyer, "refused")
            return
        answers.note(buyer, "accepted")
        if not pays(buyer):
            return
        report = world.engine.trigger("pay", Selection(orders=(f"buyer-{buyer}",)))
        if {refusal.code for refusal in report.blocked} <= {"event_not_available"}:
            # It may have been paid by the process that was killed.
            (item,) = world.engine.order(f"buyer-{buyer}").items
            answers.note(buyer, {"paid": "paid", "expired": "late"}[item.state])
        else:
            answers.note(buyer, f"pay:{report}".replace(" ", "_"))
    except Exception as error:
        answers.note(buyer, f"{type(error).__name__}:{error}".replace(" ", "_").replace("\n", "_"))
