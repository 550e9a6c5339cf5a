"""A payment provider that does not exist: orders say how their payment goes, and by default it goes well.

``{"payment": {"authorized": false}}`` in an order's JSON refuses its authorisation, ``{"paid": false}``
leaves it unpaid. The commands talk to nobody; they return the idempotency key that a real provider would be
sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.hooks import CallContext, Item
from plugins import command, condition
from plugins.builtin.payment_data import payment_says


@condition("DummyPayment/IsAuthorized")
def is_authorized(item: Item, _context: CallContext) -> bool:
    """Hold unless the order's ``payment.authorized`` is false."""
    return payment_says(item, "authorized") is not False


@condition("DummyPayment/IsPaid")
def is_paid(item: Item, _context: CallContext) -> bool:
    """Hold unless the order's ``payment.paid`` is false."""
    return payment_says(item, "paid") is not False


@command("DummyPayment/Authorize", per="order")
def authorize(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Ask the provider to authorise the order's payment."""
    return _told("authorize", items[0], context)


@command("DummyPayment/Pay", per="order")
def pay(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Ask the provider to collect the order's payment."""
    return _told("pay", items[0], context)


@command("DummyPayment/Refund")
def refund(item: Item, context: CallContext) -> Mapping[str, Any]:
    """Ask the provider to pay back one item."""
    return {**_told("refund", item, context), "sku": item.sku, "quantity": str(item.quantity)}


def _told(action: str, item: Item, context: CallContext) -> dict[str, Any]:
    own = {"provider": "dummy", "action": action, "order": item.order_reference}
    return {**own, "idempotency_key": context.key}
