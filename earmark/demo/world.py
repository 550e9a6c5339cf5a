"""The world of the demonstration: two stores, three warehouses, products and their stock, made from a seed.

Berlin's warehouse serves both stores, Vienna's only AT. Hamburg's is linked to DE but not open yet: it has
stock that nobody can buy until it is made active in the middle of the story.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from engine.requests import ConcreteEntry, ProductEntry, StoreEntry, Topology, WarehouseEntry

BERLIN, VIENNA, HAMBURG = "Berlin", "Vienna", "Hamburg"
DE, AT = "DE", "AT"
STORES = (DE, AT)
LINES_PER_ORDER = 3
"""Orders have one to five lines, three on average."""


@dataclass(frozen=True, slots=True)
class Product:
    """A concrete product; ``demand`` is roughly how many units the orders will ask for."""

    sku: str
    abstract: str
    demand: float
    by_the_metre: bool = False
    never_out_of_stock: bool = False


@dataclass(frozen=True)
class World:
    """Everything that exists before the first order. The same seed and size make the same world."""

    orders: int = 5000
    seed: int = 1

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The concrete products: two for five orders, up to 2,000, so that small worlds sell out too."""
        chance = random.Random(f"products {self.seed}")
        wanted = min(2000, max(40, self.orders * 2 // 5))
        skus = list(_skus(chance, wanted))
        ranks = chance.sample(range(wanted), wanted)
        weights = [1 / (rank + 12) ** 0.55 for rank in ranks]
        units = self.orders * LINES_PER_ORDER * 1.4
        total = sum(weights)
        return tuple(
            Product(sku, abstract, units * weight / total, chance.random() < 0.02, chance.random() < 0.01)
            for (abstract, sku), weight in zip(skus, weights, strict=True)
        )

    @cached_property
    def cumulated_demand(self) -> tuple[float, ...]:
        """The running sum of the products' demand, for drawing one at random."""
        return tuple(accumulate(product.demand for product in self.products))

    def topology(self, *, hamburg_open: bool = False) -> Topology:
        """Return stores, warehouses and products as the engine's input."""
        concretes: dict[str, list[ConcreteEntry]] = {}
        for product in self.products:
            concretes.setdefault(product.abstract, []).append(ConcreteEntry(sku=product.sku))
        return Topology(
            warehouses=(
                WarehouseEntry(name=BERLIN),
                WarehouseEntry(name=VIENNA),
                WarehouseEntry(name=HAMBURG, active=hamburg_open),
            ),
            stores=(
                StoreEntry(name=DE, warehouses=(BERLIN, HAMBURG), shares_reservations_with=(AT,)),
                StoreEntry(name=AT, warehouses=(VIENNA, BERLIN), shares_reservations_with=(DE,)),
            ),
            products=tuple(
                ProductEntry(sku=name, concretes=tuple(found)) for name, found in concretes.items()
            ),
        )

    def first_count(self) -> Iterator[tuple[Product, str, Decimal]]:
        """Yield (product, warehouse, quantity) of the stock on the first day."""
        chance = random.Random(f"stock {self.seed}")
        for product in self.products:
            plenty = chance.choice((0.8, 1.4, 1.8, 2.6))
            for warehouse, share in ((BERLIN, 0.8), (VIENNA, 0.35), (HAMBURG, 0.3)):
                amount = round(product.demand * plenty * share * chance.uniform(0.6, 1.4)) + 1
                yield product, warehouse, Decimal(amount)


def _skus(chance: random.Random, wanted: int) -> Iterator[tuple[str, str]]:
    number, made = 0, 0
    while made < wanted:
        number += 1
        for variant in range(1, min(chance.randint(1, 5), wanted - made) + 1):
            made += 1
            yield f"{number:03}", f"{number:03}_{variant}"
