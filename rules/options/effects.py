"""What follows from the values of a product's options: what can be sold, what one order may ask for, what is shown.

Quantities and times only have to be of one kind: decimals and moments, or millionths and microseconds.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from rules.options.values import Amount, Moment, OptionValues


class Selling(IntEnum):
    """How a product is sold: the number is what is stored."""

    BY_LEVEL = 0
    """As long as its level is above what is kept back."""

    BEYOND_LEVEL = 1
    """Without limit; orders lower its level, below zero if need be."""

    NOT_AT_ALL = 2
    """Nobody can order it."""

    WITHOUT_LEVEL = 3
    """Without limit; orders change nothing of what there is."""


class Terms(NamedTuple):
    """How a product is sold, and at which level that ends: what is kept back, or below zero the backorders."""

    selling: Selling
    kept: Amount


PLAIN = Terms(Selling.BY_LEVEL, 0)
"""The terms of a shop without options."""

NOT_OFFERED = Terms(Selling.NOT_AT_ALL, 0)
"""The terms of what is not offered, whatever its options say."""


def terms_of(values: OptionValues) -> Terms:
    """Return how a product is sold."""
    if not _orderable(values):
        return NOT_OFFERED
    if not (values.manage_inventory and values.decrement_inventory):
        return Terms(Selling.WITHOUT_LEVEL, 0)
    # What may not be ordered once it is out of stock cannot be ordered beyond the stock either.
    if values.backorders and "out_of_stock" in values.orderable_statuses:
        if values.backorder_limit is None:
            return Terms(Selling.BEYOND_LEVEL, 0)
        return Terms(Selling.BY_LEVEL, -values.backorder_limit)
    return Terms(Selling.BY_LEVEL, values.inventory_threshold)


def _orderable(values: OptionValues) -> bool:
    return values.inventory_status in values.orderable_statuses and values.maximum_quantity_to_order != 0


def can_be_sold(terms: Terms, stock: Amount, promised: Amount) -> Amount | None:
    """Return how much can be sold of what is in stock and partly promised; None is without limit."""
    if terms.selling is Selling.NOT_AT_ALL:
        return 0
    if terms.selling is not Selling.BY_LEVEL:
        return None
    return max(stock - promised - terms.kept, 0)


def breach(values: OptionValues, quantity: Amount) -> str | None:
    """Return which limit an order breaks that asks for so much in all: ``minimum``, ``maximum``, or None."""
    least, most = values.minimum_quantity_to_order, values.maximum_quantity_to_order
    if least is not None and quantity < least:
        return "minimum"
    return "maximum" if most is not None and quantity > most else None


class Shown(NamedTuple):
    """What a storefront shows. ``label`` is the one that comes first: upcoming, low_inventory, else the status."""

    status: str
    visible: bool
    low: bool
    upcoming: bool
    availability_date: Moment | None
    label: str


def shown(values: OptionValues, level: Amount, now: Moment, *, endless: bool = False) -> Shown:
    """Return what is shown of a product with so much left at a time; ``endless``: its stock never runs out."""
    status = _status(values, level, endless)
    upcoming, date = _upcoming(values, now)
    low = values.highlight_low_inventory and not endless and level <= values.low_inventory_threshold
    return Shown(
        status=status,
        visible=status in values.visible_statuses,
        low=low,
        upcoming=upcoming,
        availability_date=date,
        label="upcoming" if upcoming else "low_inventory" if low and status == "in_stock" else status,
    )


def _status(values: OptionValues, level: Amount, endless: bool) -> str:
    if values.inventory_status != "in_stock":
        return values.inventory_status
    if endless or not (values.manage_inventory and values.decrement_inventory):
        return "in_stock"
    return "in_stock" if level > values.inventory_threshold else "out_of_stock"


def _upcoming(values: OptionValues, now: Moment) -> tuple[bool, Moment | None]:
    date = values.availability_date
    past = date is not None and date < now  # type: ignore[operator]
    if not values.upcoming or (past and values.hide_labels_past_availability_date):
        return False, None
    return True, None if past else date
