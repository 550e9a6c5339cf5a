"""The section ``sharing`` of the rules in the database: which warehouse and store is in which group, and links."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from engine.requests import StoreEntry, Topology
from engine.storage.database import Work
from engine.topology.sharing import pair
from engine.topology.stored import Stored
from rules import Sharing, SharingProblem
from rules.sharing_checks import unknown

Problems = Iterator[SharingProblem]


class Concerned(NamedTuple):
    """The warehouses and stores of which something counts otherwise than before."""

    warehouses: frozenset[int]
    stores: frozenset[int]


def unknown_names(sharing: Sharing, warehouses: Collection[str], stores: Collection[str]) -> Problems:
    """Yield the warehouses and stores that the rules name and that are not among those that exist."""
    for group, names in sharing.warehouse_groups.items():
        for number, name in enumerate(names):
            if name not in warehouses:
                yield unknown(("warehouse_groups", group, number), "warehouse", name, warehouses)
    for group, names in sharing.channel_groups.items():
        for number, name in enumerate(names):
            if name not in stores:
                yield unknown(("channel_groups", group, number), "store", name, stores)


def unheeded(topology: Topology, stored: Stored) -> list[str]:
    """Return a warning for each store of a channel group of which the topology says what does not count."""
    return [
        f"store '{entry.name}' is in a channel group: it sells from the warehouses of that, and shares with the "
        "stores of that, whatever is said here"
        for entry in topology.stores
        if entry.name in stored.channels and _differs(entry, stored)
    ]


def _differs(entry: StoreEntry, stored: Stored) -> bool:
    houses = {house for store, house in stored.served() if store == entry.name}
    partners = {other for two in stored.sharing if entry.name in two for other in two} - {entry.name}
    told = entry.model_fields_set
    return ("warehouses" in told and set(entry.warehouses) != houses) or (
        "shares_reservations_with" in told and set(entry.shares_reservations_with) != partners
    )


def contradictions(sharing: Sharing, stored: Stored) -> Problems:
    """Yield in what the rules contradict the topology."""
    yield from _fixed(sharing, stored)
    yield from _sold_beside(sharing, stored)
    yield from _told_elsewhere(sharing, stored)


def _fixed(sharing: Sharing, stored: Stored) -> Problems:
    for group, names in sharing.warehouse_groups.items():
        for number, name in enumerate(names):
            if stored.types.get(name) != "fixed":
                continue
            others = ", ".join(f'"{other}"' for other in names if other != name)
            if others:
                text = f'the warehouse "{name}" is fixed, and its group "{group}" has {others} as well'
                remedy = "Give it a group of its own, or make it global in the topology."
                yield SharingProblem(("warehouse_groups", group, number), text, remedy)
            if len(sharing.links.get(group, ())) > 1:
                text = f'the warehouse "{name}" is fixed, and its group "{group}" has several channel groups'
                remedy = "Link it to one channel group, or make the warehouse global in the topology."
                yield SharingProblem(("links", group), text, remedy)


def _sold_beside(sharing: Sharing, stored: Stored) -> Problems:
    """Yield the stores in no channel group that would sell what is divided between channel groups."""
    inside = {store for stores in sharing.channel_groups.values() for store in stores}
    sellers: dict[str, list[str]] = {}
    for store, house in sorted(stored.served()):
        if store not in inside | stored.channels:  # who leaves a channel group leaves its warehouses
            sellers.setdefault(house, []).append(store)
    for group, names in sharing.warehouse_groups.items():
        for number, name in enumerate(names):
            if group in sharing.links and name in sellers:
                listed = ", ".join(f'"{store}"' for store in sellers[name])
                text = (
                    f'the warehouse "{name}" is divided, and {listed} of no channel group would sell from it'
                )
                remedy = "Name the store in a channel group, or take the warehouse from it in the topology."
                yield SharingProblem(("warehouse_groups", group, number), text, remedy)


def _told_elsewhere(sharing: Sharing, stored: Stored) -> Problems:
    """Yield the stores of other databases that share with a store of a channel group and are not in it."""
    remote = {name for name, number in stored.stores.items() if number in stored.remote}
    for group, names in sharing.channel_groups.items():
        for number, name in enumerate(names):
            others = {other for two in stored.sharing if name in two for other in two} & remote
            for other in sorted(others - set(names)):
                text = (
                    f'"{other}" of another database shares reservations with "{name}", which is in "{group}"'
                )
                remedy = f'Name "{other}" in the same channel group, or end the sharing in the topology.'
                yield SharingProblem(("channel_groups", group, number), text, remedy)


def write(work: Work, sharing: Sharing, stored: Stored) -> Concerned:
    """Store groups, links and what stores sell from; return what is concerned by it, before or since."""
    before = _members(work)
    work.run("put_warehouse_groups", groups=[[name, sharing.kind] for name in sharing.warehouse_groups])
    parts = sharing.parts()
    channels = [
        [name, pool, position, parts[name], sharing.threshold_of(name)]
        for pool, names in sharing.links.items()
        for position, name in enumerate(names)
    ]
    work.run("put_channel_groups", groups=channels)
    work.run("put_warehouse_members", members=_pairs(sharing.warehouse_groups))
    work.run("put_channel_members", members=_pairs(sharing.channel_groups))
    work.run("drop_channel_groups", names=[name for name, *_ in channels])
    work.run("drop_warehouse_groups", names=list(sharing.warehouse_groups))
    for statement in ("drop_allotments", "drop_channel_demand"):
        work.run(statement)
    _write_links(work, sharing, stored)
    _write_peers(work, sharing, stored)
    after = _members(work)
    return Concerned(before.warehouses | after.warehouses, before.stores | after.stores)


def _members(work: Work) -> Concerned:
    houses = {row.id for row in work.all("topology_warehouses") if row.group_id is not None}
    stores = {row.id for row in work.all("topology_stores") if row.channel_group_id is not None}
    return Concerned(frozenset(houses), frozenset(stores))


def _pairs(groups: Mapping[str, Collection[str]]) -> list[list[str]]:
    return [[name, group] for group, names in groups.items() for name in names]


def _write_links(work: Work, sharing: Sharing, stored: Stored) -> None:
    """Have every store of a channel group sell from the warehouses of its warehouse group, and from no other.

    One that is in no channel group any more sells from no warehouse that is divided.
    """
    wanted = {
        (stored.stores[store], stored.warehouses[house])
        for pool, groups in sharing.links.items()
        for group in groups
        for store in sharing.channel_groups[group]
        for house in sharing.warehouse_groups[pool]
    }
    inside, divided = {store for store, _ in wanted}, {house for _, house in wanted}
    leaving = {stored.stores[name] for name in stored.channels} - inside
    known = {(s, h) for s, h in stored.links if s in inside or (s in leaving and h in divided)}
    work.run("topology_drop_links", links=sorted(map(list, known - wanted)))
    work.run("topology_add_links", links=sorted(map(list, wanted - known)))


def _write_peers(work: Work, sharing: Sharing, stored: Stored) -> None:
    """Have the stores of a channel group share reservations with each other, and with no other."""
    wanted = {pair(*two) for names in sharing.channel_groups.values() for two in combinations(names, 2)}
    inside = {name for names in sharing.channel_groups.values() for name in names} | stored.channels
    known = {two for two in stored.sharing if not inside.isdisjoint(two)}
    for statement, pairs in (
        ("topology_drop_sharing", known - wanted),
        ("topology_add_sharing", wanted - known),
    ):
        numbers = [[stored.stores[one], stored.stores[other]] for one, other in sorted(pairs)]
        work.run(statement, pairs=[way for one, other in numbers for way in ([one, other], [other, one])])
