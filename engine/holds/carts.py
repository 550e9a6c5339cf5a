"""Holding the pieces of carts: all of a cart or nothing of it, in one transaction for all who ask at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from engine.ages import moment_after
from engine.errors import CartHoldConflict, DatabaseBusy, DatabaseFull, DatabaseUnusable, EarmarkError
from engine.holds.decided import check_holds, check_names, decided, looked_into, pairs_of, promises
from engine.holds.ending import ended
from engine.holds.left import Left
from engine.holds.pooled import pooled
from engine.holds.wanted import Lookup, Wanted
from engine.inventory.counting import Amounts
from engine.inventory.ledger import Ledger
from engine.quantity import format_quantity
from engine.requests import CartRequest
from engine.runtime import Runtime
from engine.storage.database import Record, Work
from engine.versions.names import Names

_HELD = Amounts(reserved=0, held=1)


class AskedCart(NamedTuple):
    """A cart that somebody wants held, for how long from now."""

    request: CartRequest
    hold_for: str


class Held(NamedTuple):
    """What came of a cart: whether it is held already, and else since when and until when, in UTC microseconds.

    ``skus`` are those of its lines, as the products are called now.
    """

    existing: bool
    taken_at: int = 0
    until: int = 0
    skus: Sequence[str] = ()


@dataclass(slots=True)
class _Batch:
    """The carts of one transaction: how each one ended, by its position."""

    resolved: list[Wanted] = field(default_factory=list)
    refused: dict[int, EarmarkError] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)

    def answer(self, position: int) -> Held | EarmarkError:
        """Return how the cart at the position ended."""
        refused = self.refused.get(position)
        return self.held[position] if refused is None else refused


def hold_cart(runtime: Runtime, request: CartRequest, hold_for: str) -> Held:
    """Hold the cart, together with those that others want held at this moment. Raises what refused it."""
    return runtime.together(hold_together).ask(AskedCart(request, hold_for))


def hold_together(runtime: Runtime, asked: Sequence[AskedCart]) -> list[Held | Exception]:
    """Hold carts of several callers in one transaction; each gets its own answer, whatever becomes of others."""
    return list(_answers(runtime, asked))


def _answers(runtime: Runtime, asked: Sequence[AskedCart]) -> Iterator[Held | Exception]:
    try:
        batch = _hold(runtime, asked)
    except EarmarkError as error:
        if len(asked) == 1 or isinstance(error, DatabaseBusy | DatabaseFull | DatabaseUnusable):
            yield from [error] * len(asked)
            return
        for one in asked:  # one by one, so that what is wrong with one concerns no other
            yield from _answers(runtime, [one])
        return
    yield from map(batch.answer, range(len(asked)))


def _hold(runtime: Runtime, asked: Sequence[AskedCart]) -> _Batch:
    def resolved(names: Names) -> _Batch:
        return _resolve(runtime, names, asked)

    stored: Callable[[Names, _Batch, Work], _Batch] = partial(_store, runtime, asked)
    return decided(runtime, resolved, stored)


def _resolve(runtime: Runtime, names: Names, asked: Sequence[AskedCart]) -> _Batch:
    skus = {line.sku for one in asked for line in one.request.items}
    lookup = Lookup(names, names.products.named(runtime.database, skus))
    batch = _Batch()
    for position, one in enumerate(asked):
        try:
            batch.resolved.append(_wanted(lookup, position, one))
        except EarmarkError as error:
            batch.refused[position] = error
    return batch


def _wanted(lookup: Lookup, position: int, asked: AskedCart) -> Wanted:
    request = asked.request
    moment_after(0, asked.hold_for)  # what is no age is refused before anything is locked
    store = lookup.store(request)
    lookup.check(request)
    goods = lookup.goods(request, store)
    content = [request.store, *([*line[:2], format_quantity(line[3])] for line in goods.lines)]
    return Wanted(
        position=position,
        request=request,
        store_id=store,
        share=_HELD,
        fingerprint=hashlib.sha256(json.dumps(content).encode()).hexdigest(),
        **goods._asdict(),
    )


def _store(
    runtime: Runtime, asked: Sequence[AskedCart], names: Names, resolved: _Batch, work: Work
) -> _Batch:
    """Decide about the carts in order of arrival, and hold those that can be had."""
    batch = replace(resolved, refused=dict(resolved.refused), held={})
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    locked = ledger.read_locked(sorted(pairs_of(batch.resolved, names.locked_with)))
    references = [cart.request.reference for cart in batch.resolved]
    begun = work.ask("cart_hold_begun", references=references)
    rows, known = locked(), begun()
    check_names(work, names, known[0])
    stored = {row.reference: row for row in known if row.reference is not None}
    new = [cart for cart in batch.resolved if not _repeated(work, batch, cart, stored)]
    there = looked_into(work, new, names)
    left = Left(work, rows, names.partners, runtime.options, there, pooled(ledger, names, rows))
    accepted, short = _decide(work, batch, new, asked, left)
    check_holds(work, short)
    if accepted:
        _write(work, batch, accepted)
        ledger.promise(promises(accepted, names.partners, there), rows, balance=left.balanced)
    return batch


def _repeated(work: Work, batch: _Batch, cart: Wanted, stored: Mapping[str, Record]) -> bool:
    """Note a cart whose reference is stored; return whether it is."""
    row = stored.get(cart.request.reference)
    if row is None:
        return False
    if row.fingerprint != cart.fingerprint:
        batch.refused[cart.position] = _conflict(cart)
    elif row.outcome is not None or row.hold_until <= work.now:
        batch.refused[cart.position] = ended(work, cart.request.reference, row)
    else:
        batch.held[cart.position] = Held(existing=True)
    return True


def _conflict(cart: Wanted) -> CartHoldConflict:
    reference = cart.request.reference
    return CartHoldConflict(f"a hold {reference!r} exists for a cart with another content", hold=reference)


def _decide(
    work: Work, batch: _Batch, carts: Sequence[Wanted], asked: Sequence[AskedCart], left: Left
) -> tuple[list[Wanted], list[Wanted]]:
    """Accept the carts that are available as a whole; return those that are accepted and those that are short."""
    accepted: dict[str, Wanted] = {}
    short = []
    for cart in carts:
        reference = cart.request.reference
        earlier = accepted.get(reference)
        if earlier is not None:
            if earlier.fingerprint == cart.fingerprint:
                batch.held[cart.position] = Held(existing=True)
            else:
                batch.refused[cart.position] = _conflict(cart)
            continue
        refusal = left.refusal(cart)
        if refusal is not None:
            batch.refused[cart.position] = refusal
            short.append(cart)
            continue
        try:
            until = moment_after(work.now, asked[cart.position].hold_for)
        except EarmarkError as error:  # so long that there is no such time
            batch.refused[cart.position] = error
            continue
        skus = [cart.skus[product] for product, *_ in cart.lines]
        batch.held[cart.position] = Held(False, work.now, until, skus)
        accepted[reference] = cart
        left.take(cart)
    return list(accepted.values()), short


def _write(work: Work, batch: _Batch, accepted: Sequence[Wanted]) -> None:
    holds = [
        [cart.request.reference, cart.store_id, batch.held[cart.position].until, cart.fingerprint]
        for cart in accepted
    ]
    lines = [
        [cart.request.reference, number, product, warehouse, quantity]
        for cart in accepted
        for number, (product, warehouse, _, quantity) in enumerate(cart.lines, start=1)
    ]
    work.run("insert_cart_holds", holds=holds, now=work.now)
    work.run("insert_cart_lines", lines=lines)
