"""Stores, warehouses and units as they are stored, and in words how one moment differs from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.nouns import count
from engine.quantity import Unit
from engine.storage.database import Reader
from engine.topology.sharing import Pair, pair


class Site(NamedTuple):
    """Where a warehouse is, in millionths of a degree, and its priority; None for what is not told."""

    latitude: int | None
    longitude: int | None
    priority: int | None

    def said(self) -> dict[str, float | int | None]:
        """Return what a file says of it, in degrees."""
        return {
            "latitude": in_degrees(self.latitude),
            "longitude": in_degrees(self.longitude),
            "priority": self.priority,
        }


NOWHERE = Site(None, None, None)


def in_millionths(degrees: float | None) -> int | None:
    """Return degrees as they are stored."""
    return None if degrees is None else round(degrees * 1_000_000)


def in_degrees(millionths: int | None) -> float | None:
    """Return what is stored in degrees."""
    return None if millionths is None else millionths / 1_000_000


class Stored:
    """Stores, warehouses and how they are linked, as they are stored; and the highest ids, 0 for none."""

    def __init__(self, reader: Reader) -> None:
        (self.last,) = reader.all("topology_last_ids")
        houses = reader.all("topology_warehouses")
        self.warehouses: dict[str, int] = {row.name: row.id for row in houses}
        self.active = {row.id for row in houses if row.active}
        self.types: dict[str, str] = {row.name: row.type for row in houses}
        self.places = {row.name: Site(*(row.latitude, row.longitude, row.priority)) for row in houses}
        shops = reader.all("topology_stores")
        self.stores: dict[str, int] = {row.name: row.id for row in shops}
        self.remote = {row.id for row in shops if row.remote}
        self.closed = {str(row.name): int(row.id) for row in shops if not row.active}
        self.channels = {row.name for row in shops if row.channel_group_id is not None}
        self.organisations: dict[str, str | None] = {row.name: row.organisation for row in shops}
        self.parents: dict[str, str | None] = {
            row.name: row.parent for row in reader.all("topology_categories")
        }
        self.links = {(row.store_id, row.warehouse_id) for row in reader.all("topology_links")}
        names = {number: name for name, number in self.stores.items()}
        rows = reader.all("topology_sharing")
        self.sharing: set[Pair] = {pair(names[row.store_id], names[row.other_id]) for row in rows}
        units = reader.all("units")
        self.units = {row.name: Unit(row.name, int(row.step)).decimals for row in units}
        self.default_unit = next((str(row.name) for row in units if row.is_default), None)

    def active_warehouses(self) -> dict[str, set[str]]:
        """Return the names of each store's active warehouses."""
        names = {number: name for name, number in self.warehouses.items()}
        return {
            store: {names[house] for owner, house in self.links if owner == number and house in self.active}
            for store, number in self.stores.items()
        }

    def own_warehouses(self) -> dict[str, set[str]]:
        """Return what ``active_warehouses`` does, but for stores of channel groups."""
        return {
            store: houses for store, houses in self.active_warehouses().items() if store not in self.channels
        }

    def served(self) -> set[tuple[str, str]]:
        """Return each store with each of its warehouses, by name."""
        houses = {number: name for name, number in self.warehouses.items()}
        stores = {number: name for name, number in self.stores.items()}
        return {(stores[store], houses[house]) for store, house in self.links}

    def open(self) -> dict[str, bool]:
        """Return each warehouse by name, and whether it is active."""
        return {name: number in self.active for name, number in self.warehouses.items()}


def differences(before: Stored, after: Stored) -> Iterator[str]:
    """Yield what differs, in words: a line for each thing."""
    for name, decimals in after.units.items():
        if before.units.get(name) != decimals:
            known = before.units.get(name)
            was = "new, " if known is None else f"{count(known, 'decimal')} before, now "
            yield f"unit '{name}': {was}{count(decimals, 'decimal')}"
    if before.default_unit != after.default_unit:
        yield f"default unit: {_or_none(after.default_unit)}, {_or_none(before.default_unit)} before"
    yield from _warehouses(before, after)
    for name in sorted(after.stores.keys() - before.stores.keys()):
        yield f"store '{name}': new"
    for name in sorted(before.closed.keys() ^ after.closed.keys()):
        yield f"store '{name}': {'closed' if name in after.closed else 'open'}"
    yield from _placed(
        before.organisations, after.organisations, "store '{}': of the organisation '{}'", "no organisation"
    )
    for name in sorted(after.parents.keys() - before.parents.keys()):
        yield f"category '{name}': new"
    yield from _placed(before.parents, after.parents, "category '{}': below '{}'", "below none")
    yield from _links(before.served(), after.served(), "store '{}': sells from '{}'", "no longer sells")
    yield from _links(before.sharing, after.sharing, "store '{}': shares with '{}'", "no longer shares")


def _warehouses(before: Stored, after: Stored) -> Iterator[str]:
    was_open = before.open()
    for name, active in sorted(after.open().items()):
        if was_open.get(name) != active:
            new = "" if name in was_open else "new, "
            yield f"warehouse '{name}': {new}{'active' if active else 'not active'}"
    for name, kind in sorted(after.types.items()):
        if before.types.get(name, "global") != kind:
            yield f"warehouse '{name}': of the type {kind}"
    for name, site in sorted(after.places.items()):
        old = before.places.get(name, NOWHERE)
        if old[:2] != site[:2]:
            yield f"warehouse '{name}': {_site(site)}"
        if old.priority != site.priority:
            yield f"warehouse '{name}': " + (
                "no priority" if site.priority is None else f"priority {site.priority}"
            )


def _site(site: Site) -> str:
    latitude, longitude = in_degrees(site.latitude), in_degrees(site.longitude)
    return "no place" if latitude is None else f"at latitude {latitude:g}, longitude {longitude:g}"


def _links(before: set[Pair], after: set[Pair], text: str, gone: str) -> Iterator[str]:
    for two in sorted(before - after):
        yield text.replace(gone.removeprefix("no longer "), gone).format(*two)
    for two in sorted(after - before):
        yield text.format(*two)


def _placed(
    before: Mapping[str, str | None], after: Mapping[str, str | None], text: str, none: str
) -> Iterator[str]:
    for name in sorted(after):
        if before.get(name) != after[name]:
            place = after[name]
            start = text.partition(": ")[0].format(name)
            yield f"{start}: {none}" if place is None else text.format(name, place)


def _or_none(name: str | None) -> str:
    return "none" if name is None else f"'{name}'"


def told_products(abstracts: int, concretes: int) -> list[str]:
    """Return in words how many products are new."""
    if not abstracts and not concretes:
        return []
    return [f"{abstracts} abstract and {count(concretes, 'concrete product')}: new"]
