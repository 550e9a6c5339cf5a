"""What a process does while an order is amended, with a customer and a checkout that do not exist.

An amendment itself is made by ``earmark order amend``, which reserves and gives back by itself. So these commands
only return what a real shop would be told, and ``{"amendment": {"applied": false}}``, in an order's JSON or in the
data of the event, tells that a draft could not be applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.hooks import CallContext, Item
from plugins import command, condition
from plugins.builtin.payment_data import boolean


@command("OrderAmendment/StartGracePeriod", per="order")
def start_grace_period(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Tell the customer that the order can be amended from now on."""
    return _told("grace period started", items, context)


@command("OrderAmendment/UnreserveDeletedItems", per="order")
def unreserve_deleted_items(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Do nothing to the stock: what an amendment takes out is given back in its own transaction."""
    return _told("nothing to unreserve", items, context)


@command("OrderAmendmentAsync/ApplyOrderAmendmentDraft", per="order")
def apply_draft(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Tell whoever keeps the draft that it can be applied now."""
    return _told("apply the draft", items, context)


@command("OrderAmendmentAsync/NotifyOrderAmendmentApplied", per="order")
def notify_applied(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Tell the customer that the order was amended."""
    return _told("order amendment applied", items, context)


@command("OrderAmendmentAsync/NotifyOrderAmendmentFailed", per="order")
def notify_failed(items: Sequence[Item], context: CallContext) -> Mapping[str, Any]:
    """Tell the customer that the order could not be amended."""
    return _told("order amendment failed", items, context)


@condition("DummyOrderAmendmentAsync/IsSuccessfullyApplied")
def is_successfully_applied(item: Item, context: CallContext) -> bool:
    """Hold unless the order's ``amendment.applied``, or that of the event's data, is false."""
    return (
        _applied(item.order_data, "the order's") is not False
        and _applied(context.data, "the event's") is not False
    )


def _applied(data: Mapping[str, Any], whose: str) -> bool | None:
    amendment = data.get("amendment")
    if amendment is None:
        return None
    if not isinstance(amendment, Mapping):
        raise ValueError(f'{whose} "amendment" is {amendment!r}, not an object')
    return boolean(amendment.get("applied"), f'{whose} "amendment.applied"')


def _told(what: str, items: Sequence[Item], context: CallContext) -> dict[str, Any]:
    return {
        "amendment": what,
        "order": items[0].order_reference,
        "items": len(items),
        "idempotency_key": context.key,
    }
