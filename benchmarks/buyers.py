"""Buyers who each place an order of three lines and wait for the answer: Earmark, and plain SQL without it.

Plain SQL is what the database can do at most: on PostgreSQL one statement an order, which inserts the order, its
items and their history and raises three reservations as far as there is stock; on SQLite the same statement by
statement. Every commit is flushed to disk. Clients of plain SQL are processes; those of Earmark are threads of one
or several processes, each of which opens the database for itself.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Barrier, Thread

import psycopg

from benchmarks.ceiling import SHOP_TABLES
from benchmarks.world import PROCESS, settle
from earmark import open_engine
from engine.definition import load_process
from engine.requests import OrderRequest, Topology
from engine.storage.schema import upgrade
from tests.helpers.postgres import new_database

_PG_BUY = """WITH bought AS (INSERT INTO orders (ref, store) VALUES (%s, 1) RETURNING id),
taken AS (UPDATE stock SET reserved = reserved + 1 WHERE store = 1 AND product = ANY (
    SELECT product FROM stock WHERE store = 1 AND product = ANY (%s) AND amount > reserved
    ORDER BY product FOR UPDATE) RETURNING product),
lines AS (INSERT INTO line (order_id, product, quantity, state)
    SELECT bought.id, taken.product, 1, 1 FROM bought, taken RETURNING id),
told AS (INSERT INTO history (item, source, target) SELECT id, 0, 1 FROM lines RETURNING 1)
SELECT count(*) FROM told"""

_SQLITE_SHOP = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, ref TEXT UNIQUE, store INTEGER, created REAL);
CREATE TABLE line (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders, product INTEGER, quantity INTEGER,
                   state INTEGER);
CREATE INDEX line_order ON line (order_id);
CREATE INDEX line_product ON line (product, state);
CREATE TABLE history (id INTEGER PRIMARY KEY, item INTEGER, source INTEGER, target INTEGER, at REAL);
CREATE INDEX history_item ON history (item);
CREATE TABLE stock (store INTEGER, product INTEGER, amount INTEGER, reserved INTEGER, PRIMARY KEY (store, product),
                    CHECK (reserved <= amount)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Rate:
    """What buyers got: orders per second, and how long they waited for the answer, in milliseconds."""

    orders: float
    median_ms: float
    p99_ms: float

    @classmethod
    def of(cls, waits: list[float], seconds: float) -> Rate:
        ordered = sorted(waits)
        return cls(
            len(ordered) / seconds,
            statistics.median(ordered) * 1000,
            ordered[int(len(ordered) * 0.99)] * 1000,
        )


@dataclass(frozen=True)
class Crowd:
    """How many processes with how many threads each, how many products they buy, and for how long."""

    processes: int
    threads: int
    skus: int
    seconds: float


def plain(where: str, crowd: Crowd) -> Rate:
    """Measure plain SQL on a PostgreSQL database, or in an SQLite file when ``where`` is no URL of one."""
    _make_shop(where, crowd.skus)
    return _measured("plain", where, crowd)


@contextmanager
def plain_shop(server: str | None) -> Iterator[str]:
    """Yield where ``plain`` finds an empty database: a file, or the URL of a database of the server."""
    if server is None:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "shop.db")
    else:
        with new_database(server, durable=True) as url:
            yield url


@contextmanager
def earmark_shop(server: str | None, skus: int) -> Iterator[str]:
    """Yield the URL of a database of Earmark with stock of ``skus`` products for everybody."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if server is None:
            url = f"sqlite:///{root / 'shop.db'}"
            _fill(url, root, skus)
            yield url
        else:
            with new_database(server, durable=True) as url:
                _fill(url, root, skus)
                yield url


def earmark(url: str, crowd: Crowd) -> Rate:
    """Measure Earmark on a database that ``earmark_shop`` made."""
    return _measured("earmark", url, crowd)


def _fill(url: str, root: Path, skus: int) -> None:
    (root / "Bench.xml").write_text(PROCESS.replace(' condition="Bench/Guard"', ""))
    rows = (f"C{n},W1,100000000,0,0\n" for n in range(skus))
    (root / "stock.csv").write_text(
        "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n" + "".join(rows)
    )
    products = [{"sku": f"A{n}", "concretes": [{"sku": f"C{n}"}]} for n in range(skus)]
    stores = [{"name": "DE", "warehouses": ["W1"]}]
    topology = {"warehouses": [{"name": "W1"}], "stores": stores, "products": products}
    upgrade(url)
    with open_engine(url) as engine:
        engine.apply_topology(Topology.model_validate(topology))
        process = load_process(root / "Bench.xml").process
        assert process is not None
        engine.deploy(process)
        engine.import_stock(root / "stock.csv")
        settle(engine)


def _make_shop(where: str, skus: int) -> None:
    if where.startswith("postgresql"):
        with psycopg.connect(where, autocommit=True) as there:
            for statement in SHOP_TABLES:
                there.execute(statement)
            there.execute(
                "INSERT INTO stock SELECT 1, n, 100000000, 0 FROM generate_series(0, %s - 1) n", (skus,)
            )
            there.execute("VACUUM ANALYZE")
        return
    file = sqlite3.connect(where, isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.executescript(_SQLITE_SHOP)
    file.execute("BEGIN")
    file.executemany("INSERT INTO stock VALUES (1, ?, 100000000, 0)", ((n,) for n in range(skus)))
    file.execute("COMMIT")
    file.close()


def _measured(kind: str, where: str, crowd: Crowd) -> Rate:
    command = [sys.executable, "-m", "benchmarks.buyers", kind, where, str(crowd.threads), str(crowd.skus)]
    children = [
        subprocess.Popen(
            [*command, str(number), str(crowd.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(crowd.processes)
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
    start = time.time() + 0.2
    for child in children:
        assert child.stdin is not None
        child.stdin.write(f"{start}\n")
        child.stdin.flush()
    waits = [wait for child in children for wait in json.loads(child.communicate()[0])]
    return Rate.of(waits, crowd.seconds)


def _child(kind: str, where: str, threads: int, skus: int, number: int, seconds: float) -> None:
    """Buy as one process once it is told when to start, and print how long each order took."""
    waits: list[list[float]] = [[] for _ in range(threads)]
    told: Queue[float] = Queue()
    ready = Barrier(threads + 1)
    with _buying(kind, where) as open_buyer:

        def call(n: int) -> None:
            name, buy = f"{os.getpid()}-{number}-{n}", open_buyer()
            buy(f"{name}-first", list(range(3)))
            ready.wait()
            _buy(buy, name, skus, (told.get(), seconds), waits[n])

        callers = [Thread(target=call, args=(n,)) for n in range(threads)]
        for caller in callers:
            caller.start()
        ready.wait()
        print("ready", flush=True)
        start = float(sys.stdin.readline())
        for _ in callers:
            told.put(start)
        for caller in callers:
            caller.join()
    print(json.dumps([wait for own in waits for wait in own]))


Buyer = Callable[[str, list[int]], None]


def _buy(buy: Buyer, name: str, skus: int, when: tuple[float, float], waits: list[float]) -> None:
    chance = random.Random(name)
    start, seconds = when
    time.sleep(max(0.0, start - time.time()))
    number, end = 0, start + seconds
    while time.time() < end:
        products = sorted(chance.sample(range(skus), 3))
        asked = time.perf_counter()
        buy(f"{name}-{number}", products)
        waits.append(time.perf_counter() - asked)
        number += 1


@contextmanager
def _buying(kind: str, where: str) -> Iterator[Callable[[], Buyer]]:
    if kind == "earmark":
        with open_engine(where) as engine:

            def place(reference: str, products: list[int]) -> None:
                lines = [{"sku": f"C{n}", "quantity": 1} for n in products]
                order = {"reference": reference, "store": "DE", "process": "Bench", "items": lines}
                assert not engine.place(OrderRequest.model_validate(order)).existing

            yield lambda: place
    else:
        yield lambda: _plain_buyer(where)


def _plain_buyer(where: str) -> Buyer:
    if where.startswith("postgresql"):
        there = psycopg.connect(where, autocommit=True)
        there.prepare_threshold = 1

        def buy(reference: str, products: list[int]) -> None:
            row = there.execute(_PG_BUY, (reference, products)).fetchone()
            assert row == (3,)

        return buy
    file = sqlite3.connect(where, isolation_level=None, timeout=30)
    file.execute("PRAGMA synchronous=FULL")

    def buy_here(reference: str, products: list[int]) -> None:
        file.execute("BEGIN IMMEDIATE")
        order = file.execute(
            "INSERT INTO orders (ref, store, created) VALUES (?, 1, 0)", (reference,)
        ).lastrowid
        items = [
            file.execute(
                "INSERT INTO line (order_id, product, quantity, state) VALUES (?, ?, 1, 1)", (order, product)
            ).lastrowid
            for product in products
        ]
        for product in products:
            taken = file.execute(
                "UPDATE stock SET reserved = reserved + 1 WHERE store = 1 AND product = ? AND amount > reserved",
                (product,),
            )
            assert taken.rowcount == 1
        file.executemany(
            "INSERT INTO history (item, source, target, at) VALUES (?, 0, 1, 0)", [(item,) for item in items]
        )
        file.execute("COMMIT")

    return buy_here


if __name__ == "__main__":
    what, place, *numbers = sys.argv[1:]
    _child(what, place, *map(int, numbers[:3]), float(numbers[3]))
