"""What SQLite itself can do: one statement each for history, state and reservation, with no engine around them.

The ceiling moves ``n`` items at once, keeps an indexed history row per item, and sums up the reservations of
1,000 products afresh, in one transaction of a WAL file. No engine can be faster with the same rows; how close
Earmark comes is what ``make bench`` prints as ``ratio``.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

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


def moves_per_second(items: int, skus: int = 1000) -> float:
    """Return how many items per second plain SQL moves."""
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
