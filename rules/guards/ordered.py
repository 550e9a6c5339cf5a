"""Conditions about an order that is not stored yet: what it says of itself, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rules.guards.compiled import Outcome, compile_guard
from rules.guards.messages import message_class, struct

KNOWN = frozenset(
    f"order.{name}" for name in ("reference", "store", "currency", "total", "payment_method", "tags", "data")
) | {"now"}
"""What can be asked of an order before it is stored."""


def unknown(text: str) -> list[str]:
    """Return what a condition asks that is not known of such an order. Raises GuardInvalid."""
    return sorted(compile_guard(text).uses - KNOWN)


def outcome(text: str, order: Mapping[str, Any], now: datetime) -> Outcome:
    """Return what the condition says of an order's JSON object: true, false, or why it can say neither."""
    guard = compile_guard(text)
    values: dict[str, Any] = {"now": now} if "now" in guard.uses else {}
    if "order" in guard.variables:
        values["order"] = message_class("order")(**_fields(order, guard.uses, guard.paths.get("order.data")))
    return guard.outcome(values)


def _fields(order: Mapping[str, Any], uses: frozenset[str], paths: Any) -> dict[str, Any]:
    found: dict[str, Any] = {name: str(order.get(name, "")) for name in ("reference", "store")}
    payment, tags, total = order.get("payment"), order.get("tags"), order.get("total")
    method = order.get("payment_method")
    if method is None and isinstance(payment, Mapping):
        method = payment.get("method")
    for name, value in (("currency", order.get("currency")), ("payment_method", method)):
        if isinstance(value, str):
            found[name] = {"value": value}
    if isinstance(total, int | float) and not isinstance(total, bool):
        found["total"] = {"value": float(total)}
    if isinstance(tags, list | tuple):
        found["tags"] = [tag for tag in tags if isinstance(tag, str)]
    if "order.data" in uses:
        found["data"] = struct(order, paths)
    return found
