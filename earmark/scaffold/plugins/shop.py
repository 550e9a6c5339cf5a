"""Plugins of this project: name them in a process as command="Shop/Log" or condition="Shop/IsLargeOrder"."""

from earmark.plugins import CallContext, Item, command, condition


@condition("Shop/IsLargeOrder")
def is_large_order(item: Item, context: CallContext) -> bool:
    """Hold for ten pieces and more of one product."""
    return item.quantity >= 10


@command("Shop/Log", per="order")
def log(items: list[Item], context: CallContext) -> dict[str, str]:
    """Note which order took which event; what is returned is kept in the items' history.

    ``context.key`` stays the same when a call is repeated: pass it to other systems as idempotency key.
    """
    return {"order": items[0].order_reference, "event": str(context.event), "key": context.key}
