"""The fields of guards that are stored in another form than guards see them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

QUANTITIES = frozenset(
    {
        "item.quantity",
        "item.reserved",
        "stock.quantity",
        "stock.in_warehouse",
        "availability.quantity",
        "availability.reserved",
        "availability.held",
    }
)
"""Fields that are stored in millionths of a unit, and that guards see in units."""


def _total(document: Mapping[str, Any]) -> float | None:
    found = document.get("total")
    return number(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _payment_method(document: Mapping[str, Any]) -> str | None:
    own = document.get("payment_method")
    if own is None:
        payment = document.get("payment")
        own = payment.get("method") if isinstance(payment, Mapping) else None
    return own if isinstance(own, str) else None


def _tags(document: Mapping[str, Any]) -> list[str]:
    found = document.get("tags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def _whole(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return document


def number(value: float) -> float:
    """Return a number of JSON as guards see it: a double, which is infinite where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


DERIVED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "order.total": _total,
    "order.payment_method": _payment_method,
    "order.tags": _tags,
    "order.data": _whole,
    "item.data": _whole,
}
"""Fields that are found in the order's JSON, each with how."""
