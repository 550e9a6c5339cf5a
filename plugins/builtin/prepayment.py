"""Payment in advance: the customer transfers the money, and somebody tells Earmark when it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.hooks import CallContext, Item
from plugins import command, condition
from plugins.builtin.payment_data import boolean, payment_says


@condition("Prepayment/IsPaid")
def is_paid(item: Item, context: CallContext) -> bool:
    """Hold when the order's ``payment.paid`` is true, or the data of the trigger has ``"paid": true``."""
    told = boolean(context.data.get("paid"), 'the trigger\'s "paid"')
    return payment_says(item, "paid") is True or told is True


@command("Prepayment/SendReminder", per="order")
def send_reminder(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Remind the customer of the payment; returns what a mail service would be sent."""
    return {
        "mail": "payment reminder",
        "order": items[0].order_reference,
        "items": len(items),
        "idempotency_key": context.key,
    }
