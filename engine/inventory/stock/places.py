"""What the names in stock rows mean: the ids of products and warehouses, for many rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.feeds import StockColumns
from engine.storage.database import Database, Reader

MOST_KNOWN = 300_000
"""How many products are kept at most while a file is read: some 40 MB. The ids of products never change."""

_MANY = 1000
"""How many products are many."""


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of the products and warehouses that rows name, in their order; None for what does not exist."""

    products: Sequence[int | None]
    warehouses: Sequence[int | None]

    @property
    def all_exist(self) -> bool:
        """Whether every row names a product and a warehouse that exist."""
        return None not in self.products and None not in self.warehouses

    def known(self) -> list[bool]:
        """Return for each row whether its product and its warehouse exist."""
        pairs = zip(self.products, self.warehouses, strict=True)
        return [product is not None and warehouse is not None for product, warehouse in pairs]


class KnownNames:
    """Looks the names of rows up, each product once as long as the file has not too many of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._products: dict[str, int] = {}

    def places(self, columns: StockColumns) -> Places:
        """Return what the names of these rows mean."""
        skus = set(columns.skus)
        missing = skus.difference(self._products)
        if len(self._products) + len(missing) > MOST_KNOWN:
            self._products.clear()
            missing = skus
        with self._database.read() as reader:
            warehouses = {row.name: int(row.id) for row in reader.all("topology_warehouses")}
            if missing:
                self._look_up(reader, missing)
        return Places(
            list(map(self._products.get, columns.skus)), list(map(warehouses.get, columns.warehouses))
        )

    def _look_up(self, reader: Reader, missing: set[str]) -> None:
        """Find these products. Many are mostly neighbours, which are read along at a tenth of what one costs."""
        if len(missing) >= _MANY:
            self._products.update(reader.tuples("stage_neighbours", sku=min(missing), size=len(missing)))
            missing = missing - self._products.keys()
        if missing:
            self._products.update(reader.tuples("stage_places", skus=sorted(missing)))
