"""Holds of carts that go on, that are given up, and whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from engine.ages import moment_after
from engine.clock import format_time
from engine.errors import CartHoldConflict, CartHoldEnded, UnknownCartHold
from engine.inventory.ledger import Ledger
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work


def extend_cart_hold(runtime: Runtime, reference: str, hold_for: str) -> None:
    """Have the hold last for so long from now, unless it lasts longer anyway.

    Raises UnknownCartHold, CartHoldEnded, and InputError for no age.
    """
    runtime.database.transact(partial(_extend, reference, hold_for))


def _extend(reference: str, hold_for: str, work: Work) -> None:
    row = _locked(work, reference)
    if row.ended_at is not None or row.hold_until <= work.now:
        raise ended(work, reference, row)
    until = moment_after(work.now, hold_for)
    if until > row.hold_until:
        work.run("prolong_cart_hold", hold=row.id, until=until)
        work.run("prolong_cart_lines", hold=row.id, until=until)


def release_cart_hold(runtime: Runtime, reference: str) -> bool:
    """End the hold; return whether it had ended before. Raises UnknownCartHold, and CartHoldEnded
    when the cart has become an order.
    """
    return runtime.database.transact(partial(_release, runtime, reference))


def _release(runtime: Runtime, reference: str, work: Work) -> bool:
    row = _locked(work, reference)
    if row.outcome == "placed":
        raise ended(work, reference, row)
    if row.ended_at is not None:
        return True
    over = row.hold_until <= work.now
    _end(runtime, work, [row.id], "expired" if over else "released", named=bool(row.named))
    return bool(over)


def _locked(work: Work, reference: str) -> Record:
    row = work.first("lock_cart_hold", reference=reference)
    if row is None:
        raise unknown(reference)
    return row


def ended(reader: Reader, reference: str, row: Record) -> CartHoldEnded:
    """Return what tells that a hold has ended: of a row with its ``hold_until``, outcome and order id."""
    if row.outcome == "placed":
        return placed(reference, reader.scalar("order_of_cart_hold", order=row.order_id))
    status = row.outcome or "expired"
    told = "was released" if status == "released" else f"lasted until {format_time(row.hold_until)}"
    return CartHoldEnded(
        f"the hold of the cart {reference!r} {told}", hold=reference, status=status, order=None
    )


def unknown(reference: str) -> UnknownCartHold:
    """Return what tells that there is no such hold."""
    return UnknownCartHold(f"there is no hold of a cart {reference!r}", hold=reference)


def elsewhere(reference: str, store: str, asker: str, remedy: str) -> CartHoldConflict:
    """Return what tells that a hold is not of the store of the ``asker``."""
    return CartHoldConflict(
        f"the cart {reference!r} is not of the store {store!r}, of which {asker} is",
        remedy=remedy,
        hold=reference,
    )


def placed(reference: str, order: str | None) -> CartHoldEnded:
    """Return what tells that a cart has become an order already."""
    message = f"the cart {reference!r} is the order {order!r} already"
    return CartHoldEnded(message, hold=reference, status="placed", order=order)


def end_cart_holds(runtime: Runtime) -> int:
    """End the holds of carts whose time is over. Return how many ended."""
    total = 0
    while not runtime.stop():
        now = runtime.database.clock()
        with runtime.database.read() as reader:
            if reader.first("cart_hold_is_over", now=now) is None:
                break
        total += runtime.database.transact(partial(_end_some, runtime, now, None))
    return total


def end_cart_holds_of(runtime: Runtime, products: Sequence[int], now: int) -> None:
    """End the holds of carts with these products whose time is over at ``now``."""
    while runtime.database.transact(partial(_end_some, runtime, now, products)):
        pass


def _end_some(runtime: Runtime, now: int, products: Sequence[int] | None, work: Work) -> int:
    """End some holds that are over; return how many there were to look at."""
    size = runtime.rules.execution.chunk
    if products is None:
        rows = work.all("lock_cart_holds_over", now=now, size=size)
    else:
        rows = work.all("lock_cart_holds_over_of", now=now, size=size, products=list(products))
    if rows:
        # Somebody may have prolonged one while it was waited for: that is seen only after the lock.
        still = work.all("cart_holds_still_over", now=now, holds=[row.id for row in rows])
        if still:
            named = any(row.named for row in still)
            _end(runtime, work, [row.hold_id for row in still], "expired", named=named)
    return len(rows)


def _end(runtime: Runtime, work: Work, holds: Sequence[int], outcome: str, *, named: bool) -> None:
    """End holds that are locked: what they count is taken off, with everything that follows.

    ``named`` tells that some of it is to come from certain warehouses.
    """
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    chosen = list(holds)
    work.run("collect_cart_delta", holds=chosen)
    if named:
        work.run("collect_named_carts", holds=chosen)
    ledger.lock_deltas(named=named)
    work.run("end_cart_holds", holds=chosen, outcome=outcome, now=work.now)
    work.run("end_cart_lines", holds=chosen)
    ledger.post(named=named)
    ledger.settle()
