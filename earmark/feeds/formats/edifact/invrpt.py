"""The inventory report of EDIFACT, INVRPT: one record for each balance of a product at a place.

D.96A and what came before have ``QTY`` and then what is said of it (``INV``, ``LOC``, ``DTM``, ``STS``); from D.01B
on an ``INV`` comes first, and what follows is said of all its quantities.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO

from earmark.feeds.formats.balances import Balances
from earmark.feeds.formats.common import OneTime, Options, RecordTable, message_time, unreadable
from earmark.feeds.formats.edifact.balances import FIELDS, Item, ItemReading
from earmark.feeds.formats.edifact.envelope import SERVICE, Envelopes
from earmark.feeds.formats.edifact.segments import Segment, SegmentFile
from earmark.feeds.formats.edifact.times import iso_time
from earmark.feeds.formats.quantities import IGNORE, QUANTITIES, CodeTable
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table
from earmark.words.text import count
from engine.errors import FileUnreadable

OPTIONS = {
    **QUANTITIES,
    **IGNORE,
    "locations": "qualifiers of LOC that tell the warehouse (14 18 11)",
    "count_date": "qualifiers of DTM that tell when it was counted, the first one found (366)",
    "charset": "the character set, where it is not the one of the syntax identifier",
}

_CANCELLED = {"1": "a cancellation", "3": "a deletion", "27": "a refusal"}
_PARTIAL = {"4": "a change", "2": "an addition", "33": "a change"}


@contextmanager
def open_invrpt(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
    """Open interchanges of INVRPT. Raises FileUnreadable or ConfigurationInvalid."""
    options = Options(feed, OPTIONS)
    balances = Balances(FIELDS, CodeTable(options, feed, 'on_hand = "145"'))
    segments = SegmentFile(file, path, _charset(options))
    locations, dates = options.codes("locations", "14 18 11"), options.codes("count_date", "366")
    items = ItemReading(balances, frozenset(locations), dates, feed.decimal)
    reading = _Reading(segments, path, items, whole=feed.whole)
    rows = reading.rows()
    # All up to the first balance, so that the time of the message is known.
    first = list(_one(rows))
    when = message_time(feed, path, reading.time.first or "")
    reading.time.settled = when is not None
    yield RecordTable(balances.columns, chain(first, rows), counted_at=when)


def _one(rows: Iterator[Record | Refused]) -> Iterator[Record | Refused]:
    for row in rows:
        yield row
        return


def _charset(options: Options) -> str:
    name = options.text("charset")
    try:
        if name and "A'+:?".encode(name) != b"A'+:?":
            raise LookupError
    except (LookupError, UnicodeError):
        raise options.wrong(
            "charset", f"{name!r} is no character set that EDIFACT can be in", 'Write "utf-8".'
        ) from None
    return name


class _Reading:
    """Walks through the messages of a file and yields what their balances say."""

    def __init__(self, segments: SegmentFile, path: Path, items: ItemReading, *, whole: bool) -> None:
        self._segments = segments
        self._path = path
        self._whole = whole
        self._reading = items
        self._dates = items.dates
        self.header: dict[str, str] = {}
        self.time = OneTime(path)
        self._begin_message("")

    def rows(self) -> Iterator[Record | Refused]:
        envelopes = Envelopes(self._path)
        for segment in self._segments:
            if segment.tag in SERVICE:
                yield from self._end_item()
            envelopes.take(segment)
            if segment.tag == "UNH":
                self._check_kind(segment)
            elif segment.tag == "UNT":
                self._end_message(segment)
            elif segment.tag not in SERVICE:
                yield from self._take(segment)
        envelopes.finish()

    def _begin_message(self, reference: str, *, inventory_first: bool = False) -> None:
        self._inventory_first = inventory_first
        self._item: Item | None = None
        self._items = 0
        self._control: str | None = None
        self._in_detail = False
        self._in_package = False
        self._nested = False
        self._times: dict[str, str] = {}
        self._told_in_whole: set[str] = set()
        self.header = {"message": reference}

    def _check_kind(self, segment: Segment) -> None:
        kind, release = segment.get(1, 0), segment.get(1, 2)
        if kind != "INVRPT":
            raise self._wrong(
                segment,
                f"the message is {kind or 'of no kind'}, not INVRPT",
                "Send INVRPT only to this feed.",
            )
        # From D.01B on INV comes first; of the years 93 to 99 it never does.
        self._begin_message(
            segment.get(0), inventory_first=release[:2].isdigit() and 1 <= int(release[:2]) < 90
        )

    def _take(self, segment: Segment) -> Iterator[Record | Refused]:
        tag = segment.tag
        if tag == "LIN":
            yield from self._end_item()
            self._settle_time(segment)
            self._begin_item(segment)
        elif tag in ("CPS", "UNS"):
            yield from self._end_item()
            self._settle_time(segment)
            self._in_package, self._nested = tag == "CPS", bool(segment.get(1))
            self._in_detail = True
        elif tag == "CNT":
            self._control = segment.get(0, 1) if segment.get(0) == "2" else self._control
        elif not self._in_detail:
            self._take_header(segment)
        elif tag == "PAC":
            # What follows is counted in the quantity of the product already.
            self._in_package = True
        elif not self._in_package and self._item is not None:
            self._item.take(segment)

    def _take_header(self, segment: Segment) -> None:
        tag = segment.tag
        if tag == "BGM":
            self._check_function(segment)
        elif tag == "DTM":
            try:
                self._times[segment.get(0)] = iso_time(segment.get(0, 1), segment.get(0, 2) or "102")
            except ValueError as error:
                if segment.get(0) in self._dates:
                    raise self._wrong(segment, str(error)) from None
        elif tag == "NAD" and segment.get(0) in ("WH", "GY"):
            name = "location" if segment.get(0) == "WH" else "reporting_party"
            if self.header.setdefault(name, segment.get(1, 0)) != segment.get(1, 0):
                both = f"{self.header[name]} and {segment.get(1, 0)}"
                raise self._wrong(segment, f"the message is of two at once (NAD+{segment.get(0)}): {both}")
            self.header[f"{name}_agency"] = segment.get(1, 2)

    def _check_function(self, segment: Segment) -> None:
        function = segment.get(2)
        if function in _CANCELLED:
            raise self._wrong(
                segment,
                f"the message is {_CANCELLED[function]} (BGM function {function}), no report",
                "Leave it out.",
            )
        if function in _PARTIAL and self._whole:
            raise self._wrong(
                segment,
                f"the message is {_PARTIAL[function]} (BGM function {function}), and the feed says whole = true",
                "Say whole = false, or have the whole stock reported.",
            )

    def _settle_time(self, segment: Segment) -> None:
        """Note, where the first product begins, when the message was counted."""
        if self._in_detail:
            return
        self._in_detail = True
        when = next((self._times[code] for code in self._dates if code in self._times), "")
        self.header["counted_at"] = when
        self.time.take(when, f"segment {segment.number}")

    def _begin_item(self, segment: Segment) -> None:
        self._items += 1
        self._in_package = False
        self._item = Item(segment, self.header, self._reading, inventory_first=self._inventory_first)

    def _end_item(self) -> Iterator[Record | Refused]:
        item, self._item = self._item, None
        if item is None:
            return
        if not self._nested:
            self._told_in_whole.add(item.sku)
            yield from item.rows()
        elif item.sku not in self._told_in_whole:
            yield item.refusal("only quantities of packages are told of it, and no quantity in all")

    def _end_message(self, segment: Segment) -> None:
        told = self._control
        if told is not None and (not told.isascii() or not told.isdigit() or int(told[:18]) != self._items):
            raise self._wrong(
                segment, f"CNT+2 counts {told or 'nothing'}, but there came {count(self._items, 'LIN')}"
            )

    def _wrong(self, segment: Segment, message: str, remedy: str = "") -> FileUnreadable:
        return unreadable(self._path, message, remedy, place=f"segment {segment.number}")
