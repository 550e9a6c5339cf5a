"""Carts whose pieces are held before there is an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.results.plain import plain

STATUSES = ("held", "expired", "released", "placed")
"""What can have become of a cart hold."""


@dataclass(frozen=True, slots=True)
class CartLineView:
    """A line of a cart: how many sales units of which sku, and from which warehouse where that matters."""

    sku: str
    quantity: Decimal
    warehouse: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class CartHoldView:
    """The hold of a cart: nobody else can have its pieces before ``until`` while its status is ``held``.

    ``status`` is ``held``, ``expired`` (its time is over), ``released``, or ``placed`` with the reference of the
    ``order`` that it has become. ``ended_at`` is when somebody saw to its end; a hold whose time is over counts for
    nothing before that. ``existing`` tells that the call found it as it was asked for.
    """

    reference: str
    store: str
    status: str
    until: datetime
    taken_at: datetime
    ended_at: datetime | None
    order: str | None
    items: tuple[CartLineView, ...]
    existing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``cart hold``, ``extend``, ``release`` and ``show``."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "items"}
        return {**shown, "items": [item.as_dict() for item in self.items]}


@dataclass(frozen=True, slots=True)
class CartHoldPage:
    """Some cart holds, the newest first; ``next`` is what the following page comes after, None at the end."""

    carts: tuple[CartHoldView, ...]
    next: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``cart list``."""
        return {"carts": [cart.as_dict() for cart in self.carts], "next": self.next}
