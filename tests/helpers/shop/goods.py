"""What a shop sells: stores, warehouses, products and stock; amounts in sales units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from engine.requests import Topology
from engine.results import ImportReport, TopologyReport
from tests.helpers.shop.feed import FeedRows
from tests.helpers.shop.opened import Opened

SHARED = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [
        {"name": "DE", "warehouses": ["North"], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": ["North"], "shares_reservations_with": ["DE"]},
        {"name": "US", "warehouses": ["South"]},
    ],
    "products": [
        {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}
"""DE and AT sell from North and share reservations; US sells from South, alone."""

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
"""The columns of a stock file; the name is the warehouse's."""

_ASKED = ("force", "dry_run", "accept", "file_time", "refused")
"""What is asked of an import, and not told by its source."""


def stock_file(path: Path, *rows: str, header: str = HEADER) -> Path:
    """Write a stock file of the rows as they are."""
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def counts(rows: Iterable[str]) -> list[str]:
    """Rows of a stock file from ``sku,warehouse,quantity[,never out of stock]``."""
    return [row + ",0" * max(1, 4 - row.count(",")) for row in rows]


class Goods(Opened):
    """Stores, products and stock, through the engine."""

    def topology(self, **parts: Any) -> TopologyReport:
        return self.engine.apply_topology(Topology.model_validate(parts))

    def stocked(self, topology: Mapping[str, Any] = SHARED, **stock: int | str) -> Self:
        """Apply the topology and count stock: ``tea_1=5`` is five pieces of tea-1 in North."""
        self.topology(**topology)
        if stock:
            self.restock(*(f"{name.replace('_', '-')},North,{amount}" for name, amount in stock.items()))
        return self

    def restock(self, *rows: str) -> None:
        """Count stock as of now: ``sku,warehouse,quantity[,never out of stock]``. None may be refused."""
        report = self.engine.import_stock(self.stock_file(*counts(rows)), as_of=self.database.clock())
        assert not report.refused, report.refused

    def feed(
        self, *rows: str, source: FeedRows | None = None, as_of: int | None = None, **options: Any
    ) -> ImportReport:
        """Import rows of a feed, counted now unless told otherwise; options of a source or an import."""
        asked = {name: options.pop(name) for name in tuple(options) if name in _ASKED}
        made = source or FeedRows(*rows, **options)
        return self.engine.import_stock(made, as_of=self.clock() if as_of is None else as_of, **asked)

    def stock_file(self, *rows: str, header: str = HEADER) -> Path:
        """The shop's stock file, with these rows and no others."""
        return stock_file(self.folder / "stock.csv", *rows, header=header)
