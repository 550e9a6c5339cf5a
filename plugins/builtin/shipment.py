"""A warehouse and a carrier that do not exist: the commands return what the real ones would be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.hooks import CallContext, Item
from plugins import command


@command("Shipment/Export", per="batch")
def export(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Hand all items to the warehouse in one file."""
    orders = {item.order_id for item in items}
    return {"file": "shipment", "items": len(items), "orders": len(orders), "idempotency_key": context.key}


@command("Shipment/Confirm")
def confirm(item: Item, context: CallContext) -> Mapping[str, Any]:
    """Confirm to the carrier that one item has left the warehouse."""
    return {"parcel": f"parcel of item {item.id}", "sku": item.sku, "idempotency_key": context.key}
