"""The terms behind an availability, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from earmark.words.text import count


def term_of(term: Mapping[str, Any]) -> str:
    """Return what the term is of: a warehouse or a store."""
    if term["term"] == "stock":
        return str(term["warehouse"])
    if term["term"] == "allotment":
        return str(term["channel_group"])
    return f"{term['store']} (shared)" if term["shared"] else str(term["store"])


def because(term: Mapping[str, Any]) -> str:
    """Return why the term counts, or does not, with the items behind it."""
    if term["term"] == "allotment":
        return _allotment(term)
    return _stock(term) if term["term"] == "stock" else _items(term)


def _allotment(term: Mapping[str, Any]) -> str:
    between = ", ".join(term["divided_between"])
    return (
        f"of {term['stock']:f} in {term['warehouse_group']}, divided by {term['strategy']} between {between}"
    )


def _stock(term: Mapping[str, Any]) -> str:
    if not term["active"]:
        return "does not count: the warehouse is not active"
    if not term["serves_store"]:
        return "does not count: the warehouse does not serve the store"
    counted = term["counted_at"]
    said = "never counted" if counted is None else f"counted {counted:%Y-%m-%d %H:%M:%S}Z"
    return f"{said}, never out of stock" if term["never_out_of_stock"] else said


def _items(term: Mapping[str, Any]) -> str:
    if "carts" in term:
        references = ", ".join(term["references"]) + (
            ", ..." if term["carts"] > len(term["references"]) else ""
        )
        return f"{count(term['carts'], 'cart')} ({references})"
    if not term["items"]:
        return "no item of this database"
    orders = ", ".join(term["orders"]) + (", ..." if term["items"] > len(term["orders"]) else "")
    return f"{count(term['items'], 'item')} in {term['process']}: {term['state']} (of {orders})"
