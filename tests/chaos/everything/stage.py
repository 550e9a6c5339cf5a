"""The shop of the run: what is sold where, its rules, and how a process opens it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.api.engine import Engine
from engine.inventory import reconcile
from engine.inventory.stock import file, imports
from engine.operations import purge
from engine.requests import Topology
from engine.runtime import Runtime
from engine.storage.schema import open_database
from rules import EngineRules
from tests.chaos.everything.flows import text_of
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.plugins import World
from tests.helpers.processes import load
from tests.helpers.shop import stock_file
from tests.helpers.shop.opened import empty_file

WATCHED = ("lamp-1", "lamp-2", "lamp-3")
"""Sold by the piece, from wherever there is one: never more than lies on the shelves."""

NAMED = ("chair-1",)
"""Sold from the warehouse that the line names, and watched as well."""

OTHERS = ("tea-1", "tea-2", "mug-1", "endless-1")
HOUSES = ("North", "South")
"""The warehouses of the stores DE and AT, where everything that is watched lies."""

STOCK = 4
"""How many pieces of everything there are at first, in each warehouse."""

PURGED_AFTER_S = 20

RULES = {
    "execution": {
        "chunk": 5,
        "lease_s": 2.0,
        "lock_wait_s": 0.3,
        "retry_attempts": 3,
        "retry_base_s": 0.2,
        "retry_longest_s": 1.0,
    },
    "checkout": {"hold_timeout_s": 2.0},
    "stock_update": {"require": "all"},
}
TOPOLOGY: dict[str, Any] = {
    "warehouses": [{"name": name} for name in (*HOUSES, "West", "East")],
    "stores": [
        {"name": "DE", "warehouses": [*HOUSES], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": [*HOUSES], "shares_reservations_with": ["DE"]},
        {"name": "US", "warehouses": ["West"]},
        {"name": "CH", "warehouses": ["East"]},
    ],
    "products": [
        {"sku": "lamp", "concretes": [{"sku": sku} for sku in WATCHED]},
        {"sku": "chair", "concretes": [{"sku": sku} for sku in NAMED]},
        {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
        {"sku": "endless", "concretes": [{"sku": "endless-1"}]},
    ],
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder, the URL of its database, and the seed of the run."""

    folder: Path
    url: str
    seed: int

    def open(self, name: str, world: World) -> Engine:
        """The engine of a worker. Its parts are small, so that there is something between them to be killed in."""
        imports.CHUNK, file.BATCH, purge.CHUNK, reconcile.RANGE = 2, 3, 10, 4
        database = open_database(self.url, create=False)
        world.clock = database.clock
        return Engine(Runtime(database, world.box, EngineRules.model_validate(RULES), host=name))

    def prepare(self) -> None:
        """Make the shop, with its first stock."""
        path = Path(self.url.removeprefix("sqlite:///"))
        if self.url.startswith("sqlite") and not path.exists():
            shutil.copy(empty_file(), path)
        outside = Outside(self.folder)
        engine = self.open("stage", World(outside, "stage", calm=True))
        engine.apply_topology(Topology.model_validate(TOPOLOGY))
        for process in ("Rush", "Sale"):
            engine.deploy(load(self.folder, text_of(process, "A", 3), name=process))
        rows = []
        for sku in (*WATCHED, *NAMED):
            for house in HOUSES:
                outside.bring(sku, house, STOCK, engine.runtime.database.clock())
                rows.append(f"{sku},{house},{STOCK},0,0")
        rows += [f"{sku},{house},{STOCK},0,0" for sku in OTHERS for house in (*HOUSES, "West", "East")]
        report = engine.import_stock(
            stock_file(self.folder / "first.csv", *rows), as_of=engine.runtime.database.clock()
        )
        assert not report.refused, report.refused
        engine.close()
        outside.close()
