"""Stock in GS1 XML 3: inventoryReport and logisticsInventoryReport, a record for each status of a product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO

from lxml import etree

from earmark.feeds.formats.common import OneTime, Options, RecordTable, certain, message_time, unreadable
from earmark.feeds.formats.documents.gs1_parts import (
    COLUMNS,
    Line,
    activities,
    line_items,
    logistics_event,
    logistics_status,
    place,
    trade_item,
)
from earmark.feeds.formats.documents.parsing import child, events, forget, iso_time, local, space, text
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table
from engine.feeds import CountKind
from engine.results import Code, RowRefusal

OPTIONS = {
    "count_date": 'the time of the count, where a balance has none: "period" (its start, the default) or "created"',
    "others": 'what becomes of what is not of the feed\'s kind, as movements in a count: "refuse" or "ignore"',
}

_REPORTS = {"inventoryReport": "inventory_report", "logisticsInventoryReport": "logistics_inventory_report"}
_SPACE = re.compile(r"urn:gs1:ecom:(\w+):xsd:3")
_LOCATION = "logisticsInventoryReportInventoryLocation"
_UNREAD = re.compile(r"(logisticUnit|returnablePackaging|transportEquipment)Inventory(Status|Event)")


@contextmanager
def open_gs1(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
    """Open a message with reports. Raises FileUnreadable or ConfigurationInvalid."""
    reading = _Reading(file, path, feed, Options(feed, OPTIONS))
    rows = reading.rows()
    first = list(islice(rows, 1))
    when = message_time(feed, path, reading.time.first or "")
    reading.time.settled = when is not None
    yield RecordTable(COLUMNS, chain(first, rows), counted_at=when)


class _Reading:
    """Walks through a message and yields what its balances, or in a feed of deltas its movements, say."""

    def __init__(self, file: IO[bytes], path: Path, feed: Feed, options: Options) -> None:
        self._file = file
        self._path = path
        self._decimal = feed.decimal
        self._deltas = feed.kind is CountKind.DELTA
        self._date = options.choice("count_date", ("period", "created"))
        self._ignores = options.choice("others", ("refuse", "ignore")) == "ignore"
        self.time = OneTime(path)
        self._number = 0
        self._begin()

    def rows(self) -> Iterator[Record | Refused]:
        found = False
        for event, element in events(self._file, self._path, "GS1 XML"):
            name = local(element)
            parent = element.getparent()
            around = "" if parent is None else local(parent)
            if event == "start":
                if parent is None:
                    self._check_root(element, name)
                if name in _REPORTS:
                    found = True
                    self._begin()
            elif around in _REPORTS:
                yield from self._part(name, element)
            elif around == _LOCATION:
                yield from self._located(name, element)
        if not found:
            raise unreadable(self._path, "there is no inventoryReport and no logisticsInventoryReport in it")
        if self.time.first is None:
            self._settle_time()

    def _begin(self) -> None:
        self._header: dict[str, str] = {}
        self._dates: dict[str, str] = {}
        self._place: dict[str, str] = {}
        self._is_settled = False

    def _check_root(self, element: etree._Element, name: str) -> None:
        known = _SPACE.fullmatch(space(element))
        if known is None or known[1] not in _REPORTS.values():
            version = "of version 2, " if "ean.ucc" in space(element) else ""
            raise unreadable(
                self._path,
                f"the document is {name!r} of {space(element) or 'no namespace'}, {version}no inventory report of "
                "GS1 XML 3",
                "Check which file it is, and the format of the feed.",
            )

    def _part(self, name: str, element: etree._Element) -> Iterator[Record | Refused]:
        """Yield what a part of a report says."""
        if name == "creationDateTime":
            self._dates["created"] = text(element)
        elif name == "reportingPeriod":
            self._dates["period"] = iso_time(text(element, "beginDate"), text(element, "beginTime"))
        elif name == "inventoryReportingParty":
            self._header["reporting_party"] = place(element)["location"]
        elif name == "documentActionCode" and text(element).upper() == "DELETE":
            raise unreadable(self._path, "the document takes a report back and is none", "Leave it out.")
        elif name == "inventoryItemLocationInformation":
            self._settle_time()
            yield from self._item_at_location(element)
            forget(element)
        elif name == _LOCATION:
            self._place = {}
            forget(element)

    def _located(self, name: str, element: etree._Element) -> Iterator[Record | Refused]:
        """Yield what a part of a place of a logisticsInventoryReport says."""
        self._settle_time()
        if name == "inventoryLocation":
            self._place = place(element)
        elif name == "tradeItemInventoryStatus":
            for line in logistics_status(element):
                yield from self._row(line, trade_item(element), is_event=False)
        elif name == "tradeItemInventoryEvent":
            yield from self._row(logistics_event(element), trade_item(element), is_event=True)
        elif _UNREAD.fullmatch(name):
            yield from self._other(f"{name} is not read: it is of no product")
        forget(element)

    def _item_at_location(self, element: etree._Element) -> Iterator[Record | Refused]:
        self._place = place(child(element, "inventoryLocation"))
        item = trade_item(child(element, "transactionalTradeItem"))
        for line in line_items(element):
            yield from self._row(line, item, is_event=False)
        for line in activities(element):
            yield from self._row(line, item, is_event=True)

    def _row(self, line: Line, item: dict[str, str], *, is_event: bool) -> Iterator[Record | Refused]:
        sku = item["sku"] or "a product without a number"
        if is_event != self._deltas:
            kind = "a movement" if is_event else "a balance"
            yield from self._other(
                f"{kind} of {sku} ({line.status or 'no status'}) is not of the feed's kind"
            )
            return
        self._number += 1
        values = {
            **self._header,
            **self._place,
            **item,
            "quantity": certain(line.quantity, self._decimal),
            "unit": line.unit,
            "status": line.status,
            "batch": line.batch,
            "sub_location": line.sub_location,
        }
        if line.counted_at:
            values["counted_at"] = line.counted_at
        fields = tuple(values.get(name, "") for name in COLUMNS)
        if line.problem:
            yield Refused(RowRefusal(self._number, Code.BAD_BALANCE, f"{sku}: {line.problem}"), fields)
            return
        yield Record(self._number, fields)

    def _other(self, message: str) -> Iterator[Refused]:
        self._number += 1
        if not self._ignores:
            said = f'{message}; options.others = "ignore" leaves it out'
            yield Refused(RowRefusal(self._number, Code.BAD_BALANCE, said))

    def _settle_time(self) -> None:
        if not self._is_settled:
            self._is_settled = True
            self._header["counted_at"] = self._dates.get(self._date, "")
            self.time.take(self._header["counted_at"], f"balance {self._number + 1}")
