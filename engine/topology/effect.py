"""What a change of the topology means for what can be sold, and for those who rest on what goes away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from engine.quantity import to_decimal
from engine.results import BeforeAfter, Dependence, ProductEffect, StoreEffect
from engine.storage.database import Reader, Record
from engine.topology.shape import Shape
from engine.topology.stored import Stored

MOST_PRODUCTS = 20
"""How many products of each effect are told of a store."""

MOST_NAMED = 5
"""How many orders and carts are named of those that rest on something."""

_WHOLE = 0
"""In place of the id of a warehouse: what rests on the store, and not on one of its warehouses."""


def store_effects(reader: Reader, stored: Stored, sides: tuple[Shape, Shape], now: int) -> list[StoreEffect]:
    """Return what becomes of the stores whose numbers follow from other warehouses, or stores, than before: of the
    shapes of both sides. Two statements, whatever the number of products. Stores of channel groups are left out:
    what they can sell is divided anew.
    """
    reaches = [_reaches(shape) for shape in sides]
    names = sorted((reaches[0].keys() | reaches[1].keys()) - sides[0].channels)
    # A store that is not stored yet has no id: here each has a number of its own.
    numbers = {
        name: number
        for number, name in enumerate(names)
        if reaches[0].get(name, _NOTHING) != reaches[1].get(name, _NOTHING)
    }
    if not numbers:
        return []
    both = [
        (name, numbers[name], reaches[side].get(name, _NOTHING), side) for name in numbers for side in (0, 1)
    ]
    asked = {
        "links": [row for _, store, reach, side in both for row in _links(stored, store, reach, side)],
        "peers": [
            row for name, store, reach, side in both for row in _peers(stored, store, name, reach, side)
        ],
        "known": [[number, stored.stores[name]] for name, number in numbers.items() if name in stored.stores],
        "now": now,
    }
    examples: defaultdict[int, list[ProductEffect]] = defaultdict(list)
    for row in reader.all("diff_examples", size=MOST_PRODUCTS, **asked):
        before, after = to_decimal(int(row.before)), to_decimal(int(row.after))
        examples[row.store_id].append(ProductEffect(row.effect, row.sku, before, after))
    totals = {int(row.store_id): row for row in reader.all("diff_totals", **asked)}
    return [
        _effect(name, totals[number], examples[number])
        for name, number in numbers.items()
        if number in totals
    ]


@dataclass(frozen=True, slots=True)
class _Reach:
    """What the numbers of a store follow from: active warehouses, and the stores whose promises count there."""

    own: frozenset[str]
    houses: frozenset[str]
    """The store's own warehouses, and those of the stores that share with it."""
    heeded: frozenset[str]


_NOTHING = _Reach(frozenset(), frozenset(), frozenset())
"""Of a store that is not there, or not of this database."""


def _reaches(shape: Shape) -> dict[str, _Reach]:
    houses: defaultdict[str, set[str]] = defaultdict(set)
    for store, house in shape.served:
        if shape.warehouses[house]:
            houses[store].add(house)
    heeded = {name: {name} for name in shape.remote if shape.local(name)}
    for store, other in shape.heeds():
        heeded[store].add(other)
    return {
        store: _Reach(
            frozenset(houses[store]),
            frozenset().union(*(houses[other] for other in others)),
            frozenset(others),
        )
        for store, others in heeded.items()
    }


def _links(stored: Stored, store: int, reach: _Reach, side: int) -> Iterator[list[int]]:
    for house in reach.houses & stored.warehouses.keys():  # in a new one there is nothing yet
        yield [store, stored.warehouses[house], side, int(house in reach.own)]


def _peers(stored: Stored, store: int, own: str, reach: _Reach, side: int) -> Iterator[list[int]]:
    for other in reach.heeded & stored.stores.keys():
        yield [store, stored.stores[other], side, int(other == own)]


def _effect(store: str, row: Record, products: Iterable[ProductEffect]) -> StoreEffect:
    amounts: dict[str, Any] = {
        name: BeforeAfter(
            to_decimal(int(getattr(row, f"{name}_0"))), to_decimal(int(getattr(row, f"{name}_1")))
        )
        for name in ("stock", "reserved", "held", "available")
    }
    counted: dict[str, Any] = {
        name: BeforeAfter(int(getattr(row, f"{name}_0")), int(getattr(row, f"{name}_1")))
        for name in ("sellable", "short")
    }
    return StoreEffect(
        store=store,
        **amounts,
        **counted,
        sells_out=int(row.sells_out),
        becomes_sellable=int(row.becomes_sellable),
        becomes_short=int(row.becomes_short),
        products=tuple(products),
    )


def dependences(reader: Reader, stored: Stored, sides: tuple[Shape, Shape], now: int) -> list[Dependence]:
    """Return who rests on what goes away: warehouses, sharing, and stores that come to be of another database."""
    before, after = sides
    left = sorted(name for name in before.remote if before.local(name) and not after.local(name))
    shut = sorted(name for name in after.closed - before.closed if after.local(name))
    links = sorted(link for link in before.sells_from() - after.sells_from() if link[0] not in left)
    parted = sorted(two for two in before.heeds() - after.heeds() if two[0] not in left)
    return [
        *_resting(reader, stored, [*((name, None) for name in left), *links], now),
        *_unheeded(reader, stored, parted),
        *(replace(one, what="closing") for one in _resting(reader, stored, [(s, None) for s in shut], now)),
    ]


def _resting(
    reader: Reader, stored: Stored, gone: list[tuple[str, str | None]], now: int
) -> Iterator[Dependence]:
    """Yield who rests on each of these warehouses of stores, or on the store itself, where it is without one."""
    if not gone:
        return
    numbers = {_place(stored, *one): one for one in gone}
    asked = {"gone": [list(place) for place in numbers]}
    items = {_at(row): row for row in reader.all("diff_items", now=now, **asked)}
    orders, carts = defaultdict(list), defaultdict(list)
    for row in reader.all("diff_orders", size=MOST_NAMED, **asked):
        orders[_at(row)].append(row.reference)
    for row in reader.all("diff_carts", now=now, **asked):
        carts[_at(row)].append(row)
    for place, (store, name) in numbers.items():
        found, held = items.get(place), sum(int(cart.held) for cart in carts[place])
        yield Dependence(
            what="warehouse" if place[1] else "store",
            store=store,
            name=name or store,
            items=0 if found is None else int(found.items),
            carts=len(carts[place]),
            reserved=to_decimal(0 if found is None else int(found.reserved)),
            held=to_decimal(held + (0 if found is None else int(found.held))),
            orders=tuple(orders[place]),
            cart_references=tuple(cart.reference for cart in carts[place][:MOST_NAMED]),
        )


def _place(stored: Stored, store: str, house: str | None) -> tuple[int, int]:
    return stored.stores[store], _WHOLE if house is None else stored.warehouses[house]


def _at(row: Record) -> tuple[int, int]:
    return int(row.store_id), int(row.warehouse_id)


def _unheeded(reader: Reader, stored: Stored, parted: list[tuple[str, str]]) -> Iterator[Dependence]:
    if not parted:
        return
    others = sorted({stored.stores[other] for _, other in parted})
    promised = {row.store_id: row for row in reader.all("diff_promises", stores=others)}
    for store, other in parted:
        row = promised.get(stored.stores[other])
        yield Dependence(
            what="sharing",
            store=store,
            name=other,
            reserved=to_decimal(0 if row is None else int(row.reserved)),
            held=to_decimal(0 if row is None else int(row.held)),
        )
