"""What an order says about its own payment: the object ``payment`` of the order's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.hooks import Item


def payment_says(item: Item, field: str) -> bool | None:
    """Return a boolean of the order's ``payment``, or None where it says nothing (absent or null).

    Raises ValueError when ``payment`` is no object or the field is no boolean.
    """
    payment = item.order_data.get("payment")
    if payment is None:
        return None
    if not isinstance(payment, Mapping):
        raise ValueError(f'the order\'s "payment" is {payment!r}, not an object')
    return boolean(payment.get(field), f'the order\'s "payment.{field}"')


def boolean(value: Any, what: str) -> bool | None:
    """Return a boolean or None unchanged. Raises ValueError for anything else, naming it as ``what``."""
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"{what} is {value!r}, not true or false")
