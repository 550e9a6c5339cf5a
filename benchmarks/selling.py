"""Whether lines can be sold, asked by one caller, beside a plain indexed read of the same rows."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import psycopg

from benchmarks.buyers import earmark_shop
from earmark import open_engine

SKUS = 20_000
CALLS = 1000


def milliseconds(server: str | None, lines: int, calls: int = CALLS) -> float:
    """Return how long an answer to so many lines takes: the median."""
    with earmark_shop(server, SKUS) as url, open_engine(url) as engine:
        chance = random.Random(lines)

        def ask() -> Callable[[], object]:
            asked = [{"sku": f"C{number}", "quantity": 1} for number in chance.sample(range(SKUS), lines)]
            return lambda: engine.can_sell(asked, "DE")

        return _median(ask, calls)


def beside_plain(server: str, lines: int) -> tuple[float, float]:
    """Return how many calls a second, and how many a plain read of these rows by the driver, asked in turn."""
    with earmark_shop(server, SKUS) as url, open_engine(url) as engine:
        there = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        there.prepare_threshold = 1
        ids = [row[0] for row in there.execute("SELECT id FROM product").fetchall()]
        chance, told = random.Random(lines), ([], [])

        def ask() -> Callable[[], object]:
            asked = [{"sku": f"C{number}", "quantity": 1} for number in chance.sample(range(SKUS), lines)]
            return lambda: engine.can_sell(asked, "DE")

        def read() -> Callable[[], object]:
            asked = chance.sample(ids, lines)
            return lambda: there.execute(_PLAIN, (asked,)).fetchall()

        for _ in range(5):
            told[0].append(_median(ask, CALLS // 5))
            told[1].append(_median(read, CALLS // 5))
        there.close()
    mine, plain = (1000 / statistics.median(took) for took in told)
    return mine, plain


_PLAIN = """
    SELECT product_id, stock, reserved, held, never_out_of_stock FROM availability
    WHERE store_id = 1 AND product_id = ANY(%s)
"""


def _median(make: Callable[[], Callable[[], object]], calls: int) -> float:
    took = []
    for _ in range(calls + 20):
        call = make()
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took[20:]) * 1000
