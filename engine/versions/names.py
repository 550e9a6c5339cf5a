"""The names that orders use, kept in memory: stores, warehouses, products, and processes that take new orders.

They change seldom and are needed by every order. So each process keeps what it has read, and a unit of work that
relies on it asks for one number: it differs once somebody, in whatever process, has changed a name. Ids never
change, so what was found under that number is right; what was not found must be looked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.quantity import Unit
from engine.storage.database import Database, Reader, Record, Work
from engine.versions.catalogue import Catalogue
from engine.versions.place import Version

MOST_PRODUCTS = 200_000
"""How many products are kept at most: some 30 MB, and 20 MB where they have units."""

AHEAD = 1000
"""How many products are read along that follow one that was not known: a look costs more than they do."""


class KnownStore(NamedTuple):
    """A store; a ``remote`` one lives in another database, one that is not ``active`` is closed."""

    id: int
    remote: bool
    active: bool = True


class House(NamedTuple):
    """A warehouse, with what it may be chosen by: its place in millionths of a degree, and its priority."""

    id: int
    name: str
    active: bool
    external: bool
    latitude: int | None
    longitude: int | None
    priority: int | None


class Products(NamedTuple):
    """Products by sku; and by id the units of those whose quantities may not have all six decimals.

    ``renamed`` has the skus of now of those that were asked for by one of before, ``withdrawn`` the ids of products
    that are not offered any more.
    """

    ids: dict[str, int]
    units: dict[int, Unit]
    renamed: dict[str, str]
    withdrawn: set[int]


class KnownProducts:
    """The products that have been looked up; ``units`` are all units by id, and by None the default one."""

    def __init__(self, units: Mapping[int | None, Unit]) -> None:
        self._units = units
        self._kept = Products({}, {}, {}, set())

    def steps(self) -> Mapping[int, int]:
        """Return the smallest quantity, in millionths, of the products that have a unit and were looked up."""
        return {product: unit.step for product, unit in self._kept.units.items()}

    def named(self, database: Database, skus: Iterable[str]) -> Products:
        """Return the products with these skus, as far as they exist; the units may be of others as well."""
        kept = self._kept
        found: dict[str, int] = {}
        missing: set[str] = set()
        for sku in skus:
            known = kept.ids.get(sku)
            if known is None:
                missing.add(sku)
            else:
                found[sku] = known
        if missing:
            if len(kept.ids) > MOST_PRODUCTS:
                # New ones: others may be asking those that were kept, whose units must not vanish beneath them.
                self._kept = Products({}, {}, {}, set())
                return self.named(database, {*found, *missing})
            looked_up = self._look_up(database, missing, kept)
            found.update((sku, looked_up[sku]) for sku in missing if sku in looked_up)
        return Products(found, kept.units, kept.renamed, kept.withdrawn)

    def _look_up(self, database: Database, missing: set[str], kept: Products) -> dict[str, int]:
        with database.read() as reader:
            rows = reader.all("products_named", names=sorted(missing))
            rows += reader.all("products_from", name=min(missing), size=AHEAD)
        looked_up = {row.name: int(row.id) for row in rows}
        kept.renamed.update((row.name, row.sku) for row in rows if row.name != row.sku)
        kept.withdrawn.update(looked_up[row.name] for row in rows if row.withdrawn)
        if self._units:
            # First of all: whoever finds the product finds its unit. One that is not known is newer than the names,
            # which whoever stores by them comes to see.
            kept.units.update(
                (int(row.id), unit)
                for row in rows
                if (unit := self._units.get(row.unit_id)) is not None and unit.step > 1
            )
        kept.ids.update(looked_up)
        return looked_up


@dataclass(frozen=True, slots=True)
class Names:
    """What the names meant at ``version``.

    ``partners`` are the ids of the stores that share reservations with a store, ``serves`` those of the stores
    that a warehouse serves, ``houses`` all warehouses by id, ``locked_with`` those whose availability an order
    of a store can change: partners, and stores that sell from the same warehouse group. ``channels`` are the
    channel groups of stores that have one. ``current`` are the versions that new orders of a process get,
    ``active`` the processes that take new orders. ``suspended_states`` and ``suspended_stores`` are the ids of
    those in which nothing moves by itself. ``products`` grows as products are looked up. ``order_events`` is the
    sum of the flags of the messages of orders that sinks want.
    """

    version: int
    stores: Mapping[str, KnownStore]
    partners: Mapping[int, tuple[int, ...]]
    warehouses: Mapping[str, int]
    serves: Mapping[int, tuple[int, ...]]
    locked_with: Mapping[int, tuple[int, ...]]
    channels: Mapping[int, int]
    current: Mapping[str, Version]
    active: tuple[str, ...]
    suspended_states: frozenset[int] = frozenset()
    suspended_stores: frozenset[int] = frozenset()
    products: KnownProducts = field(default_factory=lambda: KnownProducts({}))
    order_events: int = 0
    houses: Mapping[int, House] = field(default_factory=dict)

    def serving(self, store: int) -> list[House]:
        """Return the active warehouses of a store, by name."""
        return [
            house for house in self.houses.values() if house.active and store in self.serves.get(house.id, ())
        ]


class NameBook:
    """Keeps the names of a database, for any number of threads at once."""

    def __init__(self) -> None:
        self._kept: Names | None = None

    def kept(self, database: Database, catalogue: Catalogue) -> Names:
        """Return the names as they were read last."""
        kept = self._kept
        return kept if kept is not None else self.latest(database, catalogue)

    def latest(self, database: Database, catalogue: Catalogue) -> Names:
        """Return the names as they are now: the ones that are kept, unless something changed since."""
        with database.read() as reader:
            version = int(reader.scalar("names_version"))
            kept = self._kept
            if kept is not None and kept.version == version:
                return kept
            self._kept = names = _read(reader, catalogue, version)
        return names


def note_change(work: Work) -> None:
    """Tell every process that a name was changed; to be called by whatever changes one, in the same transaction."""
    work.run("names_changed", now=work.now)


def _read(reader: Reader, catalogue: Catalogue, version: int) -> Names:
    processes = reader.all("current_processes")
    partners: dict[int, list[int]] = {}
    for row in reader.all("sharing"):
        partners.setdefault(int(row.store_id), []).append(int(row.other_id))
    serves: dict[int, list[int]] = {}
    for row in reader.all("served_stores"):
        serves.setdefault(int(row.warehouse_id), []).append(int(row.store_id))
    pooled, houses = reader.all("pooled_stores"), [_house(row) for row in reader.all("warehouses")]
    suspended = reader.all("suspended_places")
    return Names(
        version=version,
        stores={
            row.name: KnownStore(int(row.id), bool(row.remote), bool(row.active))
            for row in reader.all("stores")
        },
        partners={store: tuple(others) for store, others in partners.items()},
        warehouses={house.name: house.id for house in houses},
        houses={house.id: house for house in houses},
        serves={house: tuple(stores) for house, stores in serves.items()},
        locked_with=_locked_with(pooled, partners),
        channels={int(row.store_id): int(row.channel_group_id) for row in pooled},
        current={row.name: catalogue.version(reader, row.current_version_id) for row in processes},
        active=tuple(row.name for row in processes if row.active),
        suspended_states=frozenset(int(row.id) for row in suspended if row.kind == 1),
        suspended_stores=frozenset(int(row.id) for row in suspended if row.kind == 2),
        products=KnownProducts(_units(reader)),
        order_events=_any_of(int(row.order_events) for row in reader.all("order_listeners")),
    )


def _any_of(flags: Iterable[int]) -> int:
    found = 0
    for one in flags:
        found |= one
    return found


def _house(row: Record) -> House:
    return House(
        *(int(row.id), row.name, bool(row.active), row.type == "external"),
        *(row.latitude, row.longitude, row.priority),
    )


def _locked_with(
    pooled: Sequence[Record], partners: Mapping[int, Sequence[int]]
) -> dict[int, tuple[int, ...]]:
    locked = {store: set(others) for store, others in partners.items()}
    for row in pooled:
        beside = {int(one.store_id) for one in pooled if one.warehouse_group_id == row.warehouse_group_id}
        locked.setdefault(int(row.store_id), set()).update(beside - {int(row.store_id)})
    return {store: tuple(sorted(others)) for store, others in locked.items()}


def _units(reader: Reader) -> dict[int | None, Unit]:
    units: dict[int | None, Unit] = {}
    for row in reader.all("units"):
        units[int(row.id)] = unit = Unit(row.name, int(row.step))
        if row.is_default:
            units[None] = unit
    return units
