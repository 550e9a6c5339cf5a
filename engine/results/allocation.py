"""Which warehouses were chosen for the items of an order, and why; and what came of rejections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.moving import Refusal
from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class AllocationView:
    """That a warehouse was chosen for so much of an item; None: no warehouse had it.

    ``cause`` is ``placement``, ``event``, ``rejection`` (in place of a warehouse that rejected it) or ``named`` (by
    a line or a command). ``why`` is empty then; else it has ``warehouses`` and ``minds`` (what each strategy of the
    chain minds about them, the less the better), how many ways to ship the order were ``compared``, the best
    ``other`` one, and by which strategy it was worse (``decided_by``). ``rejected_at`` and ``rejected_because``
    tell that the warehouse has rejected it.
    """

    item: int
    warehouse: str | None
    quantity: Decimal
    at: datetime
    cause: str
    why: Mapping[str, Any]
    rejected_at: datetime | None = None
    rejected_because: str | None = None
    actor: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AllocatedItem:
    """An item of an order, where it is to come from now (None: from anywhere), and what was chosen for it so
    far.
    """

    item: int
    line: int
    sku: str
    quantity: Decimal
    state: str
    warehouse: str | None
    split_from: int | None
    allocations: tuple[AllocationView, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        told = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**told, "allocations": [one.as_dict() for one in self.allocations]}


@dataclass(frozen=True, slots=True)
class OrderAllocation:
    """From which warehouses the items of an order are to come, and why."""

    reference: str
    store: str
    items: tuple[AllocatedItem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        items = [item.as_dict() for item in self.items]
        return {"reference": self.reference, "store": self.store, "items": items}


@dataclass(frozen=True, slots=True)
class Reallocated:
    """An item that the warehouse ``before`` has rejected and that comes from ``after`` now; None: from none.

    One that was split off another item for it tells which (``split_from``).
    """

    item: int
    quantity: Decimal
    before: str
    after: str | None
    split_from: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class RejectionReport:
    """What came of a rejection: the items with their new warehouses, and those that nobody could reject."""

    items: list[Reallocated] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, other: RejectionReport) -> None:
        """Add what came of further items."""
        self.items += other.items
        self.refused += other.refused

    @property
    def unallocated(self) -> list[Reallocated]:
        """The items that no other warehouse has."""
        return [item for item in self.items if item.after is None]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "items": [item.as_dict() for item in self.items],
            "refused": [refusal.as_dict() for refusal in self.refused],
        }
