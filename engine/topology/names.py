"""Finding stores and products by name, all unknown ones reported at once."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UnknownStore, UnknownWarehouse
from engine.runtime import Runtime
from engine.storage.database import Reader


def store_of(runtime: Runtime, store: str | None) -> int | None:
    """Return the id of the named store, None for no name. Raises UnknownStore."""
    if store is None:
        return None
    with runtime.database.read() as reader:
        return store_id_of(reader, store)


def store_id_of(reader: Reader, name: str) -> int:
    """Return the store's id. Raises UnknownStore, naming the stores that exist."""
    stores = {row.name: int(row.id) for row in reader.all("stores")}
    if name not in stores:
        known = ", ".join(sorted(stores)) or "none"
        raise UnknownStore(f"there is no store {name!r}; known: {known}")
    return stores[name]


def warehouse_id_of(reader: Reader, name: str) -> int:
    """Return the warehouse's id. Raises UnknownWarehouse, naming the warehouses that exist."""
    known = {str(row.name): int(row.id) for row in reader.all("topology_warehouses")}
    if name not in known:
        raise UnknownWarehouse(f"there is no warehouse {name!r}; known: {', '.join(sorted(known)) or 'none'}")
    return known[name]


def ids_by_name(reader: Reader, statement: str, names: Sequence[str]) -> dict[str, int]:
    """Return the ids of those names that exist; ``statement`` selects (id, name) for ``:names``."""
    return {row.name: int(row.id) for row in reader.all(statement, names=sorted(set(names)))}
