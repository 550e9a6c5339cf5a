"""A buyer that tries to get as many pieces as possible, one order at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from engine.api.engine import Engine
from engine.errors import NotAvailable
from tests.helpers.shop import Shop, order

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
    world = Shop(folder, url=url)
    start.wait(120)
    answers.put(buy(world.engine, name, store, tries))
    world.close()


def buy_forked(folder: Path, url: str | None, tries: int, answers: Any) -> None:
    """Open the database, use it, fork workers, and buy in all of them at once with what was opened before.

    Answers with the number of pieces that each process got.
    """
    world = Shop(folder, url=url)
    world.reserved()
    workers = [_forked(partial(buy, world.engine, f"w{number}", "DE", tries)) for number in range(3)]
    own = buy(world.engine, "parent", "DE", tries)
    answers.put([own, *map(_code, workers)])
    world.close()


def outlive_the_parent(folder: Path, url: str | None, answers: Any) -> None:
    """Open the database, use it, fork a worker, and close it while the worker is between two orders.

    Answers with the worker's exit code.
    """
    world = Shop(folder, url=url)
    world.reserved()
    first, closed = os.pipe(), os.pipe()

    def work() -> int:
        world.engine.place(order("before", "tea-1"))
        os.write(first[1], b".")
        os.read(closed[0], 1)
        world.engine.place(order("after", "tea-1"))
        return 0

    worker = _forked(work)
    os.read(first[0], 1)
    world.close()
    os.write(closed[1], b".")
    answers.put(_code(worker))


def _forked(work: Callable[[], int]) -> int:
    """Run the function in a child that has everything this process has; its answer becomes its exit code."""
    child = os.fork()
    if child:
        return child
    code = 255
    with suppress(BaseException):
        code = work()
    os._exit(code)


def _code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
