"""Printing the terms behind an availability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from earmark.cli.output import count, table

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import AvailabilityView


def show_terms(out: Console, view: AvailabilityView) -> None:
    """Write a row per term: stock that counts or not, reservations and holds with the items behind them."""
    rows = [(t["term"], _of(t), f"{t['quantity']:f}", _why(t)) for t in view.terms or ()]
    title = (
        f"{view.sku} in {view.store}: {view.available:f} = {view.stock:f} - {view.reserved:f} - {view.held:f}"
    )
    table(out, ("term", "of", "#quantity", "because"), rows, empty="nothing is stored of it", title=title)


def _of(term: Mapping[str, Any]) -> str:
    if term["term"] == "stock":
        return str(term["warehouse"])
    return f"{term['store']} (shared)" if term["shared"] else str(term["store"])


def _why(term: Mapping[str, Any]) -> str:
    return _stock(term) if term["term"] == "stock" else _items(term)


def _stock(term: Mapping[str, Any]) -> str:
    if not term["active"]:
        return "does not count: the warehouse is not active"
    if not term["serves_store"]:
        return "does not count: the warehouse does not serve the store"
    counted = term["counted_at"]
    said = "never counted" if counted is None else f"counted {counted:%Y-%m-%d %H:%M:%S}Z"
    return f"{said}, never out of stock" if term["never_out_of_stock"] else said


def _items(term: Mapping[str, Any]) -> str:
    if not term["items"]:
        return "no item of this database"
    orders = ", ".join(term["orders"]) + (", ..." if term["items"] > len(term["orders"]) else "")
    return f"{count(term['items'], 'item')} in {term['process']}: {term['state']} (of {orders})"
