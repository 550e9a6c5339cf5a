"""A database to measure on: two stores, a number of products, items in one state, made by plain SQL.

An SQLite file, or a database of the PostgreSQL server that EARMARK_TEST_POSTGRES names (else one that is
started, as for the tests).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from engine.api.engine import Engine
from engine.definition import load_process
from engine.requests import Topology
from engine.runtime import Runtime
from engine.storage.schema import open_database, upgrade
from plugins.registry import load_plugins
from rules import EngineRules
from tests.helpers.postgres import new_database

PLUGINS = """
from plugins import condition

@condition("Bench/Guard")
def guard(item, context):
    return item.quantity > 0
"""

PROCESS = """<statemachine xmlns="urn:earmark:process:1"><process name="Bench" main="true">
<states><state name="new"/><state name="paid" reserved="true"/><state name="checked" reserved="true"/>
<state name="due"/><state name="done"/></states>
<transitions>
<transition><source>new</source><target>paid</target><event>pay</event></transition>
<transition condition="Bench/Guard"><source>new</source><target>checked</target><event>check</event></transition>
<transition><source>paid</source><target>done</target><event>ship</event></transition>
<transition><source>checked</source><target>done</target><event>ship</event></transition>
<transition><source>due</source><target>done</target><event>expire</event></transition>
</transitions>
<events><event name="pay" manual="true"/><event name="check" manual="true"/><event name="ship" manual="true"/>
<event name="expire" timeout="1 day"/></events>
</process></statemachine>"""


@contextmanager
def world(
    items: int, skus: int = 1000, *, server: str | None = None, state: str = "new", timeouts: bool = False
) -> Iterator[Engine]:
    """Yield an engine on a new database with ``items`` items of quantity 1 in one state.

    The database is an SQLite file, or one of the PostgreSQL ``server``. With ``timeouts`` every item has one
    that was due long ago.
    """
    with tempfile.TemporaryDirectory() as folder, new_world(server, Path(folder)) as url:
        root = Path(folder)
        (root / "Bench.xml").write_text(PROCESS)
        (root / "bench_plugins.py").write_text(PLUGINS)
        upgrade(url)
        rules = EngineRules.model_validate({"checkout": {"hold": False}})
        plugins = load_plugins([str(root / "bench_plugins.py")], entry_points=False)
        with Engine(Runtime(open_database(url), plugins, rules)) as engine:
            process = load_process(root / "Bench.xml").process
            assert process is not None
            engine.deploy(process)
            engine.apply_topology(_topology(skus))
            fill(engine, items, skus, state)
            if timeouts:
                arm(engine)
            settle(engine)
            yield engine


@contextmanager
def new_world(server: str | None, folder: Path) -> Iterator[str]:
    """Yield the URL of a database that is not there yet: a file in the folder, or an empty one of the server."""
    if server is None:
        yield f"sqlite:///{folder / 'bench.db'}"
    else:
        with new_database(server, durable=True) as url:
            yield url


def _topology(skus: int) -> Topology:
    products = [{"sku": f"A{n}", "concretes": [{"sku": f"C{n}"}]} for n in range(skus)]
    stores = [{"name": "DE", "warehouses": ["W1"]}, {"name": "AT", "warehouses": ["W2"]}]
    houses = [{"name": "W1"}, {"name": "W2"}]
    return Topology.model_validate({"warehouses": houses, "stores": stores, "products": products})


_NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
)

_STOCK = """INSERT INTO stock (product_id, warehouse_id, quantity)
SELECT p.id, w.id, 1000000000000 FROM product p, warehouse w"""

_AVAILABLE = "UPDATE availability SET stock = 1000000000000, available = 1000000000000"

_ORDERS = f"""{_NUMBERS}
INSERT INTO sales_order (id, reference, store_id, version_id, placed_at, fingerprint, data)
SELECT i + 1, 'o' || i, i % 2 + 1, 1, 0, '', '{{}}' FROM n WHERE i % 3 = 0"""

_ITEMS = f"""{_NUMBERS}
INSERT INTO order_item (id, order_id, store_id, product_id, line, quantity, state_id, state_since)
SELECT i + 1, i - i % 3 + 1, (i - i % 3) % 2 + 1, i % :skus + 1, 1, 1000000,
       (SELECT id FROM process_state WHERE name = :state), 0 FROM n"""

_DUE = """INSERT INTO item_timeout (item_id, event, due_at)
SELECT id, 'expire', id FROM order_item WHERE id > :after"""


def fill(engine: Engine, items: int, skus: int, state: str, *, first: int = 0) -> None:
    """Add ``items`` items in a state, numbered from ``first`` (a multiple of 3); quantities do not count yet."""
    known = {"first": first, "last": first + items - 1}
    with engine.runtime.database.writer.connect() as raw, raw.begin():
        if first == 0:
            raw.execute(text(_STOCK))
            raw.execute(text(_AVAILABLE))
        raw.execute(text(_ORDERS), known)
        raw.execute(text(_ITEMS), {**known, "skus": skus, "state": state})
        if engine.runtime.database.dialect == "postgresql":
            raw.execute(
                text("INSERT INTO item_state SELECT state_id, id FROM order_item WHERE id > :first"), known
            )


def arm(engine: Engine, *, after: int = 0) -> None:
    """Give every item with an id above ``after`` a timeout that was due long ago."""
    with engine.runtime.database.writer.connect() as raw, raw.begin():
        raw.execute(text(_DUE), {"after": after})


def settle(engine: Engine) -> None:
    """Have the database do now what it would else do while the measurement runs."""
    if engine.runtime.database.dialect == "postgresql":
        with engine.runtime.database.writer.connect() as raw:
            raw.execution_options(isolation_level="AUTOCOMMIT")
            raw.execute(text("VACUUM ANALYZE"))
            raw.execute(text("CHECKPOINT"))
    else:
        with engine.runtime.database.writer.connect() as raw:
            raw.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
