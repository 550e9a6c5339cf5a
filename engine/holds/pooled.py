"""What is left of products that are divided between channel groups, while orders and carts are decided about.

It follows each of them as the ledger would: a channel group that comes down to its trigger level is balanced before
the next one is decided about, so that orders that come together get what they would get one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.holds.wanted import Pair
from engine.inventory.ledger import Ledger
from engine.inventory.pools import Pool
from engine.storage.database import Record
from engine.versions.names import Names


def pooled(ledger: Ledger, names: Names, rows: Sequence[Record]) -> Pooled | None:
    """Return what there is of the products of locked rows in warehouse groups; None where nothing is divided."""
    products = sorted({row.product_id for row in rows if row.store_id in names.channels})
    if not products:
        return None
    pools: dict[Pair, Pool] = {}
    for product, pool in ledger.allotments.pools(products):
        pools.update({(product, group): pool for group in pool.groups})
    return Pooled(pools, names.channels)


class Pooled:
    """Pools by (product id, channel group id), and the channel group of each store that has one."""

    def __init__(self, pools: Mapping[Pair, Pool], channels: Mapping[int, int]) -> None:
        self._pools, self._channels = pools, channels

    @property
    def balanced(self) -> bool:
        """Whether one of them was balanced."""
        return any(pool.balanced for pool in self._pools.values())

    def left(self, pair: Pair) -> int | None:
        """Return what a store can still sell of a product; None where it is in no channel group."""
        product, store = pair
        group = self._channels.get(store)
        return None if group is None else self._pools[product, group].left(group)

    def lower(self, pair: Pair, amount: int) -> None:
        """Follow what a store promises of a product, or gives back."""
        product, store = pair
        group = self._channels.get(store)
        if group is not None:
            self._pools[product, group].promise(group, amount)
