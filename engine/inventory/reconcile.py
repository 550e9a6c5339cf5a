"""Reconciling: every stored amount is compared with its recomputation from one snapshot, and drift repaired.

The layers are compared one by one: items with their states, reservations with items, availability with stock
and items, abstract products with concrete ones. A damaged number is told once, and not again in what was
computed from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from engine.inventory.ledger import Ledger
from engine.quantity import to_decimal
from engine.results import Drift, ReconcileReport
from engine.runtime import Runtime
from engine.storage.database import Reader, Work

RANGE = 1000
"""How many products are compared with one set of statements."""

CHUNK = 500
"""How many products are repaired in one transaction."""

_RESERVATION = {"reserved": "reserved", "held": "held"}
_AVAILABILITY = {
    "stock": "stock",
    "never_out_of_stock": "never_out_of_stock",
    "reserved": "reserved_with_shared",
    "held": "held_with_shared",
    "available": "available",
}
_ABSTRACT = {"available": "abstract_available", "never_out_of_stock": "abstract_never_out_of_stock"}


def reconcile(runtime: Runtime, *, dry_run: bool) -> ReconcileReport:
    """Compare everything, and repair what differs unless ``dry_run``.

    ``checked`` counts (store, sku) pairs. ``what`` of a drift is ``reserved`` or ``held`` for the store's own
    reservation; ``stock``, ``never_out_of_stock`` (0 or 1), ``reserved_with_shared``, ``held_with_shared`` or
    ``available`` for its availability; ``abstract_available`` or ``abstract_never_out_of_stock`` for an
    abstract product; ``row`` when the row is missing. Reservations of stores of another database are not
    compared with items.
    """
    with runtime.database.read() as reader:
        found = _compare(reader)
    report = ReconcileReport(checked=found.checked, drift=found.drift, items=found.items)
    if not dry_run:
        products = sorted(found.products)
        for start in range(0, len(products), CHUNK):
            runtime.database.transact(partial(_repair, runtime, products[start : start + CHUNK]))
        report.repaired = len(found.drift) + found.items
    return report


@dataclass(slots=True)
class _Found:
    checked: int = 0
    drift: list[Drift] = field(default_factory=list)
    items: int = 0
    products: set[int] = field(default_factory=set)

    def add(self, rows: Sequence[Any], names: dict[str, str]) -> None:
        for row in rows:
            self.products.add(row.product_id)
            self.drift.extend(_drift(row, names))


def _compare(reader: Reader) -> _Found:
    found = _Found()
    stores = int(reader.scalar("reconcile_stores"))
    for first, last, count in _ranges(reader, "reconcile_products"):
        found.checked += count * stores
        for statement in ("reconcile_items", "reconcile_carts"):
            for row in reader.all(statement, first=first, last=last):
                found.items += row.items
                found.products.add(row.product_id)
        found.add(reader.all("reconcile_reservations", first=first, last=last), _RESERVATION)
        found.add(reader.all("reconcile_availability", first=first, last=last), _AVAILABILITY)
    for first, last, _ in _ranges(reader, "reconcile_abstract_products"):
        found.add(reader.all("reconcile_abstracts", first=first, last=last), _ABSTRACT)
    return found


def _ranges(reader: Reader, statement: str) -> Iterator[tuple[int, int, int]]:
    after = 0
    while (row := reader.first(statement, after=after, size=RANGE)) is not None and row.products:
        yield row.first, row.last, row.products
        after = row.last


def _drift(row: Any, names: dict[str, str]) -> Iterator[Drift]:
    if not row.present:
        yield Drift(row.store, row.sku, "row", Decimal(0), Decimal(1))
    for name, what in names.items():
        stored, expected = int(getattr(row, name)), int(getattr(row, f"expected_{name}"))
        if stored != expected:
            number = Decimal if name == "never_out_of_stock" else to_decimal
            yield Drift(row.store, row.sku, what, number(stored), number(expected))


def _repair(runtime: Runtime, products: Sequence[int], work: Work) -> None:
    """Bring the products to what their items and stock say, as it is now, under locks and with events."""
    chosen = list(products)
    work.run("repair_items", products=chosen)
    work.run("repair_carts", products=chosen)
    for statement in ("repair_add_reservations", "repair_add_availability", "repair_add_abstracts"):
        work.run(statement, products=chosen)
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    ledger.lock_products(chosen)
    work.run("repair_collect", products=chosen)
    ledger.post()
    ledger.refresh_stock(chosen)
    ledger.refresh_reserved(chosen)
    ledger.refresh_abstracts(chosen)
    ledger.settle()
