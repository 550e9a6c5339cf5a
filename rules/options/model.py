"""The models of inventory options, as a rule file has them: at each level any of the options, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from rules.base import Rules, refused

LARGEST = Decimal("999999999.999999")
"""The largest quantity of an option, in sales units."""

NO_LIMIT = "none"
"""The word for no limit, or no date, where a level above says one."""

STATUSES = ("in_stock", "out_of_stock", "discontinued")
"""Every inventory status."""

Status = Literal["in_stock", "out_of_stock", "discontinued"]

_QUANTITY_SCHEMA = {"type": "number", "minimum": 0, "maximum": float(LARGEST)}
_LIMIT_SCHEMA = {"anyOf": [_QUANTITY_SCHEMA, {"const": NO_LIMIT}]}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _quantity(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise refused("is not a number", "Write a number without quotes, such as 2.5.")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if number < 0:
        raise refused(
            "is below zero", "Write 0 or more; what may be sold beyond the stock is backorder_limit."
        )
    if number > LARGEST:
        raise refused("is too large", f"The largest quantity is {LARGEST}.")
    if number != number.quantize(Decimal("0.000001")):
        raise refused("has more than six decimals", "Write at most six decimals.")
    return number


def _limit(value: object) -> Decimal | str | None:
    if value == NO_LIMIT:
        return NO_LIMIT
    if isinstance(value, str):
        raise refused("is neither a number nor the word none", "Write a number without quotes, or none.")
    return _quantity(value)


def _date(value: str | None) -> str | None:
    if value is None or value == NO_LIMIT:
        return value
    try:
        moment_of(value)
    except ValueError:
        remedy = "Write 2026-12-24, or 2026-12-24T08:00:00Z with an offset, or none."
        raise refused("is no date", remedy) from None
    return value


def moment_of(date: str) -> datetime:
    """Return the moment that a date means: the start of its day in UTC, unless it has a time with an offset.

    Raises ValueError for what is none.
    """
    if _DATE.fullmatch(date):
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    moment = datetime.fromisoformat(date)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset means no moment")
    return moment.astimezone(UTC)


Quantity = Annotated[Decimal | None, BeforeValidator(_quantity), WithJsonSchema(_QUANTITY_SCHEMA)]
"""A quantity in sales units, from 0 on, with at most six decimals."""

Limit = Annotated[Decimal | str | None, BeforeValidator(_limit), WithJsonSchema(_LIMIT_SCHEMA)]
"""A quantity, or the word ``none``."""

Statuses = Annotated[tuple[Status, ...] | None, Field(strict=False)]
"""Some inventory statuses; an empty list is none of them."""


class InventoryOptions(Rules):
    """What one level says of inventory; an option that is left out is that of the next level. 0 and false count."""

    manage_inventory: bool | None = None
    """Whether stock limits what is sold. false: it is sold without limit, whatever was counted."""

    decrement_inventory: bool | None = None
    """Whether orders take their quantities out of what can be sold. false: they do not, and nothing limits them."""

    inventory_threshold: Quantity = None
    """How much of the stock is kept back: at this level the product is out of stock. Not with backorders."""

    low_inventory_threshold: Quantity = None
    """At which level the product is called low, where highlight_low_inventory is true."""

    highlight_low_inventory: bool | None = None
    """Whether storefronts are told that little is left."""

    upcoming: bool | None = None
    """Whether storefronts are told that the product is to come."""

    availability_date: Annotated[str | None, AfterValidator(_date)] = None
    """When it is to come; it belongs to "upcoming" of the same level. A date means the start of its day in UTC."""

    hide_labels_past_availability_date: bool | None = None
    """Whether "upcoming" ends by itself once its date is past."""

    backorders: bool | None = None
    """Whether more is sold than there is, to be delivered later."""

    backorder_limit: Limit = None
    """How far below zero the level may go by backorders; none: without end."""

    minimum_quantity_to_order: Limit = None
    """The least of the product that one order may ask for; none: any quantity."""

    maximum_quantity_to_order: Limit = None
    """The most of the product that one order may ask for. 0: it cannot be ordered; none: any quantity."""

    inventory_status: Status | None = None
    """in_stock: in or out of stock, as the stock says. out_of_stock, discontinued: that, whatever the stock."""

    visible_statuses: Statuses = None
    """With which statuses a storefront shows the product."""

    orderable_statuses: Statuses = None
    """With which statuses the product can be ordered."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        least, most = self.minimum_quantity_to_order, self.maximum_quantity_to_order
        # A maximum of 0 says that it cannot be ordered at all, which a minimum does not contradict.
        if isinstance(least, Decimal) and isinstance(most, Decimal) and 0 < most < least:
            raise refused(
                f"the maximum {most} is below the minimum {least}",
                "Write a maximum_quantity_to_order that is not below minimum_quantity_to_order.",
                key="maximum_quantity_to_order",
            )
        if self.availability_date is not None and self.upcoming is None:
            raise refused(
                "availability_date stands without upcoming, which it belongs to",
                "Write 'upcoming: true' beside it.",
                key="availability_date",
            )
        return self


def _nothing(value: object) -> object:
    return {} if value is None else value


_Level = Annotated[InventoryOptions, BeforeValidator(_nothing)]
_Levels = Annotated[dict[Annotated[str, Field(min_length=1)], _Level], BeforeValidator(_nothing)]


class Options(Rules):
    """Inventory options by level. A product has its own, else those of its category and of the categories above it,
    else those of the website (the store), of its organisation, of the system, else the default."""

    system: _Level = InventoryOptions()
    """Options of everything."""

    organisations: _Levels = Field(default_factory=dict)
    """Options of the stores of an organisation, by its name."""

    websites: _Levels = Field(default_factory=dict)
    """Options of a store, by its name."""

    categories: _Levels = Field(default_factory=dict)
    """Options of the products in a category and below it, by its name."""

    products: _Levels = Field(default_factory=dict)
    """Options of a product by its sku: of a concrete one, or of an abstract one for all of its concrete ones."""


KINDS: Mapping[str, str] = {
    "organisations": "organisation",
    "websites": "website",
    "categories": "category",
    "products": "product",
}
"""Each section with names, and what one of its levels is called."""


def said(options: InventoryOptions) -> dict[str, Any]:
    """Return the options that a level says, by name, as JSON has them."""
    found = {name: getattr(options, name) for name in InventoryOptions.model_fields}
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)  # exact up to 15 digits
    return list(value) if isinstance(value, tuple) else value
