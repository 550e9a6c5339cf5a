"""What single warehouses have left for new orders and carts, and what is taken off stores by what comes from there.

Quantities are in millionths. What a warehouse promises beyond its stock is no stock of others, so it takes nothing
off these: whoever promises more there, or gives it back, changes what a store can sell by less than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.holds.wanted import Named, Pair
from engine.storage.database import Work

Place = tuple[int, int]
"""(product id, warehouse id)"""


class There:
    """Warehouses that lines name, and those from which something is held for an order of the batch.

    ``partners`` are the stores that share with a store, ``serves`` the stores that a warehouse serves. ``fits``
    tells that no warehouse has come to promise more than it has, or did before: nothing follows for what is
    spared.
    """

    def __init__(
        self,
        work: Work,
        named: Sequence[Named],
        partners: Mapping[int, Sequence[int]],
        serves: Mapping[int, Sequence[int]],
    ) -> None:
        self._partners, self._serves = partners, serves
        self._left: dict[Place, int] = {}
        self._reasons: dict[Named, str] = {}
        self._endless: set[Place] = set()
        self.fits = True
        if named:
            self._look(work, named)

    def _look(self, work: Work, named: Sequence[Named]) -> None:
        for row in work.all("placement_warehouses", named=[list(each) for each in named], now=work.now):
            place = (row.product_id, row.warehouse_id)
            self._left[place] = int(row.free)
            if not (row.active and row.serves):
                reason = "does not serve" if row.active else "is not active, so it does not serve"
                self._reasons[row.product_id, row.store_id, row.warehouse_id] = reason
            if row.never_out_of_stock:
                self._endless.add(place)

    @property
    def lefts(self) -> Mapping[Place, int]:
        """What is left in the places that are known."""
        return self._left

    def know(self, left: Mapping[Place, int]) -> None:
        """Take note of what further places have left; of a product that one has not, it has nothing."""
        self._left = {**left, **self._left}

    def reason(self, named: Named) -> str | None:
        """Return why a store cannot have a product from a warehouse; None when it can."""
        return self._reasons.get(named)

    def left(self, place: Place) -> int:
        """Return what a warehouse has left of a product; below zero where it promises more than it has."""
        return self._left[place]

    def endless(self, place: Place) -> bool:
        """Return whether a product never runs out in a warehouse."""
        return place in self._endless

    def give_back(self, named: Named, amount: int) -> Iterator[tuple[Pair, int]]:
        """Give back what was held; yield by how much less than that each store comes to be able to sell."""
        product, _, warehouse = named
        place = (product, warehouse)
        before = self._left.get(place)
        gained = 0
        if before is None:
            self.fits = False
        else:
            self._left[place] = before + amount
            gained = max(before + amount, 0) - max(before, 0)
        yield from self._others(named, amount, amount - gained)

    def take(self, named: Named, amount: int, *, beyond: int) -> Iterable[tuple[Pair, int]]:
        """Take what is promised; return by how much less than that each store comes to be able to sell less.

        ``beyond`` is how much the store takes as backorders, which what a warehouse lacks uses up.
        """
        product, store, warehouse = named
        before = self._left[product, warehouse]
        self._left[product, warehouse] = before - amount
        if before >= amount and store in self._serves.get(warehouse, ()) and not self._partners.get(store):
            return ()
        lost = max(before, 0) - max(before - amount, 0)
        return self._others(named, 0, 0 if beyond else amount - lost)

    def _others(self, named: Named, unserved: int, served: int) -> Iterator[tuple[Pair, int]]:
        product, store, warehouse = named
        if self._left.get((product, warehouse), -1) < 0 or served:
            self.fits = False
        for counted in (store, *self._partners.get(store, ())):
            if counted in self._serves.get(warehouse, ()):
                yield (product, counted), served
            else:
                self.fits = False
                yield (product, counted), unserved
