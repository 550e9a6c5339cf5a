"""The products whose availability may have changed with the topology, and computing it afresh."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.inventory.ledger import Ledger
from engine.runtime import Runtime
from engine.storage.database import Work

CHUNK = 1000
"""How many products are written, or recomputed, with one set of statements."""


def refresh(runtime: Runtime, work: Work, warehouses: Collection[int], stores: Collection[int]) -> None:
    """Compute availability afresh of what these warehouses have, and of what these stores have promised."""
    if not (warehouses or stores):
        return
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    for products in _affected(work, sorted(warehouses), sorted(stores)):
        ledger.lock_products(products)
        ledger.refresh_reserved(products)
        ledger.refresh_stock(products)
        ledger.settle(balanced=True)


def _affected(work: Work, warehouses: list[int], stores: list[int]) -> Iterator[list[int]]:
    """Yield the products, whole abstract ones, a chunk at a time."""
    after = 0
    concerned = {"warehouses": warehouses, "stores": stores}
    while rows := work.all("topology_affected", after=after, size=CHUNK, **concerned):
        abstracts = [row.abstract_id for row in rows]
        yield [row.id for row in work.all("topology_products_of", abstracts=abstracts)]
        after = abstracts[-1]
