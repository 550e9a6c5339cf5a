"""The inventory advice of X12, transaction set 846: one record for each balance of a product at a place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO

from earmark.feeds.formats.balances import Balances
from earmark.feeds.formats.common import OneTime, Options, RecordTable, message_time, unreadable
from earmark.feeds.formats.quantities import IGNORE, QUANTITIES, CodeTable
from earmark.feeds.formats.x12.items import FIELDS, Item, ItemReading, time_of
from earmark.feeds.formats.x12.segments import Segment, SegmentFile
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table
from earmark.words.text import count
from engine.errors import FileUnreadable

OPTIONS = {
    **QUANTITIES,
    **IGNORE,
    "locations": "qualifiers of N1 that tell the warehouse (WH)",
    "location_reference": "the qualifier of a REF that tells the warehouse, such as ZZ",
    "count_date": "qualifiers of DTM that tell when it was counted, the first one found (184 405 007, BIA)",
    "inquiries": "codes of BIA02 that are inquiries and no reports (IR)",
}

_ENVELOPE = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"})
_NO_REPORT = {"01": "a cancellation", "03": "a deletion", "13": "a request"}
_CHANGES = "CH"


@contextmanager
def open_846(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
    """Open interchanges with 846. Raises FileUnreadable or ConfigurationInvalid."""
    options = Options(feed, OPTIONS)
    balances = Balances(FIELDS, CodeTable(options, feed, 'on_hand = "17"'))
    segments = SegmentFile(file, path, feed.encoding)
    try:
        items = ItemReading(
            balances,
            frozenset(options.codes("locations", "WH")),
            frozenset(options.codes("location_reference")),
            options.codes("count_date", "184 405 007"),
            feed.decimal,
            segments.component,
        )
        inquiries = frozenset(options.codes("inquiries", "IR"))
        reading = _Reading(segments, path, items, inquiries, whole=feed.whole)
        rows = reading.rows()
        # All up to the first balance, so that the time of the message is known.
        first = list(islice(rows, 1))
        when = message_time(feed, path, reading.time.first or "")
        reading.time.settled = when is not None
        yield RecordTable(balances.columns, chain(first, rows), counted_at=when)
    finally:
        segments.close()


class _Reading:
    """Walks through the transaction sets of a file and yields what their balances say."""

    def __init__(
        self, segments: SegmentFile, path: Path, items: ItemReading, inquiries: frozenset[str], *, whole: bool
    ) -> None:
        self._segments = segments
        self._path = path
        self._reading = items
        self._inquiries = inquiries
        self._whole = whole
        self.time = OneTime(path)
        self._sets = 0
        self._begin_set("")

    def rows(self) -> Iterator[Record | Refused]:
        for segment in self._segments:
            if segment.name in _ENVELOPE or segment.name == "CTT":
                yield from self._end_item()
            if segment.name == "ST":
                self._check_kind(segment)
            elif segment.name not in _ENVELOPE:
                yield from self._take(segment)
        if not self._sets:
            raise unreadable(self._path, "there is no transaction set (ST) in it")

    def _begin_set(self, reference: str) -> None:
        self.header = {"message": reference}
        self._times: dict[str, str] = {}
        self._item: Item | None = None
        self._items = 0
        self._in_detail = False

    def _check_kind(self, segment: Segment) -> None:
        if segment.get(1) != "846":
            kind = segment.get(1) or "of no kind"
            raise self._wrong(
                segment, f"the transaction set is {kind}, not 846", "Send 846 only to this feed."
            )
        self._sets += 1
        self._begin_set(segment.get(2))

    def _take(self, segment: Segment) -> Iterator[Record | Refused]:
        name = segment.name
        if name == "LIN":
            yield from self._end_item()
            self._settle_time(segment)
            self._items += 1
            self._item = Item(segment, self.header, self._reading)
        elif name == "CTT":
            self._settle_time(segment)
            self._check_total(segment)
        elif self._item is not None:
            self._item.take(segment)
        elif name == "BIA":
            self._check_purpose(segment)
        elif name == "DTM":
            self._header_time(segment, segment.get(1), time_of(segment))
        elif name in ("N1", "REF"):
            place = self._reading.place_of(segment)
            if (
                place is not None
                and self.header.setdefault("location", place["location"]) != place["location"]
            ):
                both = f"{self.header['location']} and {place['location']}"
                raise self._wrong(segment, f"the message is of two warehouses at once: {both}")
            self.header.update(place or {})

    def _end_item(self) -> Iterator[Record | Refused]:
        item, self._item = self._item, None
        if item is not None:
            yield from item.rows()

    def _check_purpose(self, segment: Segment) -> None:
        purpose, kind, action = segment.get(1), segment.get(2), segment.get(6)
        if kind in self._inquiries:
            raise self._wrong(
                segment,
                f"this is an inquiry (BIA02 {kind}) and reports no stock",
                'If the sender reports stock with it, say so: [feeds.options] inquiries = "".',
            )
        if purpose in _NO_REPORT:
            raise self._wrong(
                segment, f"this is {_NO_REPORT[purpose]} (BIA01 {purpose}), no report", "Leave it out."
            )
        if self._whole and (_CHANGES in (kind, action) or purpose == "04"):
            raise self._wrong(
                segment,
                "it reports changes only, and the feed says whole = true",
                "Say whole = false, or have the whole stock reported (SR).",
            )
        if segment.get(4):
            self._header_time(segment, "BIA", (segment.get(4), segment.get(5), ""))

    def _header_time(self, segment: Segment, code: str, told: tuple[str, str, str]) -> None:
        if code in self._reading.dates:
            try:
                self._times.setdefault(code, self._reading.iso(told))
            except ValueError as error:
                raise self._wrong(segment, str(error)) from None

    def _settle_time(self, segment: Segment) -> None:
        """Note, where the first product begins, when the message was counted."""
        if self._in_detail:
            return
        self._in_detail = True
        when = next((self._times[code] for code in self._reading.dates if code in self._times), "")
        self.header["counted_at"] = when
        self.time.take(when, f"segment {segment.number}")

    def _check_total(self, segment: Segment) -> None:
        told = segment.get(1)
        if not told.isascii() or not told.isdigit() or int(told[:18]) != self._items:
            came = count(self._items, "LIN")
            raise self._wrong(segment, f"CTT counts {told or 'nothing'}, but there came {came}")

    def _wrong(self, segment: Segment, message: str, remedy: str = "") -> FileUnreadable:
        return unreadable(self._path, message, remedy, place=f"segment {segment.number}")
