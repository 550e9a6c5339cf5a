"""What applying a topology would change: nothing is changed, and nobody is kept waiting."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from engine.requests import Topology
from engine.results import TopologyChange, TopologyDiff, Unnamed
from engine.runtime import Runtime
from engine.storage.database import Reader
from engine.topology.channels import unheeded
from engine.topology.checks import check_topology
from engine.topology.effect import dependences, store_effects
from engine.topology.products import NOT_TOLD, all_skus, rows_of, told_categories
from engine.topology.renamed import with_names_of_now
from engine.topology.shape import Shape, applied, changes, shape_of
from engine.topology.sharing import oddities, one_sided
from engine.topology.sharing_rules import not_in_effect
from engine.topology.stored import Stored
from engine.topology.units import foresee_units

CHUNK = 10_000
"""How many products are asked for at once."""


def diff_topology(runtime: Runtime, topology: Topology) -> TopologyDiff:
    """Return what applying the topology would change, and what that means for stock, reservations and orders.

    All of it is of one moment. Raises what applying raises: InputError with everything that is wrong, and
    UnitTooCoarse.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        topology, renamed = with_names_of_now(reader, topology)
        stored = Stored(reader)
        check_topology(reader, topology, stored)
        before = shape_of(stored)
        after = applied(before, topology)
        products = _Products(reader, topology)
        if products.units or before.units != after.units or before.default_unit != after.default_unit:
            foresee_units(reader, after.units, after.default_unit, products.units)
        return TopologyDiff(
            changes=(*changes(before, after), *products.changes),
            stores=tuple(store_effects(reader, stored, (before, after), now)),
            depends=tuple(dependences(reader, stored, (before, after), now)),
            unnamed=_unnamed(topology, before, products.others),
            warnings=(
                *renamed,
                *unheeded(topology, stored),
                *not_in_effect(runtime, reader, after.warehouses.keys(), after.remote.keys()),
                *_warnings(topology, before, after),
            ),
        )


class _Products:
    """What differs of the products, and the units of those that are there and get another one."""

    def __init__(self, reader: Reader, topology: Topology) -> None:
        self.units: dict[str, str | None] = {}
        known = 0
        self.changes = [*_new_abstracts(reader, topology), *_moved_abstracts(reader, topology)]
        rows = rows_of(topology.products)
        while some := list(islice(rows, CHUNK)):
            found = {row.sku: row for row in reader.all("diff_products", skus=[row[0] for row in some])}
            known += len(found)
            for sku, abstract, unit in some:
                assert sku is not None
                if sku not in found:
                    self.changes.append(TopologyChange("added", "product", sku, None, None, abstract))
                    if unit:
                        self._give(sku, None, unit)
                elif unit not in (NOT_TOLD, found[sku].unit):
                    self.units[sku] = unit
                    self._give(sku, found[sku].unit, unit)
        self.others = int(reader.scalar("diff_count")) - known
        """How many concrete products are stored and not named."""

    def _give(self, sku: str, old: str | None, unit: str | None) -> None:
        self.changes.append(TopologyChange("changed", "product", sku, "unit", old, unit))


def _moved_abstracts(reader: Reader, topology: Topology) -> Iterator[TopologyChange]:
    told = told_categories(topology.products)
    while some := [(sku, category) for _, sku, category in islice(told, CHUNK)]:
        known = {row.sku: row.category for row in reader.all("diff_abstracts", skus=[sku for sku, _ in some])}
        for sku, category in some:
            if known.get(sku) != category:
                yield TopologyChange("changed", "abstract product", sku, "category", known.get(sku), category)


def _new_abstracts(reader: Reader, topology: Topology) -> Iterator[TopologyChange]:
    skus = iter(all_skus(topology.products)[0])
    while some := list(islice(skus, CHUNK)):
        known = {row.sku for row in reader.all("diff_abstracts", skus=some)}
        for sku in some:
            if sku not in known:
                yield TopologyChange("added", "abstract product", sku, None, None, None)


def _unnamed(topology: Topology, before: Shape, products: int) -> Unnamed:
    houses = before.warehouses.keys() - {entry.name for entry in topology.warehouses}
    stores = before.remote.keys() - {entry.name for entry in topology.stores}
    return Unnamed(tuple(sorted(houses)), tuple(sorted(stores)), products)


def _warnings(topology: Topology, before: Shape, after: Shape) -> list[str]:
    active: dict[str, set[str]] = {name: set() for name in after.remote if name not in after.channels}
    for store, house in after.served:
        if after.warehouses[house] and store in active:
            active[store].add(house)
    if after.channels and after.sells_from() != before.sells_from():
        listed = ", ".join(f"'{name}'" for name in sorted(after.channels))
        told = [f"what the stores of channel groups can sell is divided anew, and not told here: {listed}"]
    else:
        told = []
    return [*told, *one_sided(topology, set(before.sharing)), *oddities(topology, active, set(after.sharing))]
