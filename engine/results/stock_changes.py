"""What changes the numbers of stock: corrections by hand, and the history of a product's stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class CorrectedStock:
    """A correction that is stored: the stock was ``before`` and is ``quantity`` since, in sales units.

    ``existing`` tells that it was stored before, under the same reference; the numbers are those of then.
    """

    sku: str
    warehouse: str
    by: Decimal
    before: Decimal
    quantity: Decimal
    reason: str
    actor: str | None
    reference: str | None
    at: datetime
    existing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class CorrectionReport:
    """The corrections of a call, in its order."""

    corrections: tuple[CorrectedStock, ...]

    @property
    def corrected(self) -> int:
        """How many corrections this call has made."""
        return sum(not one.existing for one in self.corrections)

    @property
    def existing(self) -> int:
        """How many of them were stored before."""
        return len(self.corrections) - self.corrected

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``stock correct``."""
        return {
            "corrected": self.corrected,
            "existing": self.existing,
            "corrections": [one.as_dict() for one in self.corrections],
        }


@dataclass(frozen=True, slots=True)
class StockChange:
    """A change of the stock of a product in a warehouse, stored ``at`` its time.

    ``kind`` is ``count``, ``delta`` or ``correction``. ``before`` is None where there was no stock; ``by`` is
    the difference. A count has the time of the count, the file as long as its import is known, the line of
    it, and how much of the product, in all stores, was ``released`` with it; ``later`` is how much of its
    quantity is that of deltas that are later than the count, and were stored before it. It has no line when
    its file is complete for its warehouses and does not name the product. A delta has file and line as well,
    and ``counted_at`` is its own time. A correction has actor, reason and reference.
    """

    sku: str
    warehouse: str
    kind: str
    at: datetime
    before: Decimal | None
    quantity: Decimal
    by: Decimal
    counted_at: datetime | None
    file: str | None
    line: int | None
    released: Decimal
    later: Decimal
    actor: str | None
    reason: str | None
    reference: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StockChangePage:
    """Some changes; ``next`` is what the following page comes after, None at the end."""

    changes: tuple[StockChange, ...]
    next: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``stock history``."""
        return {"changes": [change.as_dict() for change in self.changes], "next": self.next}
