"""Warehouses divided between channel groups: dividing a whole list of products, and placing orders meanwhile."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.api.engine import Engine
from engine.definition import load_process
from engine.requests import OrderRequest, Topology
from engine.runtime import Runtime
from engine.storage.schema import open_database, upgrade
from plugins.registry import load_plugins
from rules import EngineRules

GROUPS = 10
"""Channel groups, of one store each; all of them sell from two warehouses."""

PROCESS = """<statemachine xmlns="urn:earmark:process:1"><process name="Bench" main="true">
<states><state name="new" reserved="true"/><state name="done"/></states>
<transitions><transition><source>new</source><target>done</target><event>ship</event></transition></transitions>
<events><event name="ship" manual="true"/></events></process></statemachine>"""


def rules(**sharing: Any) -> EngineRules:
    """Return rules by which the warehouses are divided."""
    names = [f"C{number}" for number in range(GROUPS)]
    groups = {
        "warehouse_groups": {"All": ["W1", "W2"]},
        "channel_groups": {name: [f"S{number}"] for number, name in enumerate(names)},
        "links": {"All": names},
    }
    return EngineRules.model_validate({"sharing": {**groups, **sharing}})


@contextmanager
def shop(products: int, told: EngineRules) -> Iterator[tuple[Engine, str]]:
    """Yield an engine on a new database with so many products, and the database's URL.

    Of each there are some thousand pieces in both warehouses.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        url = f"sqlite:///{root / 'bench.db'}"
        (root / "Bench.xml").write_text(PROCESS)
        upgrade(url)
        # Counted before anything is shared: else every count is told to ten stores.
        with opened(url, told.model_copy(update={"sharing": None})) as engine:
            process = load_process(root / "Bench.xml").process
            assert process is not None
            engine.deploy(process)
            engine.apply_topology(_topology(products, shared=told.sharing is not None))
            engine.import_stock(_counted(root / "stock.csv", products))
        with opened(url, told) as engine:
            engine.availability(["p0"], "S0")  # brings the sharing into effect
            yield engine, url


@contextmanager
def opened(url: str, told: EngineRules) -> Iterator[Engine]:
    """Yield an engine on the database with these rules."""
    with Engine(Runtime(open_database(url), load_plugins(entry_points=False), told)) as engine:
        yield engine


def damage(url: str) -> None:
    """Make allotments wrong by hand, so that balancing has everything to write."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE allotment SET quantity = quantity + 1000000 * (channel_group_id % 3 + 1)")
        database.commit()


def orders(count: int, products: int) -> Iterator[tuple[int, OrderRequest]]:
    """Yield orders of three lines, in all stores in turn."""
    for number in range(count):
        lines = [{"sku": f"p{(number * 3 + k) % products}", "quantity": 1} for k in range(3)]
        asked = {
            "reference": f"o{number}",
            "store": f"S{number % GROUPS}",
            "process": "Bench",
            "items": lines,
        }
        yield number, OrderRequest.model_validate(asked)


def _topology(products: int, *, shared: bool) -> Topology:
    names = [f"S{number}" for number in range(GROUPS)]
    houses = {} if shared else {"warehouses": ["W1", "W2"]}
    partners = [{"shares_reservations_with": [o for o in names if o != name]} for name in names]
    stores = [
        {"name": name, **houses, **({} if shared else beside)}
        for name, beside in zip(names, partners, strict=True)
    ]
    concretes = [{"sku": f"a{n}", "concretes": [{"sku": f"p{n}"}]} for n in range(products)]
    return Topology.model_validate(
        {"warehouses": [{"name": "W1"}, {"name": "W2"}], "stores": stores, "products": concretes}
    )


def _counted(path: Path, products: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n")
        for n in range(products):
            file.writelines(f"p{n},{house},{1000 + n % 7},0,0\n" for house in ("W1", "W2"))
    return path
