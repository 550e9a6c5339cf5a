"""An import of a feed that a process goes through until it is killed, and that another one can take up."""

from __future__ import annotations

from pathlib import Path

import engine.inventory.stock.imports
from engine.feeds import ToldApart
from engine.requests import Selection
from engine.results import ImportReport
from tests.chaos.scenario import die_at
from tests.helpers.clock import HOUR
from tests.helpers.shop import FeedRows, Shop, order

PROCESS = """
    states new* shipped* released
    new -> shipped : ship
    shipped -> released : stock-update
"""
BEFORE = {"tea-1": 20, "tea-2": 20, "mug-1": 20}
FEEDS = {
    "delta": ("tea-1,North,5", "tea-2,North,-3", "nothing,North,1", "mug-1,North,-21"),
    "available": ("tea-1,North,10", "tea-2,North,12", "nothing,North,1", "mug-1,North,7"),
    "whole": ("tea-1,North,10", "!mug-1"),
}
"""What the feeds of each kind say."""

AFTER = {
    "delta": {"tea-1": 25, "tea-2": 17, "mug-1": 20},
    "available": {"tea-1": 11, "tea-2": 13, "mug-1": 8},
    "whole": {"tea-1": 10, "tea-2": 0, "mug-1": 20},
}
"""What is in stock then: of each product one piece is ordered and not shipped."""

CAME_TO = {"delta": (2, 0), "available": (3, 3), "whole": (2, 2)}
"""How many numbers change by that, and how many items are released: the shipped ones of what is counted."""


def prepare(folder: Path, url: str | None) -> None:
    """Make the shop, with one piece of each product ordered and one shipped."""
    world = Shop(folder, url=url).stocked(tea_1=20, tea_2=20, mug_1=20)
    world.deploy(PROCESS)
    for name in ("shipped", "waiting"):
        world.engine.place(order(name, *BEFORE))
    world.engine.trigger("ship", Selection(orders=["shipped"]))
    world.close()


class Feeding:
    """A shop some hours later, and what is fed to it."""

    def __init__(self, folder: Path, url: str | None, kind: str) -> None:
        self.world = Shop(folder, url=url)
        self.world.forward(HOUR)
        self._kind = kind

    def feed(self, *, written_at: int | None = None, dry_run: bool = False, **delivery: str) -> ImportReport:
        """Import the feed, of the time of its file. ``delivery`` has its name and stamp, if it is another one."""
        terms = {"whole": True} if self._kind == "whole" else {"kind": self._kind}
        if self._kind == "delta":
            terms["told_apart"] = ToldApart.TIME
        terms |= delivery
        at = self.world.clock() if written_at is None else written_at
        source = FeedRows(*FEEDS[self._kind], batch=1, feed="chaos", written_at=at, **terms)
        return self.world.engine.import_stock(source, dry_run=dry_run)

    def stock(self) -> dict[str, int]:
        rows = self.world.query(
            "SELECT p.sku, k.quantity / 1000000 FROM stock k JOIN product p ON p.id = k.product_id"
        )
        return {sku: int(quantity) for sku, quantity in rows}


def import_until(folder: Path, url: str | None, kind: str, dry_run: bool, last: int) -> None:
    """Import, a product at a time, and die at the n-th statement."""
    engine.inventory.stock.imports.CHUNK = 1
    feeding = Feeding(folder, url, kind)
    die_at(feeding.world, last)
    feeding.feed(dry_run=dry_run)


def count_statements(folder: Path, url: str | None, kind: str, dry_run: bool, answers: object) -> None:
    """Answer with the number of statements of an import that nobody interrupts."""
    engine.inventory.stock.imports.CHUNK = 1
    feeding = Feeding(folder, url, kind)
    names = feeding.world.statements(lambda: feeding.feed(dry_run=dry_run))
    feeding.world.close()
    answers.put(len(names))  # type: ignore[attr-defined]
