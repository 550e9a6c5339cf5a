"""Who shares reservations with whom after a topology is applied, and what looks odd about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from engine.requests import Topology

Pair = tuple[str, str]
"""Two stores by name, in alphabetical order: sharing is symmetric."""


def pair(one: str, other: str) -> Pair:
    """Return the two stores as a pair."""
    return (one, other) if one < other else (other, one)


def wanted_pairs(topology: Topology, stored: set[Pair]) -> set[Pair]:
    """Return every sharing pair there should be.

    A store whose entry lists sharing gives up what it does not list, unless the other store lists it. Pairs
    of stores that list nothing stay.
    """
    listing = {e.name for e in topology.stores if "shares_reservations_with" in e.model_fields_set}
    kept = {found for found in stored if not listing.intersection(found)}
    return kept | {pair(e.name, other) for e in topology.stores for other in e.shares_reservations_with}


def wanted_beside(topology: Topology, stored: set[Pair], channels: Collection[str]) -> set[Pair]:
    """Return what ``wanted_pairs`` does, but for stores of channel groups: who shares with these stays as it is."""
    known = set(channels)
    wanted = {two for two in wanted_pairs(topology, stored) if known.isdisjoint(two)}
    return wanted | {two for two in stored if not known.isdisjoint(two)}


def one_sided(topology: Topology, stored: set[Pair]) -> list[str]:
    """Return a warning for each store that is named as sharing and does not say so itself."""
    lists = {entry.name: set(entry.shares_reservations_with) for entry in topology.stores}
    return [
        f"store '{entry.name}' shares reservations with '{other}', which does not list it: "
        "completed, sharing is symmetric"
        for entry in topology.stores
        for other in entry.shares_reservations_with
        if (entry.name not in lists[other] if other in lists else pair(entry.name, other) not in stored)
    ]


def oddities(topology: Topology, warehouses: Mapping[str, set[str]], pairs: set[Pair]) -> list[str]:
    """Return warnings about stores of the topology whose active warehouses and sharing do not fit together.

    ``warehouses`` names the active warehouses of every store.
    """
    named = {entry.name for entry in topology.stores}
    allowed = {entry.name for entry in topology.stores if entry.allow_overlap}
    near = (two for two in combinations(sorted(warehouses), 2) if named.intersection(two))
    return [text for two in near for text in _odd(two, warehouses, two in pairs, not allowed.isdisjoint(two))]


def _odd(two: Pair, warehouses: Mapping[str, set[str]], sharing: bool, allowed: bool) -> Iterator[str]:
    one, other = two
    common = warehouses[one] & warehouses[other]
    only = warehouses[one] ^ warehouses[other]
    if common and not sharing and not allowed:
        yield (
            f"stores '{one}' and '{other}' both sell from {_names(common)} and do not share: the same piece "
            "can be sold twice. Let them share reservations, or write allow_overlap: true"
        )
    if sharing and only and warehouses[one] and warehouses[other]:
        yield (
            f"stores '{one}' and '{other}' share reservations but not {_names(only)}: what one reserves is "
            "subtracted whole from the other, which may sell less than it could"
        )


def _names(names: set[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))
