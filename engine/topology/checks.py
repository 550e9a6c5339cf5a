"""What is wrong with a topology beside what is stored, all of it at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from engine.definition.suggest import did_you_mean
from engine.requests import ProductEntry, Topology
from engine.storage.database import Reader
from engine.topology.categories import wrong_categories
from engine.topology.problems import Problem, both_kinds, problems_within, refusal
from engine.topology.products import Named, named, places_of
from engine.topology.stored import Stored
from engine.topology.units import unknown_units

CHUNK = 1000
"""How many products are asked for with one set of statements."""


def check_topology(reader: Reader, topology: Topology, stored: Stored) -> None:
    """See that the topology can be applied to what is stored. Raises InputError with everything that is wrong."""
    problems = [
        *problems_within(topology),
        *_unknown(topology, stored),
        *_half_places(topology),
        *unknown_units(reader, topology),
        *wrong_categories(reader, topology),
    ]
    if stored.last.product or stored.last.abstract:
        problems += [*_moved(reader, topology), *_both_kinds(reader, topology)]
    if problems:
        raise refusal(topology, problems)


def _unknown(topology: Topology, stored: Stored) -> Iterator[Problem]:
    warehouses = stored.warehouses.keys() | {entry.name for entry in topology.warehouses}
    stores = stored.stores.keys() | {entry.name for entry in topology.stores}
    for number, entry in enumerate(topology.stores):
        for n, name in enumerate(entry.warehouses):
            if name not in warehouses:
                yield Problem(
                    ("stores", number, "warehouses", n),
                    f"store '{entry.name}' names the warehouse '{name}', which does not exist: "
                    f"add it under 'warehouses'{_meant(name, warehouses)}",
                )
        for n, name in enumerate(entry.shares_reservations_with):
            if name not in stores:
                yield Problem(
                    ("stores", number, "shares_reservations_with", n),
                    f"store '{entry.name}' shares with '{name}', which does not exist: add it under 'stores'"
                    f"{_meant(name, stores)}",
                )


def _half_places(topology: Topology) -> Iterator[Problem]:
    for number, entry in enumerate(topology.warehouses):
        told = entry.model_fields_set & {"latitude", "longitude"}
        if len(told) == 1 or (entry.latitude is None) != (entry.longitude is None):
            yield Problem(
                ("warehouses", number),
                f"warehouse '{entry.name}' tells half of its place: latitude and longitude belong together",
            )


def _meant(name: str, known: Collection[str]) -> str:
    guess = did_you_mean(name, sorted(known))
    return f".{guess}" if guess else ""


def _moved(reader: Reader, topology: Topology) -> Iterator[Problem]:
    rows = [
        row
        for entries in _chunks(topology.products)
        for row in reader.all("topology_moved", products=_pairs(entries))
    ]
    _, places = places_of(topology.products, set(), {row.sku for row in rows})
    for row in rows:
        yield Problem(
            places[row.sku],
            f"concrete product '{row.sku}' belongs to '{row.abstract_sku}' already and cannot be moved",
        )


def _both_kinds(reader: Reader, topology: Topology) -> Iterator[Problem]:
    """Find skus that would name an abstract and a concrete product, one of which is stored already."""
    rows = []
    for entries in _chunks(topology.products):
        skus = [sku for sku, _ in entries]
        concretes = [concrete for _, concretes in entries for concrete in concretes]
        rows += reader.all("topology_both_kinds", abstracts=skus, concretes=concretes)
    found = {row.sku for row in rows}
    abstracts, places = places_of(topology.products, found, found)
    for row in rows:
        if not (row.sku in abstracts and row.sku in places):  # else that is told already
            yield both_kinds(row.sku, (places if row.abstract else abstracts)[row.sku])


def _chunks(products: Sequence[ProductEntry]) -> Iterator[list[Named]]:
    names = named(products)
    while entries := list(islice(names, CHUNK)):
        yield entries


def _pairs(entries: Sequence[Named]) -> list[list[str]]:
    """Return each concrete product with its abstract one, as statements are given them."""
    return [[concrete, sku] for sku, concretes in entries for concrete in concretes]
