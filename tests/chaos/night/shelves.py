"""What lies on the shelves of a night, and what a plain model says that the shop knows of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.night.stage import FIRST, HOUSES, SKUS, STORES

Key = tuple[str, str]
"""A warehouse and a sku."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a warehouse has counted at a moment (UTC microseconds)."""

    house: str
    at: int
    pieces: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shipped:
    """An item that has left a shelf."""

    item: int
    store: str
    sku: str
    at: int


@dataclass(slots=True)
class Shelves:
    """The truth: what lies where."""

    lots: random.Random
    pieces: dict[Key, int] = field(default_factory=lambda: {(h, s): FIRST for h in HOUSES for s in SKUS})

    def count(self, house: str, at: int) -> Count:
        return Count(house, at, {sku: self.pieces[house, sku] for sku in SKUS})

    def take(self, store: str, sku: str) -> bool:
        """Take a piece from a shelf of the store; False where there is none."""
        houses = [house for house in STORES[store] if self.pieces[house, sku]]
        if not houses:
            return False
        self.pieces[self.lots.choice(houses), sku] -= 1
        return True

    def deliver(self) -> None:
        """Let new goods come."""
        key = self.lots.choice(HOUSES), self.lots.choice(SKUS)
        self.pieces[key] += self.lots.randint(1, 1500 if self.lots.random() < 0.1 else 8)


@dataclass(slots=True)
class Model:
    """What the shop must know: the latest count of each shelf, and which shipped items are in none of them."""

    stock: dict[Key, int] = field(default_factory=dict)
    counted_at: dict[Key, int] = field(default_factory=dict)
    released: set[int] = field(default_factory=set)
    shipped: list[Shipped] = field(default_factory=list)

    def take(self, count: Count) -> None:
        """Take a count in, as far as no later one is known, and release what it and the others do not contain."""
        for sku, pieces in count.pieces.items():
            key = count.house, sku
            if self.counted_at.get(key, 0) <= count.at:
                self.stock[key], self.counted_at[key] = pieces, count.at
        for item in self.shipped:
            if all(item.at <= self.counted_at[house, item.sku] for house in STORES[item.store]):
                self.released.add(item.item)
