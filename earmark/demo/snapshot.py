"""Numbers of the demonstration: what the engine says at a moment, kept to be compared with a later moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from engine.api import Engine
from engine.results import AvailabilityView, MatrixRow

Cell = tuple[str, str]
"""A sku and a store."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the engine says at a moment: items per process and state, and the numbers of each (sku, store)."""

    label: str
    at: datetime
    matrix: tuple[MatrixRow, ...]
    cells: Mapping[Cell, AvailabilityView]

    @property
    def items(self) -> int:
        """Number of order items."""
        return sum(row.items for row in self.matrix)

    @property
    def reserved(self) -> Decimal:
        """Units in reserved states."""
        return sum((row.reserved for row in self.matrix), Decimal(0))

    @property
    def held(self) -> Decimal:
        """Units held for orders that wait before their first reserved state."""
        return sum((row.held for row in self.matrix), Decimal(0))

    def available(self, store: str) -> Decimal:
        """Units that the store can sell now."""
        return sum((c.available for (_, name), c in self.cells.items() if name == store), Decimal(0))

    def stock(self, store: str) -> Decimal:
        """Units in the store's active warehouses, those of a shared warehouse included."""
        return sum((c.stock for (_, name), c in self.cells.items() if name == store), Decimal(0))

    def sellable(self, store: str) -> int:
        """Number of products that the store can sell now."""
        return sum(
            cell.available > 0 or cell.never_out_of_stock
            for (_, name), cell in self.cells.items()
            if name == store
        )


def take(engine: Engine, label: str, skus: Sequence[str], stores: Sequence[str], at: datetime) -> Snapshot:
    """Read a snapshot from the engine."""
    cells = {(v.sku, v.store): v for store in stores for v in engine.availability(skus, store)}
    return Snapshot(label, at, tuple(engine.matrix()), cells)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one (sku, store) between two snapshots."""

    before: AvailabilityView
    after: AvailabilityView

    @property
    def released(self) -> Decimal:
        """Units that are no longer reserved or held."""
        return self.before.reserved + self.before.held - self.after.reserved - self.after.held


def most_interesting(before: Snapshot, after: Snapshot) -> list[Change]:
    """Return the changes worth a look: what turned sellable, what never runs out, what is sold by the metre.

    Of each kind the ones that released most come first; the rest of the table are the largest of all.
    """
    changes = [Change(old, after.cells[cell]) for cell, old in before.cells.items()]
    largest = sorted(changes, key=lambda change: (-change.released, change.before.sku, change.before.store))
    turned = (change for change in largest if not change.before.available and change.after.available)
    endless = (change for change in largest if change.after.never_out_of_stock)
    parts = (change for change in largest if change.released % 1)
    picked = [*islice(turned, 6), *islice(endless, 1), *islice(parts, 1), *islice(largest, 4)]
    return [change for n, change in enumerate(picked) if change.released > 0 and change not in picked[:n]]
