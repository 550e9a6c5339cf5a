"""Deciding about what is wanted, once names are resolved: again, where a name has changed or a hold is over.

Whoever stores orders or holds of carts resolves their names by what is kept in memory, and learns only with its
locks whether that is what they mean now; and who is short may be so only because of holds whose time is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from engine.errors import EarmarkError
from engine.holds.ending import end_cart_holds_of
from engine.holds.orders import end_holds_of
from engine.holds.there import There
from engine.holds.wanted import Named, Wanted
from engine.inventory.promised import Promised
from engine.runtime import Runtime
from engine.storage.database import Record, Work
from engine.versions.names import Names


class Renamed(Exception):
    """A name that orders use was changed after the batch had looked its names up."""


class HoldsOver(Exception):
    """Something of the batch is short of products that are held beyond the time of the holds."""

    def __init__(self, products: Sequence[int], now: int) -> None:
        super().__init__()
        self.products = products
        self.now = now


class Resolved(Protocol):
    """A batch whose names are resolved, as far as they could be."""

    resolved: list[Any]
    refused: dict[int, EarmarkError]


B = TypeVar("B", bound=Resolved)


def decided(runtime: Runtime, resolve: Callable[[Names], B], store: Callable[[Names, B, Work], B]) -> B:
    """Return the batch as it was stored; ``store`` may raise Renamed and HoldsOver, and is then asked again."""
    names = runtime.names.kept(runtime.database, runtime.catalogue)
    while True:
        batch, names = _resolved(runtime, resolve, names)
        if not batch.resolved:
            return batch
        try:
            return runtime.database.transact(partial(store, names, batch))
        except Renamed:
            names = runtime.names.latest(runtime.database, runtime.catalogue)
        except HoldsOver as over:
            # Items and carts are locked before availability, so it takes a unit of work of its own. By its end all
            # that was seen to be over is ended, by whomever, so this is not for ever.
            end_holds_of(runtime, over.products, over.now)
            end_cart_holds_of(runtime, over.products, over.now)


def _resolved(runtime: Runtime, resolve: Callable[[Names], B], names: Names) -> tuple[B, Names]:
    """Return the batch with its names resolved, and the names by which that was done.

    What the names that are kept do not know is looked for once more: somebody else may have added it.
    """
    while True:
        batch = resolve(names)
        if not batch.refused:
            return batch, names
        latest = runtime.names.latest(runtime.database, runtime.catalogue)
        if latest is names:
            return batch, names
        names = latest


def pairs_of(wanted: Sequence[Wanted], partners: Mapping[int, Sequence[int]]) -> set[tuple[int, int]]:
    """Return the (product id, store id) whose availability is to be locked for what is wanted."""
    return with_partners({pair for one in wanted for pair in (*one.needs, *one.beside)}, partners)


def with_partners(pairs: set[tuple[int, int]], partners: Mapping[int, Sequence[int]]) -> set[tuple[int, int]]:
    """Return the pairs, and their products in the stores that share."""
    return pairs | {(product, other) for product, store in pairs for other in partners.get(store, ())}


def check_names(work: Work, names: Names, told: Record) -> None:
    """Raise Renamed when a name differs from what is kept; ``told`` is the row that says so, and the time.

    To be called with the locks, first of all.
    """
    if told.version != names.version:
        raise Renamed
    if work.dialect == "postgresql":
        work.told_time(told.now)


def looked_into(work: Work, wanted: Iterable[Wanted], names: Names, held: Iterable[Named] = ()) -> There:
    """Return what there is in the warehouses that lines name, and in those from which something is ``held``."""
    named = sorted({named for one in wanted for named in one.named} | set(held))
    return There(work, named, names.partners, names.serves)


def promises(accepted: Iterable[Wanted], partners: Mapping[int, Sequence[int]], there: There) -> Promised:
    """Return what is promised with what was accepted, which was taken off what is ``there``."""
    promised = Promised(partners)
    promised.fits = there.fits
    for one in accepted:
        for (product, store), need in one.needs.items():
            promised.add(product, store, need * one.share.reserved, need * one.share.held)
        for named, need in one.named.items():
            promised.add_there(*named, need * one.share.reserved, need * one.share.held)
    return promised


def check_holds(work: Work, short: Sequence[Wanted]) -> None:
    """Raise HoldsOver when what is short might be had but for holds that are over and have not been ended."""
    if not short:
        return
    products = sorted({product for one in short for product, _ in one.needs})
    over = work.all("products_with_expired_holds", now=work.now, products=products)
    if over:
        raise HoldsOver([row.product_id for row in over], work.now)
