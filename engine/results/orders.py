"""Orders and items as they stand, and what placing them came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item of an order as shown to users; ``version`` is that of its process where it is not the order's."""

    id: int
    reference: str | None
    sku: str
    quantity: Decimal
    state: str
    display: str | None
    reserved: bool
    held: bool
    state_since: datetime
    warehouse: str | None
    version: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OrderView:
    """A stored order. ``existing`` tells that this placement found it already stored with the same content."""

    reference: str
    store: str
    process: str
    version: str
    currency: str | None
    placed_at: datetime
    items: tuple[ItemView, ...]
    existing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order place`` and ``order show``."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "items"}
        return {**shown, "items": [item.as_dict() for item in self.items]}


@dataclass(frozen=True, slots=True)
class ManualEvent:
    """An event that can be triggered for these items of an order now."""

    event: str
    manual: bool
    items: tuple[int, ...]
    states: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            name: list(v) if isinstance(v := getattr(self, name), tuple) else v for name in self.__slots__
        }


@dataclass(frozen=True, slots=True)
class PlaceRefusal:
    """Why an order of a bulk placement was refused; ``line`` counts from 1."""

    line: int
    reference: str | None
    code: str
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class PlaceReport:
    """What a bulk placement did: numbers of new and of already stored orders, and the refused ones.

    ``complete`` is False when a stop was asked for and the rest of the input was not read.
    """

    placed: int = 0
    existing: int = 0
    items: int = 0
    complete: bool = True
    refused: list[PlaceRefusal] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order place`` with Lines input."""
        shown = {"placed": self.placed, "existing": self.existing, "items": self.items}
        refused = [refusal.as_dict() for refusal in self.refused]
        return {**shown, "refused": refused, "complete": self.complete}
