"""A buyer that tries to get as many pieces as possible, one order at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import NotAvailable
from engine.service import Engine
from tests.helpers.world import World, order

PROCESSES = {
    "holds": "states new paid*\nnew -> paid : pay",
    "reserves": "states open* done\nopen -> done : close",
    "reserves on enter": "states new paid*\nnew -> paid : on\nevent on onEnter",
}


def buy(engine: Engine, name: str, store: str, tries: int) -> int:
    """Place orders of one piece; return how many were accepted."""
    accepted = 0
    for number in range(tries):
        try:
            engine.place(order(f"{name}-{number}", "tea-1", store=store))
        except NotAvailable:
            continue
        accepted += 1
    return accepted


def buy_alone(
    folder: Path, url: str | None, name: str, store: str, tries: int, start: Any, answers: Any
) -> None:
    """Open the database in this process, wait for the start, buy, and answer with the number of pieces."""
    world = World(folder, url=url)
    start.wait(30)
    answers.put(buy(world.engine, name, store, tries))
    world.close()
