"""The terms behind an availability, in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import AvailabilityView


KEPT = "kept back: inventory_threshold of its options"
BACKORDERS = "may be sold beyond its level: backorder_limit of its options"

_SOLD = {
    "beyond_level": "sold without limit: backorders of its options",
    "without_level": "sold without limit: its options do not count what there is",
    "not_at_all": "not sold: nobody can order it by its options",
}


def sum_of(view: AvailabilityView) -> str:
    """Return how what can be sold comes about, in one line."""
    options = [term for term in view.terms or () if term["term"] == "options"]
    for term in options:
        if term["selling"] in _SOLD and len(options) == 1:
            return _SOLD[term["selling"]]
    kept = sum((term["quantity"] for term in options), Decimal(0))
    rest = f" {'+' if kept < 0 else '-'} {abs(kept):f}" if kept else ""
    beyond = sum((term.get("beyond", Decimal(0)) for term in view.terms or ()), min(kept, Decimal(0)))
    spared = f" + {beyond:f}" if beyond > 0 else ""
    return f"{view.available:f} = {view.stock:f} - {view.reserved:f} - {view.held:f}{spared}{rest}"


def term_of(term: Mapping[str, Any]) -> str:
    """Return what the term is of: a warehouse or a store."""
    if term["term"] in ("stock", "in_warehouse"):
        return str(term["warehouse"])
    if term["term"] == "allotment":
        return str(term["channel_group"])
    return f"{term['store']} (shared)" if term.get("shared") else str(term["store"])


def because(term: Mapping[str, Any]) -> str:
    """Return why the term counts, or does not, with the items behind it."""
    if term["term"] == "allotment":
        return _allotment(term)
    if term["term"] == "in_warehouse":
        return _there(term)
    if term["term"] == "options":
        return _SOLD.get(term["selling"]) or (KEPT if term["quantity"] > 0 else BACKORDERS)
    return _stock(term) if term["term"] == "stock" else _items(term)


def _allotment(term: Mapping[str, Any]) -> str:
    between = ", ".join(term["divided_between"])
    return (
        f"of {term['stock']:f} in {term['warehouse_group']}, divided by {term['strategy']} between {between}"
    )


def _there(term: Mapping[str, Any]) -> str:
    said = f"of what is reserved and held is to come from there, where {term['stock']:f} are"
    return f"{said}: {term['beyond']:f} short, which takes nothing off others" if term["beyond"] else said


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
