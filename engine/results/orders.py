"""Orders and items as they stand, and what placing them came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.quantity import parse_quantity, to_decimal
from engine.results.amending import AmendmentView
from engine.results.plain import plain
from engine.results.suspensions import Suspension

CANCELLABLE = "cancellable"
"""The flag of states in which an order can be cancelled."""

AMENDABLE = "amendable"
"""The flag of states in which an order can be amended."""

AMENDING = "amendment in progress"
"""The flag of states in which an order is being amended."""

EXCLUDED = "exclude from customer"
"""The flag of states in which a shop does not show an order to its customer."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item of an order as shown to users.

    ``version`` is that of its process where it is not the order's: the item was migrated. ``display_name`` is the
    key under which a shop looks up what its customers see. ``age_s`` is for how many seconds the item has been in
    its state. ``line`` is which line of the order it is of, counted from 1. Of one line are several items when
    parts have gone alone, each of which tells what it was ``split_from``. ``suspended`` tells why it stands
    still, by the oldest suspension if there are several. ``amended_out`` tells that an amendment has taken it
    out of the order.
    """

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
    display_name: str
    flags: tuple[str, ...]
    age_s: int
    version: str | None = None
    line: int = 1
    split_from: int | None = None
    suspended: Suspension | None = None
    amended_out: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "suspended"}
        return {**shown, "suspended": None if self.suspended is None else self.suspended.brief()}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of an order: how much of what it is in all, and the ids of the items that it has become.

    What amendments have taken out of it is in ``removed`` and not in ``quantity``.
    """

    line: int
    reference: str | None
    sku: str
    quantity: Decimal
    items: tuple[int, ...]
    removed: Decimal = Decimal(0)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OrderView:
    """A stored order. ``existing`` tells that this placement found it already stored with the same content.

    ``flags`` are those that the states of all its items have, but for those that were amended out; ``cancellable``,
    ``amendable`` and ``excluded_from_customer`` tell of some of them. ``age_s`` is in seconds since it was placed.
    ``amendments`` are what it was amended by, oldest first; it is shown as they have made it.
    ``closed_at`` is since when all items are closed, as their process says; ``archived_at`` and ``forgotten_at``
    are when it was archived, and its personal data made anonymous.
    """

    reference: str
    store: str
    process: str
    version: str
    currency: str | None
    placed_at: datetime
    items: tuple[ItemView, ...]
    flags: tuple[str, ...]
    age_s: int
    existing: bool = False
    amendments: tuple[AmendmentView, ...] = ()
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    forgotten_at: datetime | None = None

    @property
    def lines(self) -> tuple[LineView, ...]:
        """Its lines, each with the items that it has become."""
        found: dict[int, list[ItemView]] = {}
        for item in self.items:
            found.setdefault(item.line, []).append(item)
        return tuple(
            LineView(
                number,
                items[0].reference,
                items[0].sku,
                _sum(item for item in items if not item.amended_out),
                tuple(item.id for item in items),
                _sum(item for item in items if item.amended_out),
            )
            for number, items in sorted(found.items())
        )

    @property
    def amendable(self) -> bool:
        """Whether all items stand in states with the flag ``amendable``, or ``amendment in progress``."""
        return AMENDABLE in self.flags or AMENDING in self.flags

    @property
    def cancellable(self) -> bool:
        """Whether all items stand in states with the flag ``cancellable``."""
        return CANCELLABLE in self.flags

    @property
    def excluded_from_customer(self) -> bool:
        """Whether all items stand in states with the flag ``exclude from customer``."""
        return EXCLUDED in self.flags

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order place`` and ``order show``."""
        apart = {
            name: [one.as_dict() for one in getattr(self, name)] for name in ("items", "lines", "amendments")
        }
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name not in apart}
        return {**shown, **_told(self), **apart}


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order in a list: ``states`` tells how many of its items stand in which state."""

    reference: str
    store: str
    process: str
    version: str
    placed_at: datetime
    age_s: int
    items: int
    states: Mapping[str, int]
    flags: tuple[str, ...]

    @property
    def amendable(self) -> bool:
        """Whether all items stand in states with the flag ``amendable``, or ``amendment in progress``."""
        return AMENDABLE in self.flags or AMENDING in self.flags

    @property
    def cancellable(self) -> bool:
        """Whether all items stand in states with the flag ``cancellable``."""
        return CANCELLABLE in self.flags

    @property
    def excluded_from_customer(self) -> bool:
        """Whether all items stand in states with the flag ``exclude from customer``."""
        return EXCLUDED in self.flags

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**shown, **_told(self)}


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Some orders, the newest first; ``next`` is what the following page comes after, None at the end."""

    orders: tuple[OrderSummary, ...]
    next: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order list``."""
        return {"orders": [order.as_dict() for order in self.orders], "next": self.next}


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """An item with the order and the process it belongs to."""

    order: str
    store: str
    process: str
    version: str
    item: ItemView

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``item show``: the item's fields beside the others."""
        shown = {name: getattr(self, name) for name in ("order", "store", "process", "version")}
        return {**self.item.as_dict(), **shown}


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Some items, the one placed first first; ``next`` is what the following page comes after, None at the end."""

    items: tuple[ItemDetail, ...]
    next: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``item list``."""
        return {"items": [item.as_dict() for item in self.items], "next": self.next}


def _told(order: OrderView | OrderSummary) -> dict[str, bool]:
    names = ("amendable", "cancellable", "excluded_from_customer")
    return {name: getattr(order, name) for name in names}


def _sum(items: Iterable[ItemView]) -> Decimal:
    return to_decimal(sum(parse_quantity(item.quantity) for item in items))


@dataclass(frozen=True, slots=True)
class ManualEvent:
    """An event that can be triggered for these items of an order now.

    ``manual`` and ``on_enter`` events are for people: the latter were tried automatically, and the item stayed or
    the step failed. The others come from programs and the clock.
    """

    event: str
    manual: bool
    items: tuple[int, ...]
    states: tuple[str, ...]
    on_enter: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            name: list(v) if isinstance(v := getattr(self, name), tuple) else v for name in self.__slots__
        }


@dataclass(frozen=True, slots=True)
class PlaceRefusal:
    """Why an order of a bulk placement was refused; ``line`` counts from 1.

    ``parameters`` are those of the error, if it has any: what is short of an order that is ``not_available``.
    """

    line: int
    reference: str | None
    code: str
    message: str
    remedy: str = ""
    parameters: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: getattr(self, name) for name in self.__slots__ if name != "parameters"}
        return shown if self.parameters is None else {**shown, "parameters": dict(self.parameters)}


MOST_REFUSED = 100_000
"""After how many refused orders a bulk placement leaves the rest: something is wrong with all of them."""


@dataclass(slots=True)
class PlaceReport:
    """What a bulk placement did: numbers of new and of already stored orders, and the refused ones.

    ``complete`` is False when the rest of the input was not read: a stop was asked for, or too much was refused.
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
