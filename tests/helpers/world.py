"""An engine on a database of its own, with a clock that stands still and plugins made on the spot."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from engine.api.engine import Engine
from engine.clock import to_datetime
from engine.definition import Process
from engine.hooks import Scope
from engine.quantity import to_decimal
from engine.requests import MigrationRequest, OrderRequest, Selection, Topology
from engine.results import HistoryEntry, MigrationReport, MoveReport, ProcessInfo
from engine.storage.schema import open_database
from rules import EngineRules
from tests.helpers.clock import SettableClock
from tests.helpers.plugins import Calls, PluginBox
from tests.helpers.processes import load
from tests.helpers.runtime import SettableRuntime

SHARED_SHOP = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [
        {"name": "DE", "warehouses": ["North"], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": ["North"], "shares_reservations_with": ["DE"]},
        {"name": "US", "warehouses": ["South"]},
    ],
    "products": [
        {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}
"""DE and AT sell from North and share reservations; US sells from South, alone."""


@cache
def _empty_database() -> Path:
    """An empty database at the present schema, to be copied: making the schema costs more than most tests."""
    path = Path(tempfile.mkdtemp(prefix="earmark-test-")) / "empty.db"
    open_database(f"sqlite:///{path}").close()
    return path


class World:
    """Everything a test of the engine needs; quantities in sales units, times in seconds.

    Without a URL the database is a file of its own. In SQL, parameters are written ``?``.
    """

    def __init__(
        self, folder: Path, *, url: str | None = None, clock: Callable[[], int] | None = None, **rules: Any
    ) -> None:
        self.folder = folder
        self.file = folder / "earmark.db"
        self.url = url if url is not None else f"sqlite:///{self.file}"
        if url is None and not self.file.exists():
            shutil.copy(_empty_database(), self.file)
        self.clock = clock if clock is not None else SettableClock()
        self.plugins = PluginBox()
        self.rules = EngineRules.model_validate({"execution": {"lock_wait_s": 0.0}, **rules})
        self.engine = self.another()
        self.orders = 0

    def another(self, host: str = "host", busy_timeout_s: float = 30.0, **rules: Any) -> Engine:
        """A further engine on the same file, as another process has it, with the same plugins and clock."""
        database = open_database(self.url, clock=self.clock, create=False, busy_timeout_s=busy_timeout_s)
        told = EngineRules.model_validate({**self.rules.model_dump(), **rules}) if rules else self.rules
        return Engine(SettableRuntime(database, self.plugins, told, host=host))

    def close(self) -> None:
        self.engine.close()

    def forward(self, seconds: float) -> None:
        self.clock.forward(seconds)  # type: ignore[attr-defined]

    # --- setting up ---

    def shop(self, topology: Mapping[str, Any] | None = None, **stock: int | str) -> World:
        """Apply the topology and count stock: ``tea_1=5`` is five pieces of tea-1 in North."""
        self.engine.apply_topology(Topology.model_validate(topology or SHARED_SHOP))
        if stock:
            self.count(*(f"{name.replace('_', '-')},North,{amount}" for name, amount in stock.items()))
        return self

    def count(self, *rows: str) -> None:
        """Import stock: ``sku,warehouse,quantity[,never out of stock]``."""
        path = self.folder / "stock.csv"
        header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
        full = [f"{row},0" if row.count(",") > 2 else f"{row},0,0" for row in rows]
        path.write_text("\n".join((header, *full)) + "\n", encoding="utf-8")
        report = self.engine.import_stock(path, as_of=self.engine.runtime.database.clock())
        assert not report.refused, report.refused

    def deploy(self, text: str, *, name: str = "Sale", own: bool = True, force: bool = False) -> ProcessInfo:
        return self.engine.deploy(self.process(text, name=name, own=own), force=force)

    def process(self, text: str, *, name: str = "Sale", own: bool = True) -> Process:
        return load(self.folder, text, name=name, own=own)

    def command(
        self, name: str, scope: Scope = Scope.ITEM, does: Callable[..., Any] | None = None, **flags: bool
    ) -> Calls:
        """Register a command that remembers its calls."""
        calls = Calls(scope, does)
        self.plugins.add_command(name, calls, scope, **flags)
        return calls

    def place(self, *lines: str, reference: str | None = None, store: str = "DE", **fields: Any) -> list[int]:
        """Place an order with lines ``sku`` or ``sku quantity``; return the ids of its items."""
        self.orders += 1
        request = order(reference or f"order-{self.orders}", *(lines or ("tea-1",)), store=store, **fields)
        return [item.id for item in self.engine.place(request).items]

    def place_many(self, count: int, sku: str = "tea-1", **fields: Any) -> list[int]:
        """Place orders with one item each; return the ids of the items."""
        before = self.value("SELECT coalesce(max(id), 0) FROM order_item")
        first = self.orders + 1
        self.orders += count
        report = self.engine.place_many(
            (number, order(f"order-{number}", sku, **fields)) for number in range(first, first + count)
        )
        assert not report.refused, report.refused
        return [row[0] for row in self.query("SELECT id FROM order_item WHERE id > ? ORDER BY id", before)]

    # --- doing ---

    def trigger(self, event: str, *items: int, data: Mapping[str, Any] | None = None) -> MoveReport:
        return self.engine.trigger(event, Selection(items=items), data=data)

    def trigger_orders(self, event: str, *references: str) -> MoveReport:
        return self.engine.trigger(event, Selection(orders=references))

    def trigger_state(self, event: str, state: str, process: str = "Sale") -> MoveReport:
        return self.engine.trigger(event, Selection(process=process, state=state))

    def migrate(self, process: str = "Sale", version: str = "current", **fields: Any) -> MigrationReport:
        """Migrate items to a version; ``state_map`` and the like as in the request."""
        return self.engine.migrate(MigrationRequest(process=process, version=version, **fields))

    # --- what came out ---

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.engine.runtime.database.read() as reader:
            return [tuple(row) for row in reader._connection.exec_driver_sql(self._spelled(sql), values)]

    def value(self, sql: str, *values: Any) -> Any:
        return self.query(sql, *values)[0][0]

    def sql(self, sql: str, *values: Any) -> None:
        """Change the database behind the engine's back."""
        with self.engine.runtime.database.write() as work:
            work._connection.exec_driver_sql(self._spelled(sql), values)

    def _spelled(self, sql: str) -> str:
        return sql if self.url.startswith("sqlite") else sql.replace("?", "%s")

    def states(self, *items: int) -> list[str]:
        rows = self.query(
            "SELECT i.id, s.name FROM order_item i JOIN process_state s ON s.id = i.state_id ORDER BY i.id"
        )
        found = dict(rows)
        return [found[item] for item in items] if items else list(found.values())

    def state(self, item: int) -> str:
        return self.states(item)[0]

    def step(self, item: int) -> int:
        return int(self.value("SELECT step FROM order_item WHERE id = ?", item))

    def since(self, item: int) -> int:
        return int(self.value("SELECT state_since FROM order_item WHERE id = ?", item))

    def counted(self, item: int) -> tuple[Decimal, Decimal]:
        """What the item reserves and holds."""
        reserved, held = self.query(
            "SELECT counted_reserved, counted_hold FROM order_item WHERE id = ?", item
        )[0]
        return to_decimal(reserved), to_decimal(held)

    def timeouts(self, item: int) -> dict[str, Any]:
        """When the timeouts of an item are due."""
        rows = self.query("SELECT event, due_at FROM item_timeout WHERE item_id = ?", item)
        return {event: None if due is None else to_datetime(due) for event, due in rows}

    def history(self, item: int) -> list[HistoryEntry]:
        return self.engine.history(item)

    def path(self, item: int) -> list[str | None]:
        """The states the item came to, in order, as its history tells."""
        return [entry.target for entry in self.history(item) if entry.target is not None]

    def available(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].available

    def reserved(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].reserved

    def held(self, sku: str = "tea-1", store: str = "DE") -> Decimal:
        return self.engine.availability([sku], store)[0].held

    def drift(self) -> list[Any]:
        """What differs from its recomputation; empty when all amounts are true."""
        report = self.engine.reconcile(dry_run=True)
        return [*report.drift, *(["items"] if report.items else [])]

    def messages(self, kind: str) -> list[str]:
        return [row[0] for row in self.query("SELECT payload FROM outbox WHERE kind = ? ORDER BY id", kind)]

    def statements(self, action: Callable[[], object]) -> list[str]:
        """The names of the statements that the action runs."""
        names: list[str] = []
        self.engine.runtime.database.probe = names.append
        try:
            action()
        finally:
            self.engine.runtime.database.probe = None
        return names


def order(reference: str, *lines: str | Mapping[str, Any], store: str = "DE", **fields: Any) -> OrderRequest:
    """An order with lines ``sku``, ``sku quantity``, or mappings."""
    return OrderRequest.model_validate(
        {"reference": reference, "store": store, "items": [_line(line) for line in lines], **fields}
    )


def numbered(requests: Iterable[OrderRequest]) -> list[tuple[int, OrderRequest]]:
    return list(enumerate(requests, start=1))


def codes(refusals: Sequence[Any]) -> dict[int, str]:
    """The code of each refused item."""
    return {refusal.item: refusal.code for refusal in refusals}


def _line(line: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(line, str):
        return line
    sku, _, quantity = line.partition(" ")
    return {"sku": sku, "quantity": quantity or 1}
