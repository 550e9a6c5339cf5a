"""Stock in UBL 2: InventoryReport, and its sister StockAvailabilityReport that tells what can be bought."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO

from lxml import etree

from earmark.feeds.formats.common import OneTime, Options, RecordTable, certain, message_time, unreadable
from earmark.feeds.formats.documents.parsing import (
    child,
    events,
    first_text,
    forget,
    is_before,
    iso_time,
    local,
    space,
    text,
)
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table
from engine.feeds import CountKind
from engine.results import Code, RowRefusal

COLUMNS = (
    "sku",
    "gtin",
    "buyer_sku",
    "seller_sku",
    "manufacturer_sku",
    "location",
    "location_name",
    "reporting_party",
    "quantity",
    "unit",
    "status",
    "available_from",
    "counted_at",
    "line_id",
    "document",
)
"""The columns of a line."""

OPTIONS = {
    "count_date": 'which date of the document is that of the count: "period" (its start, the default) or "issue"',
    "later": 'what becomes of stock that comes later: "refuse" (the default) or "ignore"',
}

_LINES = {"InventoryReport": "InventoryReportLine", "StockAvailabilityReport": "StockAvailabilityReportLine"}
_SPACE = re.compile(r"urn:oasis:names:specification:ubl:schema:xsd:(\w+)-2")
_PARTIES = ("InventoryReportingParty", "SellerSupplierParty", "RetailerCustomerParty")
_PARTY_NAMES = (("EndpointID",), ("PartyIdentification", "ID"), ("PartyName", "Name"))


@contextmanager
def open_ubl(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
    """Open a report. Raises FileUnreadable or ConfigurationInvalid."""
    reading = _Reading(file, path, feed, Options(feed, OPTIONS))
    rows = reading.rows()
    first = list(islice(rows, 1))
    yield RecordTable(
        COLUMNS, chain(first, rows), counted_at=message_time(feed, path, reading.time.first or "")
    )


class _Reading:
    """Walks through a document and yields what its lines say."""

    def __init__(self, file: IO[bytes], path: Path, feed: Feed, options: Options) -> None:
        self._file = file
        self._path = path
        self._feed = feed
        self._date = options.choice("count_date", ("period", "issue"))
        self._ignores_later = options.choice("later", ("refuse", "ignore")) == "ignore"
        self.time = OneTime(path)
        self._header: dict[str, str] = {}
        self._dates: dict[str, str] = {}

    def rows(self) -> Iterator[Record | Refused]:
        document: etree._Element | None = None
        number = 0
        for event, element in events(self._file, self._path, "UBL"):
            if event == "start":
                if document is None and (local(element) in _LINES or element.getparent() is None):
                    document = self._document(element, local(element))
            elif document is not None and element.getparent() is document:
                if local(element) != _LINES[local(document)]:
                    self._head(local(element), element)
                    continue
                number += 1
                self._settle_time()
                row = self._line(number, element)
                forget(element)
                if row is not None:
                    yield row
        if document is None:
            raise unreadable(self._path, "there is no InventoryReport in it")
        self._settle_time()

    def _document(self, element: etree._Element, name: str) -> etree._Element | None:
        if name == "StandardBusinessDocument":
            return None  # an envelope, and the report stands in it
        known = _SPACE.fullmatch(space(element))
        if name not in _LINES or known is None or known[1] != name:
            raise unreadable(
                self._path,
                f"the document is {name!r} of {space(element) or 'no namespace'}, no InventoryReport of UBL 2",
                "Check which file it is, and the format of the feed.",
            )
        if name == "StockAvailabilityReport" and self._feed.kind not in (None, CountKind.AVAILABLE):
            raise unreadable(
                self._path,
                f'a StockAvailabilityReport tells what can be bought, and the feed says kind = "{self._feed.kind}"',
                'Ask for an InventoryReport, or say kind = "available" and promised = "earmark".',
            )
        self._header["document"] = name
        return element

    def _head(self, name: str, element: etree._Element) -> None:
        if name == "InventoryPeriod":
            self._dates["period"] = iso_time(text(element, "StartDate"), text(element, "StartTime"))
        elif name == "IssueDate":
            self._dates["issue"] = iso_time(text(element))
        elif name == "IssueTime":
            self._dates["issue"] = iso_time(self._dates.get("issue", ""), text(element))
        elif name == "InventoryLocation":
            self._header.update(_location(element))
        elif name in _PARTIES and "reporting_party" not in self._header:
            # The reporting party is a party itself, seller and retailer have one.
            party = child(element, "Party")
            self._header["reporting_party"] = first_text(element if party is None else party, *_PARTY_NAMES)

    def _settle_time(self) -> None:
        if self.time.first is None:
            self._header["counted_at"] = self._dates.get(self._date, "")
            self.time.take(self._header["counted_at"], "its head")

    def _line(self, number: int, line: etree._Element) -> Record | Refused | None:
        numbers = _numbers(child(line, "Item"))
        sku = next(iter(numbers.values()), "")
        quantity = child(line, "Quantity")
        later = text(line, "AvailabilityDate")
        counted = self._header["counted_at"] or self._dates.get("issue", "")
        values = {
            **self._header,
            **numbers,
            **_location(child(line, "InventoryLocation")),
            "sku": sku,
            "quantity": "" if quantity is None else certain(text(quantity), self._feed.decimal),
            "unit": "" if quantity is None else str(quantity.get("unitCode") or ""),
            "status": text(line, "AvailabilityStatusCode"),
            "available_from": later,
            "line_id": text(line, "ID"),
        }
        fields = tuple(values.get(name, "") for name in COLUMNS)
        if later and is_before(counted, later):
            why = f'{sku} comes only on {later}; options.later = "ignore" leaves it out'
            return None if self._ignores_later else _refused(number, why, fields)
        if quantity is None:
            return _refused(number, f"no quantity is told of {sku or 'a product without a number'}", fields)
        return Record(number, fields)


def _refused(number: int, message: str, fields: tuple[str, ...]) -> Refused:
    return Refused(RowRefusal(number, Code.BAD_BALANCE, message), fields)


def _numbers(item: etree._Element | None) -> dict[str, str]:
    """Return the numbers of a product, the one that is its ``sku`` first."""
    found = {
        "seller_sku": text(item, "SellersItemIdentification", "ID"),
        "buyer_sku": text(item, "BuyersItemIdentification", "ID"),
        "gtin": text(item, "StandardItemIdentification", "ID"),
        "manufacturer_sku": text(item, "ManufacturersItemIdentification", "ID"),
    }
    return {name: number for name, number in found.items() if number}


def _location(location: etree._Element | None) -> dict[str, str]:
    if location is None:
        return {}
    name = first_text(location, ("Name",), ("Description",))
    return {"location": text(location, "ID") or name, "location_name": name}
