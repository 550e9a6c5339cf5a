"""The goods as they really lie on the shelves, and the counts that the warehouses send as CSV files."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from earmark.demo.world import AT, BERLIN, DE, HAMBURG, VIENNA, Product, World
from engine.results import OrderView

HEADER = ("concrete_sku", "name", "quantity", "is_never_out_of_stock", "is_bundle")

_TAKEN_FROM = {DE: (HAMBURG, BERLIN), AT: (VIENNA, BERLIN)}
"""Where an item leaves from: the store's own warehouse first, the shared one when that is empty."""


class Shelves:
    """What lies where. An item that was shipped has left the shelf, whatever the last count says."""

    def __init__(self, world: World) -> None:
        self._products: dict[str, Product] = {product.sku: product for product in world.products}
        self._units = {(p.sku, warehouse): units for p, warehouse, units in world.first_count()}
        self._gone: set[int] = set()
        self.open = {BERLIN, VIENNA}
        self._written: dict[tuple[str, str], Decimal] = {}
        self._known: dict[tuple[str, str], Decimal] = {}

    def send_away(self, orders: Iterable[OrderView], states: frozenset[str]) -> Decimal:
        """Take the items in these states off the shelves, each once; return how many units that were."""
        total = Decimal(0)
        for order in orders:
            for item in order.items:
                if item.state in states and item.id not in self._gone:
                    self._gone.add(item.id)
                    self._take(order.store, item.sku, item.quantity)
                    total += item.quantity
        return total

    def count(self, path: Path, at: datetime) -> int:
        """Write the present stock of every warehouse to a CSV file made at that time; return its rows."""
        self._written = dict(self._units)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            for (sku, warehouse), units in self._units.items():
                never = int(self._products[sku].never_out_of_stock)
                writer.writerow((sku, warehouse, format(units, "f"), never, 0))
        os.utime(path, (at.timestamp(), at.timestamp()))
        return len(self._units)

    def imported(self) -> None:
        """Note that the engine knows the last count now."""
        self._known = self._written

    def known_units(self) -> Decimal:
        """Return the units in open warehouses according to the last count that was imported."""
        return sum((n for (_, warehouse), n in self._known.items() if warehouse in self.open), Decimal(0))

    def _take(self, store: str, sku: str, wanted: Decimal) -> None:
        for warehouse in _TAKEN_FROM[store]:
            there = self._units[sku, warehouse] if warehouse in self.open else Decimal(0)
            taken = min(there, wanted)
            self._units[sku, warehouse] -= taken
            wanted -= taken
        # What is left over belongs to products that never run out: their supplier sends it directly.
