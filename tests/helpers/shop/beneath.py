"""Inventory beneath the engine: reservations and items that no order made, counts that release what a test says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.inventory.ledger import Ledger
from engine.inventory.stock import imports
from engine.inventory.stock.releasing import NothingReleased
from engine.quantity import parse_quantity
from engine.results import AvailabilityView, ImportReport
from engine.storage.database import Work
from tests.helpers.shop.goods import Goods, counts


class NothingMoves(NothingReleased):
    """A release that moves no item."""


class LooksAtAll(NothingMoves):
    """A release that is asked about every product, and moves none of its items."""

    def products(self, import_id: int, after: int, last: int) -> list[int]:
        return list(range(after + 1, last + 1))


class Beneath(Goods):
    """Inventory through its own functions; amounts in sales units."""

    def two_stores(self, *, sharing: bool = True, skus: Sequence[str] = ("001_1", "001_2", "002_1")) -> None:
        """DE sells from North and South, AT from South. The products are named by what leads the sku."""
        products: dict[str, list[dict[str, str]]] = {}
        for sku in skus:
            products.setdefault(sku.partition("_")[0], []).append({"sku": sku})
        self.topology(
            warehouses=[{"name": "North"}, {"name": "South"}],
            stores=[
                {
                    "name": store,
                    "warehouses": warehouses,
                    "shares_reservations_with": [partner] if sharing else [],
                }
                for store, warehouses, partner in (("DE", ["North", "South"], "AT"), ("AT", ["South"], "DE"))
            ],
            products=[{"sku": sku, "concretes": concretes} for sku, concretes in products.items()],
        )

    # --- stock ---

    def count(self, *rows: str, **options: Any) -> ImportReport:
        """Import rows ``sku,warehouse,quantity[,never out of stock]``; options as of ``load``."""
        return self.load(self.stock_file(*counts(rows)), **options)

    def load(
        self,
        path: Path,
        *,
        release: Any = None,
        as_of: int | None = None,
        force: bool = False,
        **options: Any,
    ) -> ImportReport:
        """Import the file. Nothing is released, unless a release is given that does it."""
        return imports.import_stock(self.runtime, path, as_of, force, release or NothingMoves(), **options)

    # --- reservations ---

    def post(self, *deltas: Any) -> None:
        """Change reservations as a move does: (store, sku, reserved[, held[, warehouse]]) each."""
        with self.database.write() as work:
            self.post_in(work, *deltas)

    def post_in(self, work: Work, *deltas: Any) -> None:
        ledger = Ledger(work, self.plugins, self.rules)
        named = False
        for store, sku, reserved, *more in deltas:
            held, warehouse = more[0] if more else 0, more[1] if len(more) > 1 else None
            delta = {
                "sku": sku,
                "store": store,
                "r": parse_quantity(reserved, allow_negative=True),
                "h": parse_quantity(held or 0, allow_negative=True),
            }
            self.execute(
                work,
                "INSERT INTO pair_delta SELECT p.id, s.id, :r, :h FROM product p, store s"
                " WHERE p.sku = :sku AND s.name = :store"
                " ON CONFLICT (product_id, store_id) DO UPDATE SET"
                " reserved = pair_delta.reserved + excluded.reserved, held = pair_delta.held + excluded.held",
                **delta,
            )
            if warehouse is not None:
                named = True
                self.execute(
                    work,
                    "INSERT INTO warehouse_delta SELECT p.id, s.id, w.id, :r, :h"
                    " FROM product p, store s, warehouse w"
                    " WHERE p.sku = :sku AND s.name = :store AND w.name = :warehouse",
                    warehouse=warehouse,
                    **delta,
                )
        ledger.lock_deltas(named=named)
        ledger.post(named=named)
        ledger.settle()

    def execute(self, work: Work, sql: str, **named: Any) -> None:
        self._execute(work._connection, sql, (), named)

    # --- items ---

    def flagged_states(self, **flags: tuple[bool, bool]) -> None:
        """Store a version of states that are given as (reserved, a reserved state can be reached)."""
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
        reference = order or f"order-{self.value('SELECT count(*) FROM sales_order')}"
        [(reserved, reaches)] = self.query(
            "SELECT reserved, can_reserve FROM process_state WHERE name = ?", state
        )
        with self.database.write() as work:
            named = {"reference": reference, "store": store}
            self.execute(work, _ORDER, **named)
            named |= {"sku": sku, "state": state, "warehouse": warehouse, "amount": amount, "since": since}
            [(item,)] = self._execute(work._connection, _ITEM, (), named).fetchall()
        with self.database.write() as work:
            self.keep_places(work)
            held = quantity if reaches and not reserved else 0
            self.post_in(work, (store, sku, quantity if reserved else 0, held, warehouse))
        return int(item)

    def keep_places(self, work: Work) -> None:
        """What the engine writes beside the items on PostgreSQL: who is in which state."""
        if self.database.dialect == "postgresql":
            self.execute(work, "DELETE FROM item_state")
            self.execute(work, "INSERT INTO item_state SELECT state_id, id FROM order_item")

    # --- what came out ---

    def view(self, sku: str, store: str, *, explain: bool = False) -> AvailabilityView:
        return self.engine.availability([sku], store, explain=explain)[0]

    def numbers(self, sku: str, store: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Stock, reserved, held and available."""
        view = self.view(sku, store)
        return (view.stock, view.reserved, view.held, view.available)


_ORDER = """
INSERT INTO sales_order (reference, store_id, version_id, placed_at, fingerprint, data)
SELECT :reference, s.id, 1, 0, '', '{}' FROM store s WHERE s.name = :store
ON CONFLICT DO NOTHING"""

_ITEM = """
INSERT INTO order_item (order_id, store_id, product_id, warehouse_id, line, quantity, state_id, state_since,
    counted_reserved, counted_hold)
SELECT o.id, o.store_id, p.id, (SELECT id FROM warehouse WHERE name = :warehouse), 1, :amount, t.id, :since,
    CASE WHEN t.reserved = 1 THEN :amount ELSE 0 END,
    CASE WHEN t.reserved = 0 AND t.can_reserve = 1 THEN :amount ELSE 0 END
FROM sales_order o, product p, process_state t
WHERE o.reference = :reference AND p.sku = :sku AND t.name = :state
RETURNING id"""
