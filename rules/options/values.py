"""The values of a product's inventory options in a store, once every level is asked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

Amount = Decimal | int
"""A quantity: in sales units where rules are read, in millionths of them where stock is sold."""

Moment = datetime | int
"""A time: as people write it, or in UTC microseconds where stock is sold."""

BOTH = ("in_stock", "out_of_stock")
"""The statuses that are seen and ordered unless somebody says otherwise."""


class OptionValues(NamedTuple):
    """Every option with its value; the defaults are those of a shop that says nothing. None: no limit, no date."""

    manage_inventory: bool = True
    decrement_inventory: bool = True
    inventory_threshold: Amount = 0
    low_inventory_threshold: Amount = 0
    highlight_low_inventory: bool = False
    upcoming: bool = False
    availability_date: Moment | None = None
    hide_labels_past_availability_date: bool = True
    backorders: bool = False
    backorder_limit: Amount | None = None
    minimum_quantity_to_order: Amount | None = None
    maximum_quantity_to_order: Amount | None = None
    inventory_status: str = "in_stock"
    visible_statuses: tuple[str, ...] = BOTH
    orderable_statuses: tuple[str, ...] = BOTH


DEFAULTS = OptionValues()
"""What counts where no level says anything."""

NAMES = OptionValues._fields
"""Every option, in the order of the values."""

QUANTITIES = (
    "inventory_threshold",
    "low_inventory_threshold",
    "backorder_limit",
    "minimum_quantity_to_order",
    "maximum_quantity_to_order",
)
"""The options whose values are quantities."""
