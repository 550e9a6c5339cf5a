"""The shape of a topology: what each store, warehouse and unit says, now and once a topology is applied.

Pure: what is stored goes in, what would be stored comes out, and from both what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product as every_pair

from engine.requests import StoreEntry, Topology, WarehouseEntry
from engine.results import TopologyChange
from engine.results.topology import TopologyValue
from engine.topology.categories import wanted_parents
from engine.topology.sharing import Pair, wanted_beside
from engine.topology.stored import NOWHERE, Site, Stored, in_millionths

Said = Mapping[str, TopologyValue]
"""What is said of one thing, by the keys of a topology file."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Stores, warehouses and units by name, with what is said of each; and who shares with whom."""

    units: Mapping[str, int]
    default_unit: str | None
    warehouses: Mapping[str, bool]
    """Each warehouse, and whether it is active."""
    remote: Mapping[str, bool]
    """Each store, and whether it is of another database."""
    served: frozenset[tuple[str, str]] = frozenset()
    """Each store with each of its warehouses."""
    sharing: frozenset[Pair] = field(default_factory=frozenset)
    types: Mapping[str, str] = field(default_factory=dict)
    """The type of each warehouse; global where it is not told."""
    places: Mapping[str, Site] = field(default_factory=dict)
    """Where each warehouse is, and its priority."""
    channels: frozenset[str] = frozenset()
    """The stores of channel groups: of which warehouses they sell, and with whom they share, the rules say."""
    organisations: Mapping[str, str | None] = field(default_factory=dict)
    """Each store, and the organisation that it belongs to."""
    parents: Mapping[str, str | None] = field(default_factory=dict)
    """Each category, and the one above it."""
    closed: frozenset[str] = frozenset()
    """The stores that take no orders."""

    def sells_from(self) -> set[tuple[str, str]]:
        """Return each store of this database with each warehouse that it sells from."""
        return {
            (store, house) for store, house in self.served if self.warehouses[house] and self.local(store)
        }

    def heeds(self) -> set[tuple[str, str]]:
        """Return each store of this database with each store whose promises it heeds, not with itself."""
        both = [two for one, other in self.sharing for two in ((one, other), (other, one))]
        return {(store, other) for store, other in both if self.local(store)}

    def local(self, store: str) -> bool:
        """Return whether the store is there, and of this database."""
        return not self.remote.get(store, True)

    def said(self) -> Iterator[tuple[str, str, Said]]:
        """Yield everything that a file can say: its kind, its name and its keys."""
        for name, decimals in sorted(self.units.items()):
            yield "unit", name, {"decimals": decimals}
        for name, active in sorted(self.warehouses.items()):
            said_of: dict[str, TopologyValue] = {"active": active, "type": self.types.get(name, "global")}
            yield "warehouse", name, said_of | self.places.get(name, NOWHERE).said()
        houses, partners = _grouped(self.served), _grouped(self._both_ways())
        for name, remote in sorted(self.remote.items()):
            said: dict[str, TopologyValue] = {"remote": remote, "active": name not in self.closed}
            said["warehouses"] = houses.get(name, ())
            said["shares_reservations_with"] = partners.get(name, ())
            yield "store", name, said | {"organisation": self.organisations.get(name)}
        for name, parent in sorted(self.parents.items()):
            yield "category", name, {"parent": parent}

    def _both_ways(self) -> Iterator[tuple[str, str]]:
        for one, other in self.sharing:
            yield one, other
            yield other, one


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for one, other in sorted(pairs):
        found.setdefault(one, []).append(other)
    return {one: tuple(others) for one, others in found.items()}


def shape_of(stored: Stored) -> Shape:
    """Return the shape of what is stored."""
    remote = {name: number in stored.remote for name, number in stored.stores.items()}
    served, sharing = frozenset(stored.served()), frozenset(stored.sharing)
    return Shape(
        dict(stored.units),
        stored.default_unit,
        stored.open(),
        remote,
        served,
        sharing,
        types=dict(stored.types),
        places=dict(stored.places),
        channels=frozenset(stored.channels),
        organisations=dict(stored.organisations),
        parents=dict(stored.parents),
        closed=frozenset(stored.closed),
    )


def applied(before: Shape, topology: Topology) -> Shape:
    """Return the shape once the topology, which has no problems, is applied."""
    told_units = {entry.name: entry.decimals for entry in topology.units}
    default = topology.default_unit if "default_unit" in topology.model_fields_set else before.default_unit
    warehouses, remote, types = dict(before.warehouses), dict(before.remote), dict(before.types)
    places = dict(before.places)
    for house in topology.warehouses:
        types[house.name] = house.type or types.get(house.name, "global")
        places[house.name] = _site(places.get(house.name, NOWHERE), house)
        warehouses[house.name] = warehouses.get(house.name, True) if house.active is None else house.active
    for store in topology.stores:
        remote[store.name] = remote.get(store.name, False) if store.remote is None else store.remote
    closed = {*before.closed, *(e.name for e in topology.stores if e.active is False)}
    closed -= {e.name for e in topology.stores if e.active}
    owned = {e.name: e.organisation for e in topology.stores if "organisation" in e.model_fields_set}
    return replace(
        before,
        organisations={**before.organisations, **owned},
        parents=wanted_parents(topology, before.parents),
        units={**before.units, **told_units},
        default_unit=default,
        warehouses=warehouses,
        remote=remote,
        served=_served(before, (entry for entry in topology.stores if entry.name not in before.channels)),
        sharing=frozenset(wanted_beside(topology, set(before.sharing), before.channels)),
        types=types,
        closed=frozenset(closed),
        places=places,
    )


def _site(was: Site, entry: WarehouseEntry) -> Site:
    told = entry.model_fields_set
    at = (in_millionths(entry.latitude), in_millionths(entry.longitude)) if "latitude" in told else was[:2]
    return Site(*at, entry.priority if "priority" in told else was.priority)


def _served(before: Shape, entries: Iterable[StoreEntry]) -> frozenset[tuple[str, str]]:
    listed = {entry.name: entry.warehouses for entry in entries if "warehouses" in entry.model_fields_set}
    kept = {link for link in before.served if link[0] not in listed}
    return frozenset(kept.union(*(set(every_pair([store], houses)) for store, houses in listed.items())))


def changes(before: Shape, after: Shape) -> Iterator[TopologyChange]:
    """Yield what differs between two shapes, one thing after the other."""
    was = {(what, name): said for what, name, said in before.said()}
    for what, name, said in after.said():
        known = was.get((what, name))
        if known is None:
            yield TopologyChange("added", what, name, None, None, None)
        for key, value in said.items():
            old = None if known is None else known[key]
            if value != (_UNSAID[key] if known is None else old):
                yield TopologyChange("changed", what, name, key, old, value)
    if before.default_unit != after.default_unit:
        yield TopologyChange(
            "changed", "topology", "default_unit", "default_unit", before.default_unit, after.default_unit
        )


_UNSAID: Said = {
    "decimals": None,
    "active": True,
    "type": "global",
    "latitude": None,
    "longitude": None,
    "priority": None,
    "remote": False,
    "warehouses": (),
    "shares_reservations_with": (),
    "organisation": None,
    "parent": None,
}
"""What a new thing is by itself: only what differs from it is told of a new one."""
