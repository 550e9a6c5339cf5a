"""Whether lines of a cart can be sold, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.codes import Code
from engine.results.plain import plain

SALE_STATUSES = ("in_stock", "out_of_stock", "discontinued", "unknown")
"""What a shop can show of a product."""


@dataclass(frozen=True, slots=True)
class SaleLineView:
    """Whether a line can be sold; quantities in sales units.

    ``asked`` is what the line asks for, None where it is no quantity, ``in_all`` what all lines of the sku and the
    cart ask for together, which decides. ``available`` is what the asker can have of it, in the ``warehouse`` that
    the line names if it names one; it does not matter where it is ``never_out_of_stock``. ``code`` tells why the
    line cannot be sold and ``message`` the same in words, both None where it can. ``status`` is of the product and
    not of the line: ``in_stock`` with one left of ten that are asked for, ``out_of_stock``, ``discontinued``, or
    ``unknown``. ``backordered`` is how much of what is asked for in all is to be delivered later. ``never_counted``
    tells that there is nothing because no active warehouse of the store has ever counted it.

    For the storefront: whether the product is ``visible``, whether its level is ``low``, whether it is ``upcoming``
    and, if that is told, from when; ``label`` is what of it to show: ``upcoming``, ``low_inventory`` or the status.
    """

    sku: str
    asked: Decimal | None
    in_all: Decimal
    available: Decimal
    never_out_of_stock: bool
    ok: bool
    code: Code | None
    status: str
    message: str | None
    warehouse: str | None = None
    abstract: bool = False
    label: str = "unknown"
    visible: bool = True
    low: bool = False
    upcoming: bool = False
    availability_date: datetime | None = None
    backordered: Decimal = Decimal(0)
    never_counted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**shown, "code": None if self.code is None else str(self.code)}


@dataclass(frozen=True, slots=True)
class SaleView:
    """Whether all lines can be sold together in a store, and each of them in the order asked."""

    store: str
    ok: bool
    lines: tuple[SaleLineView, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``can-sell``."""
        return {"store": self.store, "ok": self.ok, "lines": [line.as_dict() for line in self.lines]}
