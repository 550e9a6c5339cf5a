"""How a driver is talked to: one JSON object a line comes in, one goes out.

A shop of a driver has the methods of ``Shop``. Everything that libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from threading import Thread
from typing import Any, Protocol

from tally import Tally, watch_sqlite

Place = Callable[[str, list[str]], bool]
"""Places an order of one piece of each product under a reference; whether it was taken, or refused for lack of
stock. Whatever else happens is raised."""


class Shop(Protocol):
    """What a driver can do with its peer."""

    def versions(self) -> dict[str, str]:
        """Return the versions of what it runs on."""

    def prepare(self, url: str, stock: dict[str, int]) -> None:
        """Make a shop with these pieces of each product in the empty database."""

    def open(self, url: str) -> None:
        """Open the shop that was prepared."""

    def buyer(self) -> Place:
        """Return what one client places orders with."""

    def promised(self, product: str) -> int:
        """Return how many pieces of the product are sold or reserved, as its own books have it."""


class Server:
    """Answers what the measuring process asks."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._tally = Tally()
        self._buyers: list[Place] = []
        self._number = 0

    def versions(self) -> Any:
        return self._shop.versions()

    def prepare(self, url: str, stock: dict[str, int]) -> Any:
        return self._shop.prepare(url, stock)

    def open(self, url: str, products: list[str], threads: int, counted: bool) -> Any:
        """Open the shop, and place a few orders with every client."""
        if counted:
            watch_sqlite(self._tally)
        self._shop.open(url)
        self._buyers = [self._shop.buyer() for _ in range(threads)]
        return self._together(threads, lambda buyer, _n: _several(buyer, products, self._names(3)))

    def rate(self, products: list[str], threads: int, start: float, seconds: float) -> Any:
        """Place orders of three products until the time is over; return orders a second, how many milliseconds
        each took, and errors."""
        self._number += 1
        names = [f"{os.getpid()}-{self._number}-{n}" for n in range(threads)]
        found = self._together(threads, lambda buyer, n: _buy(buyer, products, names[n], start, seconds))
        return {
            "rate": sum(len(own) / took for own, took, _ in found),
            "waits": [round(wait * 1000, 3) for own, _, _ in found for wait in own],
            "errors": sum((errors for _, _, errors in found), Counter[str]()),
        }

    def rush(self, product: str, orders: int, threads: int, start: float) -> Any:
        """Place orders of one piece of one product; return how they ended."""
        shares = [[*self._names(orders // threads)] for _ in range(threads)]
        found = self._together(threads, lambda buyer, n: _rush(buyer, product, shares[n], start))
        return sum(found, Counter[str]())

    def count(self, products: list[str], orders: int) -> Any:
        """Place orders, and return the statements and commits of the connections that were opened counted."""
        before = self._tally.as_dict()
        _several(self._buyers[0], products, self._names(orders))
        return {name: number - before[name] for name, number in self._tally.as_dict().items()}

    def promised(self, product: str) -> Any:
        return self._shop.promised(product)

    def _names(self, count: int) -> list[str]:
        self._number += 1
        return [f"{os.getpid()}-{self._number}-{n}" for n in range(count)]

    def _together(self, threads: int, work: Callable[[Place, int], Any]) -> list[Any]:
        if threads == 1:
            return [work(self._buyers[0], 0)]
        answers: list[Any] = [None] * threads

        def call(n: int) -> None:
            answers[n] = work(self._buyers[n], n)

        callers = [Thread(target=call, args=(n,)) for n in range(threads)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        return answers


def serve(shop: Shop) -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    server = Server(shop)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"answer": getattr(server, asked.pop("do"))(**asked)}
        except Exception as error:
            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _several(place: Place, products: list[str], names: list[str]) -> None:
    chance = random.Random(names[0])
    for name in names:
        if not place(name, chance.sample(products, 3)):
            raise RuntimeError("the shop refused an order of what it has plenty of")


def _buy(
    place: Place, products: list[str], name: str, start: float, seconds: float
) -> tuple[list[float], float, Counter[str]]:
    """Return seconds an order, seconds until the last one had ended, and errors."""
    chance, waits, errors = random.Random(name), [], Counter()
    time.sleep(max(0.0, start - time.time()))
    number, end = 0, start + seconds
    while time.time() < end:
        wanted = chance.sample(products, 3)
        number += 1
        asked = time.perf_counter()
        ended = _outcome(place, f"{name}-{number}", wanted)
        if ended == "placed":
            waits.append(time.perf_counter() - asked)
        else:
            errors[ended] += 1
    return waits, time.time() - start, errors


def _rush(place: Place, product: str, names: list[str], start: float) -> Counter[str]:
    time.sleep(max(0.0, start - time.time()))
    return Counter(_outcome(place, name, [product]) for name in names)


def _outcome(place: Place, name: str, products: list[str]) -> str:
    try:
        return "placed" if place(name, products) else "refused"
    except Exception as error:
        return type(error).__name__
