"""The terms behind an availability: each warehouse's stock, and which items reserve or hold how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.clock import to_datetime
from engine.quantity import to_decimal
from engine.reading.sharing import allotment_terms
from engine.storage.database import Reader
from rules.options.effects import PLAIN, Selling

ORDERS_SHOWN = 3
"""How many order references are shown behind a term."""

_Group = tuple[int, int]


def load_terms(
    reader: Reader, products: Sequence[int], store: int, now: int
) -> dict[int, list[Mapping[str, Any]]]:
    """Return the terms of each product's availability in the store: a constant number of statements.

    ``stock`` terms: warehouse, quantity, and whether it counts (active, and serving the store). ``allotment``
    terms, of stores in channel groups: what of that stock the store's group may promise. ``in_warehouse``
    terms: what of the promises below is to come from a certain warehouse, and what of that is beyond its stock.
    ``reserved`` and ``held`` terms: one per store, process and state, with the number of items and the first
    orders; ``shared`` tells that another store's is meant. What carts hold is a term of its own, with their
    number and the first references. What a store's row has and neither items nor carts explain (another
    database's reservations, or drift) is a term without items. Holds whose time is over at ``now`` are left
    out.
    """
    chosen = {"products": list(products), "store": store}
    found: dict[int, list[Mapping[str, Any]]] = {product: [] for product in products}
    for row in reader.all("view_stock", **chosen):
        found[row.product_id].append(_stock_term(row))
    for product, term in allotment_terms(reader, products, store, now).items():
        found[product].append(term)
    for row in reader.all("view_there", now=now, **chosen):
        found[row.product_id].append(_there_term(row))
    items = _items(reader, {**chosen, "now": now})
    carts = _carts(reader, {**chosen, "now": now})
    for row in reader.all("view_reservations", now=now, **chosen):
        groups = items.get((row.product_id, row.store_id), [])
        for kind in ("reserved", "held"):
            behind = carts.get((row.product_id, row.store_id)) if kind == "held" else None
            found[row.product_id].extend(_terms(kind, row, groups, behind, shared=row.store_id != store))
    return found


@dataclass(frozen=True, slots=True)
class _Items:
    """Items of one store, process and state that count: how many and how much, by kind."""

    process: str
    state: str
    counts: Mapping[str, int]
    amounts: Mapping[str, int]
    orders: list[str]


def _items(reader: Reader, chosen: Mapping[str, Any]) -> dict[_Group, list[_Items]]:
    orders: dict[tuple[int, int, int], list[str]] = {}
    for row in reader.all("view_first_orders", most=ORDERS_SHOWN, **chosen):
        orders.setdefault((row.product_id, row.store_id, row.state_id), []).append(row.reference)
    groups: dict[_Group, list[_Items]] = {}
    for row in reader.all("view_counting_items", **chosen):
        first = orders.get((row.product_id, row.store_id, row.state_id), [])
        counts = {"reserved": int(row.reserved_items), "held": int(row.held_items)}
        amounts = {"reserved": int(row.reserved), "held": int(row.held)}
        group = _Items(row.process, row.state, counts, amounts, first)
        groups.setdefault((row.product_id, row.store_id), []).append(group)
    return groups


@dataclass(slots=True)
class _Carts:
    """What carts hold of a product in a store: how many they are, how much it is, and the first references."""

    number: int
    amount: int
    references: list[str]


def _carts(reader: Reader, chosen: Mapping[str, Any]) -> dict[_Group, _Carts]:
    found: dict[_Group, _Carts] = {}
    for row in reader.all("view_first_carts", most=ORDERS_SHOWN, **chosen):
        group = found.setdefault((row.product_id, row.store_id), _Carts(int(row.carts), int(row.held), []))
        group.references.append(row.reference)
    return found


def option_term(store: str, selling: int, kept: int) -> dict[str, Any] | None:
    """Return the ``options`` term of a product in a store; None where its options take and add nothing.

    ``quantity`` is kept back of its level; below zero it is what may be sold beyond it. ``selling`` tells how it is
    sold: ``by_level``, ``beyond_level`` and ``without_level`` (both without limit), or ``not_at_all``.
    """
    if (selling, kept) == PLAIN:
        return None
    how = Selling(selling).name.lower()
    return {"term": "options", "store": store, "quantity": to_decimal(int(kept)), "selling": how}


def _stock_term(row: Any) -> dict[str, Any]:
    return {
        "term": "stock",
        "warehouse": row.warehouse,
        "quantity": to_decimal(row.quantity),
        "counts": bool(row.active and row.serves),
        "active": bool(row.active),
        "serves_store": bool(row.serves),
        "never_out_of_stock": bool(row.never_out_of_stock),
        "counted_at": None if row.counted_at is None else to_datetime(row.counted_at),
    }


def _there_term(row: Any) -> dict[str, Any]:
    promised, stock = int(row.promised), int(row.stock)
    return {
        "term": "in_warehouse",
        "warehouse": row.warehouse,
        "quantity": to_decimal(promised),
        "stock": to_decimal(stock),
        "beyond": to_decimal(max(promised - stock, 0)),
    }


def _terms(
    kind: str, row: Any, groups: Sequence[_Items], carts: _Carts | None, *, shared: bool
) -> Iterator[dict[str, Any]]:
    start = {"term": kind, "store": row.store, "shared": shared}
    rest = int(getattr(row, kind))
    for group in groups:
        amount = group.amounts[kind]
        if amount:
            rest -= amount
            where = {"process": group.process, "state": group.state}
            known = {"quantity": to_decimal(amount), "items": group.counts[kind], "orders": group.orders}
            yield {**start, **where, **known}
    nobody: dict[str, Any] = {"process": None, "state": None, "items": 0, "orders": []}
    if carts is not None:
        rest -= carts.amount
        told = {"carts": carts.number, "references": carts.references}
        yield {**start, **nobody, "quantity": to_decimal(carts.amount), **told}
    if rest:
        yield {**start, **nobody, "quantity": to_decimal(rest)}
