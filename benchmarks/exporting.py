"""All stock written as a file, each row read back, beside a plain query whose rows are written by ``csv``."""

from __future__ import annotations

import csv
import io
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.buyers import earmark_shop
from earmark import open_engine
from earmark.feeds.export.writing import write_stock
from earmark.feeds.loading import feed_named

ROWS = 100_000
RUNS = 3

_PLAIN = """SELECT p.sku, w.name, k.quantity, k.never_out_of_stock, k.is_bundle, k.counted_at
FROM stock k JOIN product p ON p.id = k.product_id JOIN warehouse w ON w.id = k.warehouse_id
ORDER BY k.product_id, k.warehouse_id"""


def rows_per_second(server: str | None) -> tuple[float, float]:
    """Return how many rows a second are exported, and how many plain SQL and csv write, measured in turn."""
    feed = feed_named((), "spryker")
    mine, plain = [], []
    with earmark_shop(server, ROWS) as url, open_engine(url) as engine, _rows_of(url) as query:
        for _ in range(RUNS):
            mine.append(_seconds(lambda: write_stock(io.BytesIO(), feed, engine.export_stock())))
            plain.append(_seconds(lambda: _write(query())))
    return ROWS / statistics.median(mine), ROWS / statistics.median(plain)


@contextmanager
def _rows_of(url: str) -> Iterator[Callable[[], Any]]:
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        yield lambda: file.execute(_PLAIN)
        file.close()
        return
    with psycopg.connect(url.replace("+psycopg", "")) as there:
        yield lambda: there.execute(_PLAIN).fetchall()


def _write(rows: Any) -> None:
    csv.writer(io.StringIO()).writerows(rows)


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
