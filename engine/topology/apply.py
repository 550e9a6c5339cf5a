"""Applying a topology: stores, warehouses and products, and what follows for availability.

One transaction: either all of it is there afterwards, with availability and events, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice

from engine.inventory.statistics import look_at_products
from engine.nouns import count
from engine.requests import StoreEntry, Topology, WarehouseEntry
from engine.results import TopologyReport
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.topology.affected import CHUNK, refresh
from engine.topology.categories import give_categories, put_categories
from engine.topology.channels import unheeded
from engine.topology.checks import check_topology
from engine.topology.offering import offer_stores
from engine.topology.products import all_skus, named, rows_of
from engine.topology.renamed import with_names_of_now
from engine.topology.sharing import Pair, oddities, one_sided, wanted_beside
from engine.topology.sharing_rules import with_topology
from engine.topology.stored import Stored, differences, in_millionths, told_products
from engine.topology.units import check_units, give_units, put_units
from engine.versions.names import note_change


class _DryRun(Exception):
    # It undoes the unit of work and never leaves this module.
    def __init__(self, change: _Change) -> None:
        super().__init__()
        self.change = change


def apply_topology(
    runtime: Runtime,
    topology: Topology,
    *,
    dry_run: bool = False,
    follows: Callable[[Work], object] | None = None,
) -> TopologyReport:
    """Create and change what the topology names; what it does not name stays as it is.

    A store's list of warehouses, and of stores it shares with, replaces the stored one when it is given.
    Availability of every product concerned is recomputed and its events are published. Raises InputError
    with everything that is wrong; nothing is changed then. A dry run is told what would change, and undone.
    ``follows`` is called in the same transaction when something has changed.
    """
    try:
        change = runtime.database.transact(partial(apply_within, runtime, topology, dry_run, follows))
        look_at_products(runtime.database, change.changed)
    except _DryRun as done:
        change = done.change
    return TopologyReport(
        stores=len(topology.stores),
        warehouses=len(topology.warehouses),
        abstracts=len(topology.products),
        products=sum(len(concretes) for _, concretes in named(topology.products)),
        changed=change.changed,
        warnings=tuple(change.warnings),
        dry_run=dry_run,
        changes=tuple(change.told),
    )


def apply_within(
    runtime: Runtime,
    topology: Topology,
    dry_run: bool,
    follows: Callable[[Work], object] | None,
    work: Work,
) -> _Change:
    """Do what ``apply_topology`` does in a unit of work that is under way."""
    work.scalar("topology_alone")
    topology, renamed = with_names_of_now(work, topology)
    stored = Stored(work)
    check_topology(work, topology, stored)
    change = _Change(work, topology, stored)
    change.warnings += renamed
    change.apply()
    shared, warnings = with_topology(runtime, work)
    change.warnings += warnings
    change.changed += bool(shared.warehouses or shared.stores)
    change.tell()
    if dry_run:
        raise _DryRun(change)
    refresh(runtime, work, change.warehouses | shared.warehouses, change.stores | shared.stores)
    offer_stores(runtime, work, change.switched)
    if change.changed:
        note_change(work)
        if follows is not None:
            follows(work)
    if any(entry.remote for entry in topology.stores):
        # Now, and not with the first message: every backup from here on knows who this database is to others.
        work.run("exchange_begin", origin=runtime.new_token(), now=work.now)
    return change


class _Change:
    """Writes a topology without problems and remembers what changed."""

    def __init__(self, work: Work, topology: Topology, before: Stored) -> None:
        self._work = work
        self._topology = topology
        self._before = before
        self.changed = 0
        self.told: list[str] = []
        """What was changed, in words."""
        self.warnings: list[str] = []
        self.warehouses: set[int] = set()
        """The warehouses whose stock counts elsewhere than before."""
        self.stores: set[int] = set()
        """The stores that share with others than before."""
        self.switched: set[int] = set()
        """The stores that were closed, or opened again."""

    def apply(self) -> None:
        """Write stores, warehouses, links, sharing and products, and the rows each (product, store) has."""
        work, before = self._work, self._before
        last, units = before.last, put_units(work, self._topology)
        houses = [[entry.name, _flag(entry.active), entry.type] for entry in self._topology.warehouses]
        self.changed += work.changed("topology_add_warehouses", warehouses=houses)
        self.changed += work.changed("topology_switch_warehouses", warehouses=houses)
        placed = [_place(entry) for entry in self._topology.warehouses if entry.model_fields_set & PLACED]
        self.changed += work.changed("topology_set_places", warehouses=placed) if placed else 0
        stores = [[entry.name, _flag(entry.remote), _flag(entry.active)] for entry in self._topology.stores]
        self.changed += work.changed("topology_add_stores", stores=stores)
        self.changed += work.changed("topology_switch_stores", stores=stores)
        owned = [
            [e.name, e.organisation] for e in self._topology.stores if "organisation" in e.model_fields_set
        ]
        self.changed += work.changed("topology_set_organisations", stores=owned) if owned else 0
        self.changed += put_categories(work, self._topology)
        after = Stored(work)
        known = set(before.warehouses.values())
        self.warehouses |= (before.active ^ after.active) & known
        switched = before.closed.keys() ^ after.closed.keys()
        self.switched |= {before.stores[name] for name in switched & before.stores.keys()}
        self._write_links(after)
        self._write_sharing(after)
        self._write_products()
        given = give_units(work, self._topology, CHUNK)
        self.told += [f"{count(given, 'concrete product')}: another unit"] if given else []
        moved = give_categories(work, self._topology, CHUNK)
        self.told += [f"{count(moved, 'abstract product')}: another category"] if moved else []
        self.changed += moved
        units += given
        if units:
            check_units(work)
        self.changed += units
        work.run("topology_add_reservations", product=last.product, store=last.store)
        work.run("topology_add_availability", product=last.product, store=last.store)
        work.run("topology_add_abstracts", abstract=last.abstract, store=last.store)

    def tell(self) -> None:
        """Note in words what differs since, and what looks odd."""
        final = Stored(self._work)
        self.told += differences(self._before, final)
        self.warnings += oddities(self._topology, final.own_warehouses(), final.sharing)

    def _write_links(self, now: Stored) -> None:
        listing = [entry for entry in self._listed(now) if "warehouses" in entry.model_fields_set]
        owners = {now.stores[entry.name] for entry in listing}
        wanted = {(now.stores[e.name], now.warehouses[name]) for e in listing for name in e.warehouses}
        stored = {link for link in now.links if link[0] in owners}
        self.changed += self._work.changed("topology_drop_links", links=_lists(stored - wanted))
        self.changed += self._work.changed("topology_add_links", links=_lists(wanted - stored))
        self.warehouses |= {house for _, house in stored ^ wanted}

    def _write_sharing(self, now: Stored) -> None:
        wanted = wanted_beside(self._topology, now.sharing, now.channels)
        dropped, added = now.sharing - wanted, wanted - now.sharing
        self.changed += len(dropped) + len(added)
        self._work.run("topology_drop_sharing", pairs=_both_ways(dropped, now.stores))
        self._work.run("topology_add_sharing", pairs=_both_ways(added, now.stores))
        self.stores |= {now.stores[name] for two in dropped | added for name in two}
        self.warnings += one_sided(self._topology, now.sharing)

    def _listed(self, now: Stored) -> list[StoreEntry]:
        """Return the entries of stores but for those of channel groups, whose warehouses the rules tell."""
        self.warnings += unheeded(self._topology, now)
        return [entry for entry in self._topology.stores if entry.name not in now.channels]

    def _write_products(self) -> None:
        skus, rows = iter(all_skus(self._topology.products)[0]), rows_of(self._topology.products)
        abstracts = concretes = 0
        while some := list(islice(skus, CHUNK)):
            abstracts += self._work.changed("topology_put_abstracts", skus=some)
        while products := list(islice(rows, CHUNK)):
            concretes += self._work.changed("topology_put_products", products=products)
        self.changed += abstracts + concretes
        self.told += told_products(abstracts, concretes)


PLACED = frozenset({"latitude", "longitude", "priority"})
"""What an entry of a warehouse tells for allocation."""


def _place(entry: WarehouseEntry) -> list[str | int | None]:
    """Return what an entry tells of where its warehouse is, in millionths of a degree, and of its priority."""
    told = entry.model_fields_set
    return [
        *(entry.name, int("latitude" in told), in_millionths(entry.latitude), in_millionths(entry.longitude)),
        *(int("priority" in told), entry.priority),
    ]


def _flag(given: bool | None) -> int | None:
    """Return a truth as the database has it; None for one that is left out."""
    return None if given is None else int(given)


def _both_ways(pairs: Iterable[Pair], stores: dict[str, int]) -> list[list[int]]:
    numbers = [(stores[one], stores[other]) for one, other in pairs]
    return [list(numbered) for one, other in numbers for numbered in ((one, other), (other, one))]


def _lists(rows: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(row) for row in sorted(rows)]
