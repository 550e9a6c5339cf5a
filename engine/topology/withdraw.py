"""Withdrawing a product, a warehouse or a store: what still depends on it is told first, and keeps it.

What is withdrawn is not offered and cannot be ordered; what is there of it goes on, and it is kept for the books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from engine.errors import StillNeeded, UnknownSku
from engine.nouns import count
from engine.quantity import to_decimal
from engine.requests import StoreEntry, Topology, WarehouseEntry
from engine.results import Dependence, WithdrawReport
from engine.runtime import Runtime
from engine.storage.database import Reader, Work
from engine.topology.apply import apply_within
from engine.topology.effect import dependences, store_effects
from engine.topology.mentions import mentions
from engine.topology.names import store_id_of, warehouse_id_of
from engine.topology.offering import offer_product
from engine.topology.shape import applied, shape_of
from engine.topology.stored import Stored
from engine.versions.names import note_change

Kind = Literal["product", "warehouse", "store"]
"""What can be withdrawn."""

MOST_NAMED = 5
"""How many orders and carts are named of each store."""

_NONE = 0
"""The id of no product, and of no warehouse."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be withdrawn, or taken back."""

    kind: Kind
    name: str
    take_back: bool
    force: bool


def withdraw(
    runtime: Runtime,
    kind: Kind,
    name: str,
    *,
    take_back: bool = False,
    force: bool = False,
    dry_run: bool = False,
    follows: Callable[[Work], object] | None = None,
) -> WithdrawReport:
    """Withdraw it, or take it back; a dry run only tells what depends on it, and keeps nobody waiting.

    Raises UnknownSku, UnknownWarehouse, UnknownStore, and StillNeeded where live items or carts depend on it, or
    products would be promised above their stock, unless ``force`` is given.
    """
    asked = _Asked(kind, name, take_back, force)
    if not dry_run:
        return runtime.database.transact(partial(_withdraw, runtime, asked, follows))
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        return _look(runtime, reader, asked, now, dry_run=True)


def _withdraw(
    runtime: Runtime, asked: _Asked, follows: Callable[[Work], object] | None, work: Work
) -> WithdrawReport:
    work.scalar("topology_alone")
    report = _look(runtime, work, asked, work.now)
    if not report.changed:
        return report
    if report.needed and not asked.force:
        raise _still_needed(report)
    if asked.kind == "product":
        product = work.all("leaving_product", skus=[asked.name])[0]
        work.run("withdraw_product", product=product.id, withdrawn=int(report.withdrawn))
        offer_product(runtime, work, int(product.id))
        note_change(work)
    else:
        apply_within(runtime, _switched(asked), False, follows, work)
    return report


def _look(
    runtime: Runtime, reader: Reader, asked: _Asked, now: int, *, dry_run: bool = False
) -> WithdrawReport:
    if asked.kind == "product":
        return _product(runtime, reader, asked, now, dry_run)
    return _place(runtime, reader, asked, now, dry_run)


def _product(runtime: Runtime, reader: Reader, asked: _Asked, now: int, dry_run: bool) -> WithdrawReport:
    row = reader.first("leaving_product", skus=[asked.name])
    if row is None:
        raise UnknownSku(f"there is no concrete product {asked.name!r}", skus=[asked.name])
    changed = bool(row.withdrawn) == asked.take_back
    stays = asked.take_back or not changed
    return WithdrawReport(
        what=asked.kind,
        name=row.sku,
        withdrawn=not asked.take_back,
        changed=changed,
        dry_run=dry_run,
        depends=() if stays else tuple(_of_product(reader, int(row.id), row.sku, now)),
        stock=to_decimal(int(reader.scalar("leaving_stock", product=row.id, warehouse=_NONE))),
        mentions=tuple(mentions(runtime, reader, asked.kind, row.sku, int(row.id))),
    )


def _of_product(reader: Reader, product: int, sku: str, now: int) -> Iterator[Dependence]:
    """Yield who depends on a product, store by store."""
    items = {int(row.store_id): row for row in reader.all("leaving_items", product=product, now=now)}
    orders, carts = defaultdict(list), defaultdict(list)
    for row in reader.all("leaving_orders", product=product, size=MOST_NAMED):
        orders[int(row.store_id)].append(row.reference)
    for row in reader.all("leaving_carts", product=product, now=now):
        carts[int(row.store_id)].append(row)
    names = {number: row.store for number, row in items.items()}
    names |= {number: rows[0].store for number, rows in carts.items()}
    for number, store in sorted(names.items(), key=lambda one: one[1]):
        found = items.get(number)
        held = sum(int(cart.held) for cart in carts[number]) + (0 if found is None else int(found.held))
        yield Dependence(
            what="product",
            store=store,
            name=sku,
            items=0 if found is None else int(found.items),
            carts=len(carts[number]),
            reserved=to_decimal(0 if found is None else int(found.reserved)),
            held=to_decimal(held),
            orders=tuple(orders[number]),
            cart_references=tuple(cart.reference for cart in carts[number][:MOST_NAMED]),
        )


def _place(runtime: Runtime, reader: Reader, asked: _Asked, now: int, dry_run: bool) -> WithdrawReport:
    house = asked.kind == "warehouse"
    number = (warehouse_id_of if house else store_id_of)(reader, asked.name)
    stored = Stored(reader)
    before = shape_of(stored)
    withdrawn = not before.warehouses[asked.name] if house else asked.name in before.closed
    changed, short = withdrawn == asked.take_back, 0
    depends: tuple[Dependence, ...] = ()
    if changed and not asked.take_back:
        sides = before, applied(before, _switched(asked))
        depends = tuple(dependences(reader, stored, sides, now))
        short = sum(one.becomes_short for one in store_effects(reader, stored, sides, now))
    lying = int(reader.scalar("leaving_stock", product=_NONE, warehouse=number)) if house else 0
    return WithdrawReport(
        what=asked.kind,
        name=asked.name,
        withdrawn=not asked.take_back,
        changed=changed,
        dry_run=dry_run,
        depends=depends,
        short=short,
        stock=to_decimal(lying),
        mentions=tuple(mentions(runtime, reader, asked.kind, asked.name, _NONE)),
    )


def _switched(asked: _Asked) -> Topology:
    """Return the topology that says whether a warehouse or a store is open."""
    if asked.kind == "warehouse":
        return Topology(warehouses=(WarehouseEntry(name=asked.name, active=asked.take_back),))
    return Topology(stores=(StoreEntry(name=asked.name, active=asked.take_back),))


def _still_needed(report: WithdrawReport) -> StillNeeded:
    depends = [one for one in report.depends if one.items or one.carts]
    listed = [f"  {text}" for text in _told(depends)]
    if report.short:
        products = count(report.short, "product")
        listed.append(f"  {products}, store by store, would be promised above what is left in stock")
    return StillNeeded(
        f"the {report.what} {report.name!r} is still needed:",
        listed=listed,
        depends=[one.as_dict() for one in depends],
        short=report.short,
    )


def _told(depends: Sequence[Dependence]) -> Iterator[str]:
    for one in depends:
        items = count(one.items, "live item") if one.items else ""
        carts = count(one.carts, "cart") if one.carts else ""
        named = ", ".join([*one.orders, *one.cart_references])
        yield f"in store '{one.store}' by {' and '.join(filter(None, (items, carts)))} ({named})"
