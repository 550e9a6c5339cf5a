"""The topology as it is stored: what a topology file would have to say to bring it about."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from engine.quantity import Unit
from engine.requests import (
    CategoryEntry,
    ConcreteEntry,
    ProductEntry,
    StoreEntry,
    Topology,
    UnitEntry,
    WarehouseEntry,
)
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.topology.products import NOT_TOLD, concrete_entry
from engine.topology.stored import Site


def topology(runtime: Runtime) -> Topology:
    """Return every store, warehouse and product, each kind by name. Applied again it changes nothing.

    What is stored is not checked again: a name may be older than the rules for names.
    """
    with runtime.database.read() as reader:
        houses = {row.id: row for row in reader.all("topology_warehouses")}
        names = {number: str(row.name) for number, row in houses.items()}
        warehouses = [_warehouse(row) for row in houses.values()]
        units = reader.all("units")
        return Topology.model_construct(
            units=tuple(
                UnitEntry.model_construct(name=row.name, decimals=Unit(row.name, row.step).decimals)
                for row in units
            ),
            default_unit=next((row.name for row in units if row.is_default), None),
            warehouses=tuple(sorted(warehouses, key=lambda entry: entry.name)),
            stores=_stores(reader, names),
            **_categories(reader),
            products=_products(reader),
        )


def _warehouse(row: Record) -> WarehouseEntry:
    """Return a warehouse; one of the common type does not tell of it, nor one of its place and priority without."""
    told: dict[str, Any] = {} if row.type == "global" else {"type": row.type}
    site = Site(row.latitude, row.longitude, row.priority)
    told |= {name: value for name, value in site.said().items() if value is not None}
    return WarehouseEntry.model_construct(name=row.name, active=bool(row.active), **told)


def _stores(reader: Reader, houses: dict[int, str]) -> tuple[StoreEntry, ...]:
    rows = reader.all("topology_stores")
    names = {row.id: str(row.name) for row in rows}
    serving, sharing = defaultdict(list), defaultdict(list)
    for link in reader.all("topology_links"):
        serving[link.store_id].append(houses[link.warehouse_id])
    for pair in reader.all("topology_sharing"):
        sharing[pair.store_id].append(names[pair.other_id])
        sharing[pair.other_id].append(names[pair.store_id])
    entries = (
        StoreEntry.model_construct(
            name=row.name,
            remote=bool(row.remote),
            **_told(row),
            warehouses=tuple(sorted(serving[row.id])),
            shares_reservations_with=tuple(sorted(sharing[row.id])),
        )
        for row in rows
    )
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _told(row: Record) -> dict[str, Any]:
    """Return what is only told of some stores: that it is closed, and its organisation."""
    closed: dict[str, Any] = {} if row.active else {"active": False}
    return closed if row.organisation is None else {**closed, "organisation": row.organisation}


def _categories(reader: Reader) -> dict[str, Any]:
    """Return the categories, each behind the one above it; a shop without any does not tell of them."""
    parents = {str(row.name): row.parent for row in reader.all("topology_categories")}
    if not parents:
        return {}
    below = defaultdict(list)
    for name in sorted(parents):
        below[parents[name]].append(name)
    ordered, waiting = [], [*reversed(below[None])]
    while waiting:
        name = waiting.pop()
        ordered.append(CategoryEntry.model_construct(name=name, parent=parents[name]))
        waiting += reversed(below[name])
    return {"categories": tuple(ordered)}


def _products(reader: Reader) -> tuple[ProductEntry, ...]:
    categories = {str(row.sku): row.category for row in reader.all("topology_categories_shown")}
    concretes = defaultdict(list)
    for row in reader.all("topology_products_shown"):
        concretes[str(row.abstract_sku)].append((str(row.sku), row.unit))
    return tuple(
        ProductEntry.model_construct(
            sku=sku,
            **({"category": categories[sku]} if sku in categories else {}),
            concretes=tuple(_concrete(*one) for one in sorted(concretes[sku])),
        )
        for sku in sorted(concretes)
    )


def _concrete(sku: str, unit: str | None) -> ConcreteEntry:
    """Return a concrete product; one that has the default unit, or none, does not tell of it."""
    return concrete_entry(sku, NOT_TOLD if unit is None else unit)
