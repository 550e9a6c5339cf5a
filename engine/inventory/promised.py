"""What orders and carts promise, in memory: by how much it changes reservations, and whether anybody must be told.

Quantities are in millionths of a sales unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

LARGEST_SUM = 4 * 10**18
"""The largest reserved or held sum: two of them still add up within 64 bits."""

Pair = tuple[int, int]
"""(product id, store id)"""

Key = TypeVar("Key")


class Sums(Protocol):
    """An availability row: what a product has in a store, and what is promised of it there."""

    product_id: int
    store_id: int
    stock: int
    reserved: int
    held: int
    never_out_of_stock: int
    selling: int
    kept: int
    spared: int


class Promised:
    """What orders and carts reserve and hold, by product and store; what they give back is below zero.

    ``partners`` are the stores that share with a store. ``fits`` tells that no warehouse comes to promise more than
    it has, or did before.
    """

    def __init__(self, partners: Mapping[int, Sequence[int]]) -> None:
        self._partners = partners
        self._own: dict[Pair, list[int]] = {}
        self._shared: dict[Pair, list[int]] = {}
        self._named: dict[tuple[int, int, int], list[int]] = {}
        self.fits = True

    def __bool__(self) -> bool:
        return bool(self._own)

    def add(self, product: int, store: int, reserved: int, held: int) -> None:
        """Add what an order promises of a product."""
        if not reserved and not held:
            return
        _add(self._own, (product, store), reserved, held)
        for counted in (store, *self._partners.get(store, ())):
            _add(self._shared, (product, counted), reserved, held)

    def add_there(self, product: int, store: int, warehouse: int, reserved: int, held: int) -> None:
        """Add what of it is to come from a warehouse."""
        if reserved or held:
            _add(self._named, (product, store, warehouse), reserved, held)

    def named(self) -> list[list[int]]:
        """Return what changes at single warehouses: product, store, warehouse, reserved, held."""
        return [[*place, *amounts] for place, amounts in sorted(self._named.items())]

    def pairs(self) -> list[Pair]:
        """Return the (product id, store id) whose reservation changes."""
        return sorted(self._own)

    def own(self) -> list[list[int]]:
        """Return the changed reservations: product, store, reserved, held."""
        return [[*pair, *self._own[pair]] for pair in self.pairs()]

    def shared(self) -> list[list[int]]:
        """Return the changed availability, with that of stores that share: product, store, reserved, held."""
        return [[*pair, *self._shared[pair]] for pair in sorted(self._shared)]

    def of(self, product: int, store: int) -> Sequence[int]:
        """Return by how much reserved and held of an availability row change."""
        return self._shared.get((product, store), _NOTHING)


_NOTHING = (0, 0)


def _add(sums: dict[Key, list[int]], key: Key, reserved: int, held: int) -> None:
    known = sums.get(key)
    if known is None:
        sums[key] = [reserved, held]
    else:
        known[0] += reserved
        known[1] += held


def is_quiet(promised: Promised, rows: Sequence[Sums]) -> bool:
    """Return whether the promise changes amounts and nothing else that anybody is told of.

    Not when a product becomes sellable or ceases to be, when more is promised than there is, when a sum is damaged
    (below zero) or grows beyond what can be stored.
    """
    return all(_is_quiet(row, *promised.of(row.product_id, row.store_id)) for row in rows)


def _is_quiet(row: Sums, reserved: int, held: int) -> bool:
    after_reserved, after_held = row.reserved + reserved, row.held + held
    if min(row.reserved, row.held, after_reserved, after_held) < 0:
        return False
    if max(after_reserved, after_held) > LARGEST_SUM:
        return False
    if row.never_out_of_stock:
        return True
    left = row.stock - row.reserved - row.held + row.spared - (0 if row.selling else row.kept)
    after = left - reserved - held
    if row.selling and left > 0:  # nothing of it is sold whatever is left, so only a shortfall would be told
        return after >= 0
    # Sold out before and after, nothing changes but how much more is promised; of less nobody is told.
    return after > 0 if left > 0 else left <= after <= 0
