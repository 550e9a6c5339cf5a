"""Reconciling: every stored amount is compared with its recomputation from one snapshot, and drift repaired.

First it is found out which products are odd: those whose items and carts sum up to something else than what is
stored. That takes one look at the items that count or can count, all others being over, at the carts that hold
something, and at every stored amount. Of odd products the layers are compared one by one: items with their
states, lines of carts with their hold, reservations with items and carts, availability with stock and reservations,
abstract products with concrete ones. A damaged number is told once, and not again in what was computed from it.

A full run looks at every item there ever was. It also finds records of items that are over and count something that
no sum has, and counts how many items stand in closed states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from engine.inventory.ledger import Ledger
from engine.inventory.promised import Pair
from engine.quantity import to_decimal
from engine.results import Drift, ReconcileReport, StateDrift
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Work
from engine.versions.closed import count_anew

RANGE = 1000
"""How many products are compared with one set of statements."""

CHUNK = 500
"""How many products are repaired in one transaction."""

WINDOW = 200_000
"""How many items a full run looks at with one statement."""

_RESERVATION = {"reserved": "reserved", "held": "held"}
_THERE = {"reserved": "reserved_in_warehouse", "held": "held_in_warehouse"}
_AVAILABILITY = {
    "stock": "stock",
    "never_out_of_stock": "never_out_of_stock",
    "reserved": "reserved_with_shared",
    "held": "held_with_shared",
    "spared": "spared",
    "lacking": "lacking",
    "available": "available",
}
_ABSTRACT = {"available": "abstract_available", "never_out_of_stock": "abstract_never_out_of_stock"}


def reconcile(
    runtime: Runtime, *, dry_run: bool, full: bool = False, progress: Progress = no_progress
) -> ReconcileReport:
    """Compare everything, with ``full`` also items that are over, and repair what differs unless ``dry_run``.

    ``checked`` counts (store, sku) pairs. ``what`` of a drift is ``reserved`` or ``held`` for the store's own
    reservation, ``reserved_in_warehouse`` or ``held_in_warehouse`` for what of it is to come from one;
    ``stock``, ``never_out_of_stock`` (0 or 1), ``reserved_with_shared``, ``held_with_shared``, ``spared``,
    ``lacking`` or ``available`` for its availability; ``abstract_available`` or ``abstract_never_out_of_stock``
    for an abstract product; ``allotted`` for what a warehouse group, which stands in place of the store, has
    allotted to its channel groups; ``row`` when the row is missing. Reservations of stores of another database
    are not compared with items. ``progress`` is told of the items that a full run has looked at.
    """
    with runtime.database.read() as reader:
        found = _compare(reader, _Counted(reader, full, progress))
        closed = _closed(runtime, reader) if full else {}
    report = ReconcileReport(found.checked, found.drift, found.items, states=list(closed.values()))
    if not dry_run:
        products = sorted(found.products)
        for start in range(0, len(products), CHUNK):
            runtime.database.transact(partial(_repair, runtime, products[start : start + CHUNK]))
        if closed:
            runtime.database.transact(partial(count_anew, states=list(closed)))
        report.repaired = report.wrong
    return report


class _Counted:
    """What items should count, as (reserved, held) by (product id, store id), and the products of wrong records.

    ``there`` is what of it counts at single warehouses: by (product id, store id, warehouse id).
    """

    def __init__(self, reader: Reader, full: bool, progress: Progress) -> None:
        self.amounts: dict[Pair, tuple[int, int]] = {}
        self.there: dict[tuple[int, int, int], tuple[int, int]] = {}
        self.wrong: set[int] = set()
        if full:
            self._all(reader, progress)
        else:
            self._live(reader)
        self._add(reader.tuples("reconcile_live_carts"))

    def _live(self, reader: Reader) -> None:
        states = reader.all("reconcile_states")
        for reserved in (0, 1):
            chosen = [int(row.id) for row in states if row.reserved == reserved]
            self._add(reader.tuples("reconcile_live", reserved=reserved, states=chosen))

    def _all(self, reader: Reader, progress: Progress) -> None:
        last = int(reader.scalar("reconcile_last_item"))
        for after in range(0, last, WINDOW):
            until = min(after + WINDOW, last)
            self._add(reader.tuples("reconcile_window", after=after, until=until))
            progress(until, last)

    def _add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        for product, store, warehouse, reserved, held, wrong in rows:
            if wrong:
                self.wrong.add(product)
            _add(self.amounts, (product, store), int(reserved), int(held))
            if warehouse is not None:
                _add(self.there, (product, store, warehouse), int(reserved), int(held))

    def differing(self, stored: Sequence[tuple[Any, ...]]) -> set[int]:
        """Return the products of which something else is stored; what was compared is forgotten."""
        return _differing(self.amounts, stored)

    def differing_there(self, stored: Sequence[tuple[Any, ...]]) -> set[int]:
        """Return the products of which something else is stored for single warehouses."""
        return _differing(self.there, stored)

    def left(self) -> set[int]:
        """Return the products that should count something of which nothing is stored."""
        rest = (*self.amounts.items(), *self.there.items())
        return {key[0] for key, amounts in rest if amounts != (0, 0)}


def _add(sums: dict[Any, tuple[int, int]], key: tuple[int, ...], reserved: int, held: int) -> None:
    before = sums.get(key, (0, 0))
    sums[key] = (before[0] + reserved, before[1] + held)


def _differing(sums: dict[Any, tuple[int, int]], stored: Sequence[tuple[Any, ...]]) -> set[int]:
    return {row[0] for row in stored if sums.pop(row[:-2], (0, 0)) != row[-2:]}


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


def _compare(reader: Reader, counted: _Counted) -> _Found:
    found, odd = _Found(), set(counted.wrong)
    stores = int(reader.scalar("reconcile_stores"))
    for first, last, count in _ranges(reader, "reconcile_products"):
        found.checked += count * stores
        odd |= counted.differing(reader.tuples("reconcile_reserved", first=first, last=last))
        odd |= counted.differing_there(reader.tuples("reconcile_stored_there", first=first, last=last))
        found.add(reader.all("reconcile_allotted", first=first, last=last), {"allotted": "allotted"})
        odd.update(product for (product,) in reader.tuples("reconcile_odd", first=first, last=last))
    products = sorted(odd | counted.left())
    for start in range(0, len(products), RANGE):
        _compare_products(reader, products[start : start + RANGE], found)
    for first, last, _ in _ranges(reader, "reconcile_abstract_products"):
        found.add(reader.all("reconcile_abstracts", first=first, last=last), _ABSTRACT)
    return found


def _compare_products(reader: Reader, products: Sequence[int], found: _Found) -> None:
    """Compare the layers of products with each other."""
    for statement in ("reconcile_items", "reconcile_carts"):
        for row in reader.all(statement, products=list(products)):
            found.items += row.items
            found.products.add(row.product_id)
    found.add(reader.all("reconcile_reservations", products=list(products)), _RESERVATION)
    found.add(reader.all("reconcile_there", products=list(products)), _THERE)
    found.add(reader.all("reconcile_availability", products=list(products)), _AVAILABILITY)


def _closed(runtime: Runtime, reader: Reader) -> dict[int, StateDrift]:
    """Return the closed states, by id, of which another number of items is kept than there are."""
    _, closed = runtime.catalogue.states(reader)
    found = {}
    for row in reader.all("reconcile_closed", states=closed):
        place = runtime.catalogue.place(reader, row.state_id)
        found[place.state_id] = StateDrift(
            place.version.name, place.version.process.version, place.state.name, int(row.kept), int(row.items)
        )
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
        stored, expected = int(getattr(row, name) or 0), int(getattr(row, f"expected_{name}") or 0)
        if stored != expected:
            number = Decimal if name == "never_out_of_stock" else to_decimal
            house = getattr(row, "warehouse", None)
            yield Drift(row.store, row.sku, what, number(stored), number(expected), house)


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
    work.run("repair_collect_there", products=chosen)
    ledger.post(named=True)
    ledger.refresh_stock(chosen)
    ledger.refresh_reserved(chosen)
    ledger.refresh_abstracts(chosen)
    ledger.settle()
