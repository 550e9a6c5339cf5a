"""Two shops that sell from one warehouse out of separate databases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.exchange import export, imports
from engine.exchange.spool import Spool
from engine.results import ExchangeExportReport, ExchangeImportReport
from tests.helpers.shop import Shop

SALE = """
    states open* shipped* over
    open -> shipped : ship
    open -> over : drop
    shipped -> over : stock-update
"""


def one_warehouse(own: str, other: str) -> dict[str, Any]:
    """The topology of one side: its own store, and the one that lives elsewhere."""
    return {
        "warehouses": [{"name": "North"}],
        "stores": [
            {"name": own, "warehouses": ["North"], "shares_reservations_with": [other]},
            {"name": other, "remote": True, "shares_reservations_with": [own]},
        ],
        "products": [
            {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
            {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
        ],
    }


class Side:
    """One of the two: its shop, where it sends to, and where it receives from."""

    def __init__(self, shop: Shop, store: str, to: Path, source: Path) -> None:
        self.shop, self.store, self.to, self.source = shop, store, to, source

    def sends(self, **options: Any) -> ExchangeExportReport:
        return export.export(self.shop.runtime, [Spool(self.to)], **options)

    def takes(self) -> ExchangeImportReport:
        return imports.receive(self.shop.runtime, Spool(self.source))

    def sells(self, *lines: str) -> list[int]:
        return self.shop.place(*lines, store=self.store)

    def left(self, sku: str = "tea-1") -> int:
        """What can be sold of it in the store of this side."""
        return int(self.shop.available(sku, self.store))

    def waiting(self) -> list[dict[str, Any]]:
        """The messages that wait for this side."""
        return [json.loads(path.read_bytes()) for path in sorted(self.source.glob("*.json"))]

    def status(self) -> dict[tuple[str, str], Any]:
        return {(one.store, one.direction): one for one in self.shop.engine.exchange_status()}


def talk(*sides: Side, rounds: int = 4, **options: Any) -> None:
    """Let everybody send and take, until all that follows has been said."""
    for _ in range(rounds):
        for side in sides:
            side.sends(**options)
            options = {}
        for side in sides:
            side.takes()
