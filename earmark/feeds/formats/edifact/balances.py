"""The balances of one product (LIN) of an INVRPT: which quantity lies where, in which status, at what time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from earmark.feeds.formats.balances import Balances, Said, Told
from earmark.feeds.formats.common import certain
from earmark.feeds.formats.edifact.segments import Segment
from earmark.feeds.formats.edifact.times import iso_time
from earmark.feeds.records import Record, Refused
from engine.results import Code, RowRefusal

FIELDS = (
    "sku",
    "gtin",
    "buyer_sku",
    "seller_sku",
    "location",
    "location_agency",
    "status",
    "unit",
    "counted_at",
    "inventory_type",
    "movement",
    "reporting_party",
    "reporting_party_agency",
    "message",
)
"""The columns of a balance, but for those of its quantities."""


class ItemReading(NamedTuple):
    """How the products of a file are read: qualifiers of places and times, and the feed's decimal sign."""

    balances: Balances
    locations: frozenset[str]
    dates: tuple[str, ...]
    decimal: str


_NUMBERS = {
    "EN": "gtin",
    "UP": "gtin",
    "SRV": "gtin",
    "SA": "seller_sku",
    "IN": "buyer_sku",
    "BP": "buyer_sku",
}
"""Whose number a product's is, by its qualifier."""


class Item:
    """A product of a message. ``sku`` is its first number, whosesoever it is."""

    def __init__(
        self,
        line: Segment,
        header: Mapping[str, str],
        reading: ItemReading,
        *,
        inventory_first: bool,
    ) -> None:
        self._line = line
        self._header = header
        self._reading = reading
        self._inventory_first = inventory_first
        self._numbers: dict[str, str] = {}
        self.sku = line.get(2, 0)
        self._number(self.sku, line.get(2, 1))
        self._common = Said()
        self._groups: list[Said] = []
        self._quantities: list[tuple[Segment, Said]] = []
        self._by_inventory = False

    def take(self, segment: Segment) -> None:
        """Note a segment that stands below the LIN."""
        tag = segment.tag
        if tag == "PIA" and segment.get(0) in ("1", "5"):
            for place in range(1, len(segment.elements)):
                self._number(segment.get(place, 0), segment.get(place, 1))
        elif tag == "QTY":
            if not (self._by_inventory and self._groups):
                self._groups.append(Said())
            self._quantities.append((segment, self._groups[-1]))
        elif tag == "INV":
            self._inventory(segment)
        else:
            self._say(segment, self._groups[-1] if self._groups else self._common)

    def rows(self) -> Iterator[Record | Refused]:
        """Yield a record for each balance, and what cannot be taken."""
        if not self.sku:
            yield self.refusal("the LIN names no product, neither itself nor by a PIA+5")
            return
        if not self._quantities:
            yield self.refusal(f"no quantity is told of {self.sku}")
        common = {**self._header, **self._common.by_name, **self._numbers}
        yield from self._reading.balances.of(self.sku, common, (self._told(*one) for one in self._quantities))

    def refusal(self, message: str) -> Refused:
        """Return the refusal of the product as a whole."""
        row = RowRefusal(self._line.number, Code.BAD_BALANCE, message)
        return self._reading.balances.refused(row, {**self._header, **self._numbers, "sku": self.sku})

    def _told(self, quantity: Segment, said: Said) -> Told:
        code, text = quantity.get(0, 0), quantity.get(0, 1)
        # EDIFACT takes point and comma for the decimal sign, and has no sign for thousands.
        amount = certain(text.replace(",", "."), self._reading.decimal)
        return Told(quantity.number, code, amount, quantity.get(0, 2), said, f"QTY+{code}")

    def _number(self, number: str, qualifier: str) -> None:
        self.sku = self.sku or number
        if name := _NUMBERS.get(qualifier):
            self._numbers.setdefault(name, number)

    def _inventory(self, segment: Segment) -> None:
        last = self._groups[-1] if self._groups else None
        if last is None or self._by_inventory or self._inventory_first or "inventory_type" in last.by_name:
            # What follows is said of all the quantities that follow, up to the next INV.
            self._by_inventory = last is None or self._by_inventory or self._inventory_first
            last = Said()
            self._groups.append(last)
        last.by_name["movement"] = segment.get(0)
        last.by_name["inventory_type"] = segment.get(1)

    def _say(self, segment: Segment, said: Said) -> None:
        tag, qualifier = segment.tag, segment.get(0)
        if tag == "LOC" and qualifier not in self._reading.locations:
            said.problem = f"LOC+{qualifier} is no place that the feed names (options.locations)"
        elif tag == "LOC" or (tag == "NAD" and qualifier == "WH"):
            said.say("location", segment.get(1, 0) or segment.get(1, 3))
            said.by_name["location_agency"] = segment.get(1, 2)
        elif tag == "STS":
            status = segment.get(1, 0) or segment.get(0, 0)
            said.by_name["status"] = " ".join(filter(None, (said.by_name.get("status"), status)))
        elif tag == "DTM" and qualifier in self._reading.dates:
            try:
                said.say("counted_at", iso_time(segment.get(0, 1), segment.get(0, 2) or "102"))
            except ValueError as error:
                said.problem = f"segment {segment.number}: {error}"
