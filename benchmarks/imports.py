"""Stock imports next to plain SQL: the same file read, staged and merged, or compared, and nothing else.

A shop of 250,000 products in four warehouses, which serve two stores. The ceiling reads the file with Python's csv
module, stages it in a temporary table and merges, or compares, by one statement. On PostgreSQL it copies. It knows
no names but those of the file, keeps no history and no availability, and is one transaction.
"""

from __future__ import annotations

import csv
import gc
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from engine.api.engine import Engine
from engine.requests import Topology
from engine.runtime import Runtime
from engine.storage.schema import open_database, upgrade
from plugins.registry import load_plugins
from rules import EngineRules
from tests.helpers.postgres import new_database

PRODUCTS = 250_000
HOUSES = ("Berlin", "Hamburg", "Cologne", "Munich")
HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n"

_TABLE = """(sku TEXT NOT NULL, warehouse TEXT NOT NULL, quantity BIGINT NOT NULL,
never_out_of_stock SMALLINT NOT NULL, is_bundle SMALLINT NOT NULL"""

_MERGE = """INSERT INTO stock
SELECT sku, warehouse, quantity * 1000000, never_out_of_stock, is_bundle, 1 FROM stage WHERE true
ON CONFLICT (sku, warehouse) DO UPDATE SET quantity = excluded.quantity, is_bundle = excluded.is_bundle,
    never_out_of_stock = excluded.never_out_of_stock, counted_at = excluded.counted_at"""

_COMPARE = """SELECT count(*) FROM stage g LEFT JOIN stock k ON k.sku = g.sku AND k.warehouse = g.warehouse
WHERE k.quantity IS NULL OR k.quantity <> g.quantity * 1000000 OR k.never_out_of_stock <> g.never_out_of_stock
   OR k.is_bundle <> g.is_bundle"""


@dataclass(frozen=True, slots=True)
class Files:
    """Files with a row for each product and warehouse: the first, one that changes all, one that changes 1 %."""

    first: Path
    changed: Path
    few: Path


def write_files(folder: Path, products: int) -> Files:
    """Write the files."""
    chance = random.Random(1)
    files = Files(*(folder / f"{name}.csv" for name in ("first", "changed", "few")))
    with files.first.open("w") as first, files.changed.open("w") as changed, files.few.open("w") as few:
        for file in (first, changed, few):
            file.write(HEADER)
        for n in range(products):
            for place, house in enumerate(HOUSES):
                before = (n * 7 + place) % 900 + 1
                first.write(f"SKU-{n:06},{house},{before},0,0\n")
                changed.write(f"SKU-{n:06},{house},{before + 1000},0,0\n")
                few.write(f"SKU-{n:06},{house},{before + 1000 + (chance.random() < 0.01)},0,0\n")
    return files


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


class PlainSqlite:
    """The ceiling on SQLite, with the settings that Earmark has."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            f"CREATE TABLE stock {_TABLE}, counted_at BIGINT, PRIMARY KEY (sku, warehouse)) WITHOUT ROWID"
        )

    def run(self, path: Path, statement: str) -> float:
        """Return the seconds that a file takes."""
        run = self._connection.execute
        started = time.perf_counter()
        run("BEGIN IMMEDIATE")
        run(f"CREATE TEMP TABLE stage {_TABLE})")
        self._connection.executemany("INSERT INTO stage VALUES (?, ?, ?, ?, ?)", _rows(path))
        run(statement).fetchall()
        run("DROP TABLE stage")
        run("COMMIT")
        return time.perf_counter() - started

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class PlainPostgres:
    """The ceiling on PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            f"CREATE TABLE stock {_TABLE}, counted_at BIGINT, PRIMARY KEY (sku, warehouse)) WITH (fillfactor = 50)"
        )

    def run(self, path: Path, statement: str) -> float:
        """Return the seconds that a file takes."""
        started = time.perf_counter()
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE stage {_TABLE}) ON COMMIT DROP")
            with cursor.copy("COPY stage FROM STDIN") as copy:
                for row in _rows(path):
                    copy.write_row(row)
            cursor.execute("ANALYZE stage")
            cursor.execute(statement)
        took = time.perf_counter() - started
        self._connection.execute("VACUUM ANALYZE stock")
        return took

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def _shop(url: str, products: int) -> Iterator[Engine]:
    upgrade(url)
    with Engine(Runtime(open_database(url), load_plugins([], entry_points=False), EngineRules())) as engine:
        engine.apply_topology(_topology(products))
        yield engine


def _topology(products: int) -> Topology:
    entries = [{"sku": f"A-{n:06}", "concretes": [{"sku": f"SKU-{n:06}"}]} for n in range(products)]
    stores = [{"name": "DE", "warehouses": HOUSES[:3]}, {"name": "AT", "warehouses": HOUSES[3:]}]
    houses = [{"name": name} for name in HOUSES]
    return Topology.model_validate({"warehouses": houses, "stores": stores, "products": entries})


@contextmanager
def _new(server: str | None, folder: Path) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder / 'shop.db'}"
    else:
        with new_database(server, durable=True) as url:
            yield url


def measure(server: str | None, products: int = PRODUCTS) -> Iterator[tuple[str, float, str, float]]:
    """Yield what was measured on SQLite, or on the PostgreSQL server: what it is, value, unit and ceiling."""
    with tempfile.TemporaryDirectory() as name, _new(server, Path(name)) as url:
        folder, rows = Path(name), products * len(HOUSES)
        files = write_files(folder, products)
        with _plain(server, folder) as plain, _shop(url, products) as engine:
            for which, path, statement in (
                ("first", files.first, _MERGE),
                ("changed", files.changed, _MERGE),
                ("few", files.few, _COMPARE),
            ):
                gc.collect()
                ceiling = rows / plain.run(path, statement)
                yield f"_{which}", rows / _seconds(engine, path, rows), "rows/s", ceiling
            yield from _availability(engine, products)
        yield "_memory", _megabytes(url, files.changed), "MB", 300


@contextmanager
def _plain(server: str | None, folder: Path) -> Iterator[Any]:
    if server is None:
        with closing(PlainSqlite(folder)) as plain:
            yield plain
    else:
        with new_database(server, durable=True) as url, closing(PlainPostgres(_plain_url(url))) as plain:
            yield plain


def _plain_url(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def _seconds(engine: Engine, path: Path, rows: int) -> float:
    path.touch()  # a later count than the one before
    started = time.perf_counter()
    report = engine.import_stock(path)
    took = time.perf_counter() - started
    assert report.imported == rows, report.note
    return took


def _availability(engine: Engine, products: int) -> Iterator[tuple[str, float, str, float]]:
    """Availability right after the imports: in bulk, of a hundred, and of one product."""
    chance = random.Random(2)
    for number, name in ((10_000, "bulk"), (100, "hundred"), (1, "one")):
        took = []
        for _ in range(max(5, min(300, 3000 // number))):
            skus = [f"SKU-{n:06}" for n in chance.sample(range(products), min(number, products))]
            started = time.perf_counter()
            engine.availability(skus, "DE")
            took.append(time.perf_counter() - started)
        middle = sorted(took)[len(took) // 2]
        if name == "bulk":
            yield "_availability_bulk", min(number, products) / middle, "skus/s", 50_000
        else:
            yield f"_availability_{name}", middle * 1000, "ms", {"hundred": 10, "one": 1}[name]


def _megabytes(url: str, path: Path) -> float:
    """Return the peak memory of a process that imports the file and does nothing else."""
    command = [sys.executable, "-m", "benchmarks.imports", url, str(path)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def _import_alone(url: str, path: Path) -> None:
    from earmark import open_engine

    with open_engine(url) as engine:
        engine.import_stock(path)
    # What getrusage tells begins with what the process had that started this one.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    print(int(peak[1]) / 1024)


if __name__ == "__main__":
    _import_alone(sys.argv[1], Path(sys.argv[2]))
