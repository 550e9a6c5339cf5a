"""What the database itself can do: plain statements for history, state and reservation, and no engine around them.

The ceiling moves ``n`` items at once, keeps an indexed history row per item, and sums up the reservations of
1,000 products afresh, in one transaction. How close Earmark comes with the same rows is what ``make bench``
prints as ``ratio``. For single items on PostgreSQL the ceiling is a plain checkout: an order of three items with
its history and reservations, statement by statement, in one transaction.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from pathlib import Path

import psycopg

from tests.helpers.postgres import new_database

_SCHEMA = """
CREATE TABLE state (id INTEGER PRIMARY KEY, reserved INTEGER);
CREATE TABLE item (id INTEGER PRIMARY KEY, order_id INTEGER, store INTEGER, product INTEGER, quantity INTEGER,
                   state INTEGER, since REAL);
CREATE INDEX item_by_product ON item (store, product, state);
CREATE INDEX item_by_state ON item (state);
CREATE TABLE history (id INTEGER PRIMARY KEY, item INTEGER, source INTEGER, target INTEGER, event INTEGER,
                      at REAL);
CREATE INDEX history_by_item ON history (item);
CREATE TABLE reserved (store INTEGER, product INTEGER, quantity INTEGER, PRIMARY KEY (store, product))
    WITHOUT ROWID;
"""

_MOVE = (
    "INSERT INTO history (item, source, target, event, at) SELECT id, state, 1, 7, 1.0 FROM item WHERE state = 0",
    "UPDATE item SET state = 1, since = 1.0 WHERE state = 0",
    "INSERT OR REPLACE INTO reserved SELECT store, product, sum(quantity) FROM item "
    "WHERE state IN (SELECT id FROM state WHERE reserved = 1) GROUP BY store, product",
)


def moves_per_second(items: int, skus: int = 1000, *, server: str | None = None) -> float:
    """Return how many items per second plain SQL moves, in an SQLite file or on a PostgreSQL server."""
    return _sqlite(items, skus) if server is None else _postgresql(items, skus, server)


def _sqlite(items: int, skus: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "ceiling.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_SCHEMA)
        connection.executemany(
            "INSERT INTO state VALUES (?, ?)", [(n, int(n in (1, 2, 3))) for n in range(40)]
        )
        connection.execute("BEGIN")
        rows = ((n, n // 3, 1, n % skus, 1) for n in range(items))
        connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, 0, 0)", rows)
        connection.execute("COMMIT")
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for statement in _MOVE:
            connection.execute(statement)
        connection.execute("COMMIT")
        took = time.perf_counter() - started
        connection.close()
    return items / took


_PG_SCHEMA = (
    "CREATE TABLE item (id bigint PRIMARY KEY, order_id int, store int, product int, quantity int, state smallint,"
    " since timestamptz) WITH (fillfactor = 50)",
    "CREATE TABLE history (id bigserial PRIMARY KEY, item bigint, source smallint, target smallint,"
    " event smallint, at timestamptz)",
    "CREATE TABLE reserved (store int, product int, quantity int, PRIMARY KEY (store, product))",
    "CREATE TABLE state (id smallint PRIMARY KEY, reserved bool)",
    "INSERT INTO state SELECT n, n IN (1, 2, 3) FROM generate_series(0, 39) n",
)

_PG_FILL = "INSERT INTO item SELECT n, n / 3, 1, n %% %s, 1, 0, now() FROM generate_series(0, %s - 1) n"

_PG_INDEXES = (
    "CREATE INDEX ON item (store, product, state)",
    "CREATE INDEX ON item (state)",
    "CREATE INDEX ON history (item)",
    "VACUUM ANALYZE item",
    "CHECKPOINT",
)

_PG_MOVE = (
    "WITH moved AS (UPDATE item SET state = 1, since = now() WHERE state = 0 RETURNING id)"
    " INSERT INTO history (item, source, target, event, at) SELECT id, 0, 1, 7, now() FROM moved",
    "INSERT INTO reserved SELECT store, product, sum(quantity) FROM item"
    " WHERE state IN (SELECT id FROM state WHERE reserved) GROUP BY 1, 2"
    " ON CONFLICT (store, product) DO UPDATE SET quantity = excluded.quantity",
)


def _postgresql(items: int, skus: int, server: str) -> float:
    with new_database(server, durable=True) as url, psycopg.connect(url, autocommit=True) as connection:
        for statement in _PG_SCHEMA:
            connection.execute(statement)
        connection.execute(_PG_FILL, (skus, items))
        for statement in _PG_INDEXES:
            connection.execute(statement)
        started = time.perf_counter()
        with connection.transaction():
            for statement in _PG_MOVE:
                connection.execute(statement)
        took = time.perf_counter() - started
    return items / took


SHOP_TABLES = (
    "CREATE TABLE orders (id bigserial PRIMARY KEY, ref text UNIQUE, store int, created timestamptz DEFAULT now())",
    "CREATE TABLE line (id bigserial PRIMARY KEY, order_id bigint REFERENCES orders, product int, quantity int,"
    " state smallint)",
    "CREATE INDEX ON line (order_id)",
    "CREATE INDEX ON line (product, state)",
    "CREATE TABLE history (id bigserial PRIMARY KEY, item bigint, source smallint, target smallint,"
    " at timestamptz DEFAULT now())",
    "CREATE INDEX ON history (item)",
    "CREATE TABLE stock (store int, product int, amount int, reserved int, PRIMARY KEY (store, product),"
    " CHECK (reserved <= amount)) WITH (fillfactor = 50)",
)
"""The tables of a plain shop on PostgreSQL."""

_STOCKED = (
    "INSERT INTO stock SELECT 1, n, 100000000, 0 FROM generate_series(0, 9999) n",
    "VACUUM ANALYZE",
)


_RESERVE = """UPDATE stock SET reserved = reserved + 1
WHERE store = 1 AND product = %s AND amount - reserved >= 1"""


def checkouts_per_second(server: str, count: int = 1000) -> float:
    """Return how many plain checkouts a second one client makes on a PostgreSQL server."""
    chance = random.Random(1)
    with new_database(server, durable=True) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.prepare_threshold = 1
        for statement in (*SHOP_TABLES, *_STOCKED):
            connection.execute(statement)
        started = time.perf_counter()
        for number in range(count):
            with connection.transaction():
                _checkout(connection, number, sorted(chance.sample(range(10_000), 3)))
        took = time.perf_counter() - started
    return count / took


def _checkout(connection: psycopg.Connection, number: int, products: list[int]) -> None:
    order = connection.execute(
        "INSERT INTO orders (ref, store) VALUES (%s, 1) RETURNING id", (f"o{number}",)
    ).fetchone()
    assert order is not None
    items = connection.execute(
        "INSERT INTO line (order_id, product, quantity, state)"
        " SELECT %s, p, 1, 1 FROM unnest(%s::int[]) p RETURNING id",
        (order[0], products),
    ).fetchall()
    for product in products:
        assert connection.execute(_RESERVE, (product,)).rowcount == 1
    connection.execute(
        "INSERT INTO history (item, source, target) SELECT i, 0, 1 FROM unnest(%s::bigint[]) i",
        ([item[0] for item in items],),
    )
