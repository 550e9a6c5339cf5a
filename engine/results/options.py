"""Inventory options: which value a product has and why, and what changing them came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain
from engine.results.stock import AvailabilityView


@dataclass(frozen=True, slots=True)
class OptionsReport:
    """What saying options came to: how many ``changes``, ``products`` looked at, and how many ``changed``."""

    changes: int
    products: int
    changed: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OptionView:
    """The value of an option, the level that it comes from, and the source: ``file``, ``database``, None for
    default.

    Quantities are decimals, times UTC; None is no limit, or no date.
    """

    value: Any
    level: str
    source: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OptionsView:
    """The options of a product in a store, and what can be sold of it."""

    sku: str
    store: str
    category: str | None
    organisation: str | None
    options: Mapping[str, OptionView]
    availability: AvailabilityView

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``rules explain``."""
        return {
            "sku": self.sku,
            "store": self.store,
            "category": self.category,
            "organisation": self.organisation,
            "options": {name: option.as_dict() for name, option in self.options.items()},
            "availability": self.availability.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """Something of the options that does not fit the topology: where (``options``, section, name), what, remedy."""

    path: tuple[str, ...]
    message: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"path": ".".join(self.path), "message": self.message, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class OptionChangeView:
    """A change of an option: when, by whom, where it was said, and its value before and after, None for nothing."""

    id: int
    at: datetime
    actor: str | None
    source: str
    origin: str | None
    level: str
    option: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ProductOptionsChange:
    """How the options of a product in a store differ: each value before and after, and what can be sold now.

    ``available_before`` and ``available_after`` are None where there is no limit.
    """

    sku: str
    store: str
    options: Mapping[str, tuple[OptionView, OptionView]]
    available_before: Decimal | None
    available_after: Decimal | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "sku": self.sku,
            "store": self.store,
            "options": {
                name: {"before": before.as_dict(), "after": after.as_dict()}
                for name, (before, after) in self.options.items()
            },
            "available": {"before": plain(self.available_before), "after": plain(self.available_after)},
        }


@dataclass(frozen=True, slots=True)
class OptionsDiff:
    """What other options would change: how many products in how many stores, of which ``products`` are the first.

    ``more`` and ``less`` count those of which more or less could be sold now, each in each store.
    """

    changed: int
    more: int
    less: int
    products: tuple[ProductOptionsChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        counts = {name: getattr(self, name) for name in ("changed", "more", "less")}
        return {**counts, "products": [one.as_dict() for one in self.products]}
