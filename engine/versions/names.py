"""The names that orders use, kept in memory: stores, warehouses, products, and processes that take new orders.

They change seldom and are needed by every order. So each process keeps what it has read, and a unit of work that
relies on it asks for one number: it differs once somebody, in whatever process, has changed a name. Ids never
change, so what was found under that number is right; what was not found must be looked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.storage.database import Database, Reader, Work
from engine.versions.catalogue import Catalogue
from engine.versions.place import Version

MOST_PRODUCTS = 200_000
"""How many products are kept at most: some 30 MB."""

AHEAD = 1000
"""How many products are read along that follow one that was not known: a look costs more than they do."""


class KnownStore(NamedTuple):
    """A store; a ``remote`` one lives in another database."""

    id: int
    remote: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What the names meant at ``version``.

    ``partners`` are the ids of the stores that share reservations with a store, ``serves`` those of the stores
    that a warehouse serves. ``current`` are the versions that new orders of a process get, ``active`` the
    processes that take new orders. ``products`` grows as products are looked up.
    """

    version: int
    stores: Mapping[str, KnownStore]
    partners: Mapping[int, tuple[int, ...]]
    warehouses: Mapping[str, int]
    serves: Mapping[int, tuple[int, ...]]
    current: Mapping[str, Version]
    active: tuple[str, ...]
    products: dict[str, int] = field(default_factory=dict)

    def product_ids(self, database: Database, skus: Iterable[str]) -> dict[str, int]:
        """Return the ids of the products with these skus, as far as they exist."""
        found: dict[str, int] = {}
        missing: set[str] = set()
        for sku in skus:
            known = self.products.get(sku)
            if known is None:
                missing.add(sku)
            else:
                found[sku] = known
        if missing:
            with database.read() as reader:
                rows = reader.all("products_named", names=sorted(missing))
                rows += reader.all("products_from", name=min(missing), size=AHEAD)
            looked_up = {row.name: int(row.id) for row in rows}
            if len(self.products) > MOST_PRODUCTS:
                self.products.clear()
            self.products.update(looked_up)
            found.update((sku, looked_up[sku]) for sku in missing if sku in looked_up)
        return found


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
    return Names(
        version=version,
        stores={row.name: KnownStore(int(row.id), bool(row.remote)) for row in reader.all("stores")},
        partners={store: tuple(others) for store, others in partners.items()},
        warehouses={row.name: int(row.id) for row in reader.all("warehouses")},
        serves={house: tuple(stores) for house, stores in serves.items()},
        current={row.name: catalogue.version(reader, row.current_version_id) for row in processes},
        active=tuple(row.name for row in processes if row.active),
    )
