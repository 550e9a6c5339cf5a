"""What the names in stock rows mean: the ids of products and warehouses, for many rows at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.feeds import StockColumns
from engine.quantity import Unit
from engine.storage.database import Database, Reader

MOST_KNOWN = 300_000
"""How many products are kept at most while a file is read: some 40 MB. The ids of products never change."""

_MANY = 1000
"""How many products are many."""

_AT_ONCE = 10_000
"""Of how many products the units are looked up by one statement."""


@dataclass(frozen=True, slots=True)
class Places:
    """The ids of the products and warehouses that rows name, in their order; None for what does not exist."""

    products: Sequence[int | None]
    warehouses: Sequence[int | None]
    units: Mapping[int, Unit] = field(default_factory=dict)
    """The units of the products that have one with less than six decimals, by id; perhaps of others as well."""
    names_version: int = 0
    """What differs once somebody has changed a name or a unit."""

    @property
    def all_exist(self) -> bool:
        """Whether every row names a product and a warehouse that exist."""
        return None not in self.products and None not in self.warehouses

    def known(self) -> list[bool]:
        """Return for each row whether its product and its warehouse exist."""
        pairs = zip(self.products, self.warehouses, strict=True)
        return [product is not None and warehouse is not None for product, warehouse in pairs]


class KnownNames:
    """Looks the names of rows up, each product once as long as the file has not too many and nobody changes any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._products: dict[str, int] = {}
        self._units: dict[int, Unit] = {}
        self._version = 0

    def places(self, columns: StockColumns) -> Places:
        """Return what the names of these rows mean."""
        skus = set(columns.skus)
        with self._database.read() as reader:
            version = int(reader.scalar("names_version"))
            missing = skus.difference(self._products)
            if version != self._version or len(self._products) + len(missing) > MOST_KNOWN:
                self._version, missing = version, skus
                self._products.clear()
                self._units = {}
            warehouses = {row.name: int(row.id) for row in reader.all("topology_warehouses")}
            if missing:
                self._look_up(reader, missing)
                self._look_up_units(reader, missing)
        return Places(
            list(map(self._products.get, columns.skus)),
            list(map(warehouses.get, columns.warehouses)),
            self._units,
            version,
        )

    def _look_up(self, reader: Reader, missing: set[str]) -> None:
        """Find these products. Many are mostly neighbours, which are read along at a tenth of what one costs."""
        if len(missing) >= _MANY:
            self._products.update(reader.tuples("stage_neighbours", sku=min(missing), size=len(missing)))
            missing = missing - self._products.keys()
        if missing:
            self._products.update(reader.tuples("stage_places", skus=sorted(missing)))

    def _look_up_units(self, reader: Reader, skus: set[str]) -> None:
        if all(int(row.step) == 1 for row in reader.all("units")):
            return  # as where nobody has told any unit
        products = [product for product in map(self._products.get, skus) if product is not None]
        for start in range(0, len(products), _AT_ONCE):
            some = products[start : start + _AT_ONCE]
            self._units.update(
                {
                    int(row.id): Unit(row.name, int(row.step))
                    for row in reader.all("stage_units", products=some)
                }
            )
