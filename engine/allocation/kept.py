"""What warehouses have left to allocate, and what was chosen and rejected, as the database keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.allocation.choosing import Supply
from engine.storage.database import Reader, Work


class Record(NamedTuple):
    """That a warehouse was chosen for so much of an item, in millionths, and why; None: none was found."""

    item: int
    warehouse: int | None
    quantity: int
    reason: str


def read_supply(reader: Reader, products: Iterable[int], now: int) -> Supply:
    """Return what active warehouses have left of products, whose availability is locked."""
    rows = reader.tuples("warehouses_left", products=sorted(products), now=now)
    left: dict[tuple[int, int], int] = {(product, house): free for product, house, free, _ in rows}
    return Supply(left, {(product, house) for product, house, _, never in rows if never})


def read_rejections(reader: Reader, items: Sequence[int]) -> dict[int, frozenset[int]]:
    """Return the warehouses that have rejected each item, or the one that it was split from."""
    found: dict[int, set[int]] = {}
    for item, house in reader.tuples("rejections_of", items=list(items)):
        found.setdefault(item, set()).add(house)
    return {item: frozenset(houses) for item, houses in found.items()}


def write_allocations(work: Work, records: Sequence[Record], cause: str, actor: str | None) -> None:
    """Keep what was chosen, with the time of the unit of work."""
    if records:
        rows = [list(record) for record in records]
        work.run("insert_allocations", rows=rows, now=work.now, cause=cause, actor=actor)
