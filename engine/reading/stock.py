"""Lists of stock, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.ages import moment_before
from engine.clock import to_datetime
from engine.errors import InputError
from engine.inventory.topology.names import warehouse_id_of
from engine.quantity import to_decimal
from engine.reading.listing import LARGEST
from engine.reading.numbers_from import with_files
from engine.results import StockPage, StockView
from engine.results.items import LARGEST_ID
from engine.runtime import Runtime
from engine.storage.database import Reader, Record

_ANY = 0
"""The id of no warehouse."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which stock is asked for; ``counted_before`` is an age such as ``7 days``.

    Raises InputError where ``never_counted`` is asked for with a condition on what was counted.
    """

    warehouse: str | None = None
    sold_out: bool = False
    short: bool = False
    never_counted: bool = False
    counted_before: str | None = None

    def __post_init__(self) -> None:
        """See that the conditions go together."""
        if self.never_counted and (self.sold_out or self.short or self.counted_before is not None):
            raise InputError(
                "what was never counted is asked for alone", remedy="Ask for the other lists one by one."
            )

    @property
    def plain(self) -> bool:
        """Whether all stock is asked for, of whatever warehouse."""
        return not (self.sold_out or self.short or self.counted_before is not None)


def stock_list(runtime: Runtime, chosen: Chosen, limit: int, after: str | None) -> StockPage:
    """Return a page of stock rows in the order in which their products were made.

    Raises UnknownWarehouse, and InputError for no age, and a limit or a place in the list that is none.
    """
    if not 1 <= limit <= LARGEST:
        raise InputError(f"a page has between 1 and {LARGEST} rows, not {limit}")
    product, place = (_ANY, _ANY) if after is None else _cursor(after)
    page = {"product": product, "place": place, "size": limit + 1}
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        warehouse = _ANY if chosen.warehouse is None else warehouse_id_of(reader, chosen.warehouse)
        rows = _rows(reader, chosen, now, {"warehouse": warehouse, **page})
        shown = rows[:limit]
        views = with_files(reader, [stock_view(row.sku, row) for row in shown], shown)
    following = f"{shown[-1].product_id}-{shown[-1].warehouse_id}" if len(rows) > limit else None
    return StockPage(tuple(views), following)


def _rows(reader: Reader, chosen: Chosen, now: int, page: Mapping[str, int]) -> list[Record]:
    if chosen.never_counted:
        return reader.all("view_never_counted", **page)
    if chosen.plain:
        return reader.all("view_stock_page", **page)
    limit = None if chosen.counted_before is None else moment_before(now, chosen.counted_before)
    return reader.all(
        "view_stock_chosen",
        now=now,
        counted_before=0 if limit is None else max(limit, 1),
        sold_out=int(chosen.sold_out),
        short=int(chosen.short),
        **page,
    )


def stock_view(sku: str, row: Record) -> StockView:
    """Return what is told of a row of stock of the product."""
    return StockView(
        sku=sku,
        warehouse=row.warehouse,
        active=bool(row.active),
        quantity=to_decimal(row.quantity),
        never_out_of_stock=bool(row.never_out_of_stock),
        counted_at=None if row.counted_at is None else to_datetime(row.counted_at),
    )


def _cursor(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,19})-([0-9]{1,19})", text, re.ASCII)
    product, place = (int(found[1]), int(found[2])) if found else (0, 0)
    if found is None or max(product, place) > LARGEST_ID:
        raise InputError(
            f"{text!r} is no place in a list", remedy="Give what the page before told as 'next'."
        )
    return product, place
