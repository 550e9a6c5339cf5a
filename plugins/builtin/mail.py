"""A mail service that does not exist: the command returns what a real one would be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.hooks import CallContext, Item
from plugins import command


@command("Mail/Confirm", per="order")
def confirm(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Confirm the order to the customer."""
    return {
        "mail": "order confirmation",
        "order": items[0].order_reference,
        "items": len(items),
        "idempotency_key": context.key,
    }
