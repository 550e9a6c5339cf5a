"""The messages that tell of orders and their items: an order was placed, an item came to another state.

Nobody pays for them who does not want them: they are written while there is a sink that asks for their kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from engine.clock import format_time
from engine.inventory.messages import to_json
from engine.quantity import format_quantity

ORDER_PLACED = "order_placed"
"""The kind of a message that tells of a new order with its items."""

ITEM_MOVED = "item_moved"
"""The kind of a message that tells that an item came to another state."""

FLAGS = {ORDER_PLACED: 1, ITEM_MOVED: 2}
"""What says of each kind that somebody wants it: the sum is stored with a sink."""


def is_wanted(kind: str, kinds: Sequence[str]) -> bool:
    """Return whether a sink of these kinds wants a kind of messages.

    One that names none wants all but those that tell of orders, which are to be asked for.
    """
    if not kinds:
        return kind not in FLAGS
    return any(fnmatchcase(kind, pattern) for pattern in kinds)


def flags_of(kinds: Sequence[str]) -> int:
    """Return which messages of orders a sink of these kinds wants, as the sum of their flags."""
    return sum(flag for kind, flag in FLAGS.items() if is_wanted(kind, kinds))


def placed_message(
    *,
    reference: str,
    store: str,
    process: str,
    currency: str | None,
    state: str,
    at: int,
    correlation: str,
    actor: str | None,
    items: Sequence[dict[str, Any]],
) -> str:
    """Return the JSON that tells of a new order. ``items`` are those of ``item_told``, all in the state."""
    return to_json(
        {
            "reference": reference,
            "store": store,
            "process": process,
            "currency": currency,
            "time": format_time(at),
            "correlation": correlation,
            "actor": actor,
            "items": [{**item, "state": state} for item in items],
        }
    )


def item_told(item: int, line: int, reference: str | None, sku: str, quantity: int) -> dict[str, Any]:
    """Return what an order's message says of an item; the quantity, in millionths, as a decimal string."""
    return {
        "item": item,
        "line": line,
        "item_reference": reference,
        "sku": sku,
        "quantity": format_quantity(quantity),
    }


def moved_shared(
    *,
    process: str,
    source: str | None,
    target: str,
    event: str | None,
    trigger: str,
    at: int,
    correlation: str,
    actor: str | None,
) -> dict[str, Any]:
    """Return what the messages of a group of items share that came to another state together."""
    return {
        "process": process,
        "from": source,
        "to": target,
        "event": event,
        "trigger": trigger,
        "time": format_time(at),
        "correlation": correlation,
        "actor": actor,
    }


def opened(shared: dict[str, Any]) -> str:
    """Return a JSON object without its end, for more to be added behind it."""
    return to_json(shared)[:-1] + ","
