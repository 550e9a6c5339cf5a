"""Carts whose pieces are held: one by its reference, or a page of them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.clock import to_datetime
from engine.errors import InputError, UnknownCartHold
from engine.quantity import to_decimal
from engine.reading.listing import LARGEST, cursor
from engine.results import CartHoldPage, CartHoldView, CartLineView
from engine.results.carts import STATUSES
from engine.results.items import LARGEST_ID
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.topology.names import store_id_of


def cart_hold(runtime: Runtime, reference: str, *, existing: bool = False) -> CartHoldView:
    """Return the cart hold with the reference. Raises UnknownCartHold."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        row = reader.first("cart_hold_by_reference", reference=reference)
        if row is None:
            raise UnknownCartHold(f"there is no hold of a cart {reference!r}", hold=reference)
        (view,) = _shown(reader, [row.id], now, existing=existing)
    return view


def cart_holds(
    runtime: Runtime, *, store: str | None, status: str | None, limit: int, after: str | None
) -> CartHoldPage:
    """Return a page of cart holds, the newest first. Raises UnknownStore and InputError."""
    if not 1 <= limit <= LARGEST:
        raise InputError(
            f"a page has between 1 and {LARGEST} rows, not {limit}",
            remedy="Ask for such a page; what it tells as next gives the one that follows.",
        )
    if status is not None and status not in STATUSES:
        raise InputError(
            f"{status!r} is no status of a cart hold", remedy=f"There are: {', '.join(STATUSES)}."
        )
    before = LARGEST_ID if after is None else cursor(after)
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        store_id = None if store is None else store_id_of(reader, store)
        rows = reader.all(
            "cart_hold_ids", before=before, store=store_id, status=status, now=now, size=limit + 1
        )
        ids = [row.id for row in rows]
        page = ids[:limit]
        views = _shown(reader, page, now) if page else []
    return CartHoldPage(tuple(views), str(page[-1]) if len(ids) > len(page) else None)


def _shown(reader: Reader, holds: Sequence[int], now: int, *, existing: bool = False) -> list[CartHoldView]:
    lines: dict[int, list[CartLineView]] = {}
    for row in reader.all("cart_lines_shown", holds=list(holds)):
        line = CartLineView(row.sku, to_decimal(row.quantity), row.warehouse)
        lines.setdefault(row.hold_id, []).append(line)
    rows = reader.all("cart_holds_shown", holds=list(holds))
    return [_view(row, lines.get(row.id, ()), now, existing) for row in rows]


def _view(row: Record, lines: Sequence[CartLineView], now: int, existing: bool) -> CartHoldView:
    return CartHoldView(
        reference=row.reference,
        store=row.store,
        status=row.outcome or ("expired" if row.hold_until <= now else "held"),
        until=to_datetime(row.hold_until),
        taken_at=to_datetime(row.taken_at),
        ended_at=None if row.ended_at is None else to_datetime(row.ended_at),
        order=row.order_reference,
        items=tuple(lines),
        existing=existing,
    )
