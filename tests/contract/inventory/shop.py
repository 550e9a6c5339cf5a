"""A shop to test inventory with: topology, items that reserve, stock files, and what came out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy

from engine.hooks import ReservationChange, ReservationHandler, ReservationWork
from engine.inventory.ledger import Ledger
from engine.inventory.stock import imports
from engine.inventory.topology import apply
from engine.quantity import parse_quantity
from engine.reading import availability
from engine.requests import Topology
from engine.results import AvailabilityView, ImportReport, TopologyReport
from engine.storage.database import Database, Work
from rules import EngineRules
from tests.helpers.runtime import SettableRuntime


def write_all(changes: Sequence[ReservationChange], work: ReservationWork) -> None:
    """The reservation handler that every installation has."""
    work.write_availability(changes)


class Handlers:
    """A registry that knows reservation handlers and nothing else."""

    def __init__(self, *handlers: ReservationHandler) -> None:
        self._handlers = handlers

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        return self._handlers

    def command(self, name: str) -> None:
        return None

    condition = timeout_processor = command


class NothingMoves:
    """A release that moves no item."""

    def prepare(self, product_ids, import_id) -> None: ...

    def select(self, work, product_ids, import_id) -> None: ...

    def apply(self, work, ledger, product_ids, import_id) -> None: ...

    def follow(self) -> None: ...

    def waiting(self) -> bool:
        return False


def _execute(connection: sqlalchemy.Connection, sql: str, **params: Any) -> Any:
    return connection.execute(sqlalchemy.text(sql), params)


class Shop:
    """Inventory in one database, driven by its public functions; amounts in sales units."""

    def __init__(self, database: Database, folder: Path, *handlers: ReservationHandler, **rules: Any) -> None:
        self.database = database
        self.folder = folder
        self.rules = EngineRules(**rules)
        self.runtime = SettableRuntime(database, Handlers(*(handlers or (write_all,))), self.rules)

    def topology(self, **parts: Any) -> TopologyReport:
        return apply.apply_topology(self.runtime, Topology.model_validate(parts))

    def two_stores(self, *, sharing: bool = True, skus: Sequence[str] = ("001_1", "001_2", "002_1")) -> None:
        """DE sells from North and South, AT from South."""
        abstracts: dict[str, list[dict[str, str]]] = {}
        for sku in skus:
            abstracts.setdefault(sku.partition("_")[0], []).append({"sku": sku})
        self.topology(
            warehouses=[{"name": "North"}, {"name": "South"}],
            stores=[
                {
                    "name": "DE",
                    "warehouses": ["North", "South"],
                    "shares_reservations_with": ["AT"] if sharing else [],
                },
                {
                    "name": "AT",
                    "warehouses": ["South"],
                    "shares_reservations_with": ["DE"] if sharing else [],
                },
            ],
            products=[{"sku": sku, "concretes": concretes} for sku, concretes in abstracts.items()],
        )

    # --- stock ---

    def file(
        self, *rows: str, header: str = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
    ) -> Path:
        path = self.folder / "stock.csv"
        path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        return path

    def count(self, *rows: str, release: Any = None, **options: Any) -> ImportReport:
        """Import rows ``sku,warehouse,quantity[,never]``."""
        full = [row if row.count(",") >= 3 else f"{row},0" for row in rows]
        return self.load(self.file(*(f"{row},0" for row in full)), release=release, **options)

    def load(
        self,
        path: Path,
        *,
        release: Any = None,
        as_of: int | None = None,
        force: bool = False,
        **options: Any,
    ) -> ImportReport:
        return imports.import_stock(self.runtime, path, as_of, force, release or NothingMoves(), **options)

    # --- reservations ---

    def post(self, *deltas: tuple[str, str, str | int] | tuple[str, str, str | int, str | int]) -> None:
        """Change reservations as a move does: (store, sku, reserved[, held]) each."""
        with self.database.write() as work:
            self.post_in(work, *deltas)

    def post_in(self, work: Work, *deltas: Any) -> None:
        ledger = Ledger(work, self.runtime.plugins, self.rules)
        for store, sku, reserved, *held in deltas:
            self.execute(
                work,
                "INSERT INTO pair_delta SELECT p.id, s.id, :r, :h FROM product p, store s"
                " WHERE p.sku = :sku AND s.name = :store",
                sku=sku,
                store=store,
                r=parse_quantity(reserved, allow_negative=True),
                h=parse_quantity(held[0] if held else 0, allow_negative=True),
            )
        ledger.lock_deltas()
        ledger.post()
        ledger.settle()

    def execute(self, work: Work, sql: str, **params: Any) -> None:
        _execute(work._connection, sql, **params)

    def sql(self, sql: str, **params: Any) -> None:
        """Change the database behind the engine's back."""
        with self.database.write() as work:
            self.execute(work, sql, **params)

    def query(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        with self.database.read() as reader:
            rows = reader._connection.execute(sqlalchemy.text(sql), params).all()
        return [tuple(row) for row in rows]

    # --- items ---

    def keep_places(self, work: Work) -> None:
        """What the engine writes beside the items on PostgreSQL: who is in which state."""
        if self.database.dialect == "postgresql":
            self.execute(work, "DELETE FROM item_state")
            self.execute(work, "INSERT INTO item_state SELECT state_id, id FROM order_item")

    def states(self, **flags: tuple[bool, bool]) -> None:
        """Deploy a process with states given as (reserved, a reserved state can be reached)."""
        self.sql("INSERT INTO process (id, name) VALUES (1, 'Sale')")
        self.sql(
            "INSERT INTO process_version (id, process_id, version, definition, deployed_at)"
            " VALUES (1, 1, 'v1', '{}', 0)"
        )
        for position, (name, (reserved, reaches)) in enumerate(flags.items()):
            self.sql(
                "INSERT INTO process_state (version_id, position, name, reserved, can_reserve)"
                " VALUES (1, :position, :name, :reserved, :reaches)",
                position=position,
                name=name,
                reserved=int(reserved),
                reaches=int(reaches),
            )

    def item(
        self,
        store: str,
        sku: str,
        quantity: str | int,
        state: str,
        *,
        since: int = 0,
        warehouse: str | None = None,
        order: str | None = None,
    ) -> int:
        """Add an item that counts what its state says, reservation and availability included."""
        amount = parse_quantity(quantity)
        reference = order or f"order-{self.query('SELECT count(*) FROM sales_order')[0][0]}"
        [(reserved, reaches)] = self.query(
            "SELECT reserved, can_reserve FROM process_state WHERE name = :state", state=state
        )
        with self.database.writer.begin() as connection:
            _execute(
                connection,
                "INSERT INTO sales_order (reference, store_id, version_id, placed_at, fingerprint, data)"
                " SELECT :reference, s.id, 1, 0, '', '{}' FROM store s WHERE s.name = :store"
                " ON CONFLICT DO NOTHING",
                reference=reference,
                store=store,
            )
            [(item,)] = _execute(
                connection,
                "INSERT INTO order_item (order_id, store_id, product_id, warehouse_id, line, quantity, state_id,"
                " state_since, counted_reserved, counted_hold)"
                " SELECT o.id, o.store_id, p.id, (SELECT id FROM warehouse WHERE name = :warehouse), 1, :amount,"
                " t.id, :since, CASE WHEN t.reserved = 1 THEN :amount ELSE 0 END,"
                " CASE WHEN t.reserved = 0 AND t.can_reserve = 1 THEN :amount ELSE 0 END"
                " FROM sales_order o, product p, process_state t"
                " WHERE o.reference = :reference AND p.sku = :sku AND t.name = :state RETURNING id",
                reference=reference,
                sku=sku,
                state=state,
                warehouse=warehouse,
                amount=amount,
                since=since,
            ).all()
        with self.database.write() as work:
            self.keep_places(work)
            held = quantity if reaches and not reserved else 0
            self.post_in(work, (store, sku, quantity if reserved else 0, held))
        return int(item)

    # --- what came out ---

    def view(self, sku: str, store: str, *, explain: bool = False) -> AvailabilityView:
        return availability.availability(self.runtime, [sku], store, explain=explain)[0]

    def numbers(self, sku: str, store: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Stock, reserved, held and available."""
        view = self.view(sku, store)
        return (view.stock, view.reserved, view.held, view.available)

    def available(self, sku: str, store: str) -> Decimal:
        return self.view(sku, store).available

    def messages(self, kind: str | None = None) -> list[dict[str, Any]]:
        rows = self.query("SELECT kind, payload FROM outbox ORDER BY id")
        return [json.loads(payload) for found, payload in rows if kind in (None, found)]

    def forget_messages(self) -> None:
        self.sql("DELETE FROM outbox")

    def statements_of(self, action: Callable[[], object]) -> list[str]:
        """The names of the statements that the action runs."""
        names: list[str] = []
        self.database.probe = names.append
        try:
            action()
        finally:
            self.database.probe = None
        return names


class Delivers:
    """A release that moves every candidate to the state ``delivered``, the way the engine does."""

    def __init__(self, shop: Shop, *, require: str = "any", tolerance_s: float = 0) -> None:
        self._shop = shop
        self._statement = "release_candidates_all" if require == "all" else "release_candidates"
        self._tolerance = round(tolerance_s * 1_000_000)
        self.released: list[int] = []
        self.kept = 0

    def waiting(self) -> bool:
        return True

    def prepare(self, product_ids, import_id) -> None: ...

    def follow(self) -> None: ...

    def select(self, work: Work, product_ids: Sequence[int], import_id: int) -> None:
        work.run("clear_moving")
        states = self._shop.query("SELECT id FROM process_state WHERE name = 'shipped'")
        known = {"import_id": import_id, "states": [row[0] for row in states], "products": list(product_ids)}
        work.run(self._statement, tolerance=self._tolerance, **known)
        self.kept += work.scalar("release_kept", **known)

    def apply(self, work: Work, ledger: Ledger, product_ids: Sequence[int], import_id: int) -> None:
        rows = work.all("moving_ids")
        self.released += [row.item_id for row in rows]
        self._shop.execute(
            work,
            "INSERT INTO pair_delta SELECT i.product_id, i.store_id, -sum(i.counted_reserved), 0"
            " FROM order_item i WHERE i.id IN (SELECT item_id FROM moving) GROUP BY 1, 2",
        )
        ledger.lock_deltas()
        self._shop.execute(
            work,
            "UPDATE order_item SET counted_reserved = 0,"
            " state_id = (SELECT id FROM process_state WHERE name = 'delivered')"
            " WHERE id IN (SELECT item_id FROM moving)",
        )
        self._shop.keep_places(work)
        ledger.post()
