"""What is offered and what is not: of a withdrawn product, and in a closed store, nothing can be ordered.

It is stored as what a product's options say of a store is (``selling`` of its availability), so whoever asks what
can be sold is told nothing, and events say that it is sold out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.inventory.ledger import Ledger
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.topology.affected import CHUNK
from rules.options.effects import terms_of


def offer_stores(runtime: Runtime, work: Work, stores: Collection[int]) -> None:
    """Bring what these stores sell to whether they are open, for all products, with what follows."""
    if not stores:
        return
    _write(runtime, work, [], sorted(stores))
    _follow(runtime, work, _every_product(work))


def offer_product(runtime: Runtime, work: Work, product: int) -> None:
    """Bring what stores sell of the product to whether it is withdrawn, with what follows."""
    _write(runtime, work, [product], [])
    _follow(runtime, work, iter([[product]]))


def _write(runtime: Runtime, work: Work, products: list[int], stores: list[int]) -> None:
    rows = work.all("offered_sets", products=products, stores=stores)
    values = runtime.options.of(work, [row.option_set_id for row in rows])
    terms = [(row.option_set_id, terms_of(values[row.option_set_id])) for row in rows]
    sets = [[number or 0, int(one.selling), int(one.kept)] for number, one in terms]
    work.run("offer", products=products, stores=stores, sets=sets)


def _follow(runtime: Runtime, work: Work, products: Iterator[list[int]]) -> None:
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    for some in products:
        ledger.lock_products(some)
        ledger.refresh_stock(some)
        ledger.settle(balanced=True)


def _every_product(work: Work) -> Iterator[list[int]]:
    after = 0
    while rows := work.all("offered_products", after=after, size=CHUNK):
        abstracts = [int(row.id) for row in rows]
        yield [int(row.id) for row in work.all("topology_products_of", abstracts=abstracts)]
        after = abstracts[-1]
