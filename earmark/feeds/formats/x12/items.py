"""The balances of one product (LIN) of an 846: which quantity lies where, at what time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from earmark.feeds.formats.balances import Balances, Said, Told
from earmark.feeds.formats.common import certain
from earmark.feeds.formats.x12.segments import Segment
from earmark.feeds.formats.x12.times import iso_time
from earmark.feeds.records import Record, Refused
from engine.results import Code, RowRefusal

FIELDS = (
    "sku",
    "gtin",
    "buyer_sku",
    "seller_sku",
    "stock_sku",
    "location",
    "location_name",
    "location_agency",
    "unit",
    "counted_at",
    "message",
)
"""The columns of a balance, but for those of its quantities."""

_NUMBERS = {
    **dict.fromkeys(("UP", "UK", "EN", "UA", "UI", "EO"), "gtin"),
    **dict.fromkeys(("VN", "VP", "VA", "VC"), "seller_sku"),
    **dict.fromkeys(("BP", "IN", "CB", "PI"), "buyer_sku"),
    "SK": "stock_sku",
}
"""Whose number a product's is, by its qualifier."""


class ItemReading(NamedTuple):
    """How the products of a file are read: qualifiers of places and times, and signs."""

    balances: Balances
    locations: frozenset[str]
    references: frozenset[str]
    dates: tuple[str, ...]
    decimal: str
    component: str

    def place_of(self, segment: Segment) -> dict[str, str] | None:
        """Return what an N1 or REF says of the warehouse, None where it is about something else."""
        if segment.name == "N1" and segment.get(1) in self.locations:
            name, code = segment.get(2), segment.get(4)
            return {"location": code or name, "location_name": name, "location_agency": segment.get(3)}
        if segment.name == "REF" and segment.get(1) in self.references:
            return {"location": segment.get(2) or segment.get(3), "location_name": segment.get(3)}
        return None

    def iso(self, told: tuple[str, str, str]) -> str:
        """Return date, time and zone as ISO 8601. Raises ValueError."""
        return iso_time(*told)


def time_of(segment: Segment) -> tuple[str, str, str]:
    """Return date, time and code of the zone of a DTM."""
    if not segment.get(2) and segment.get(5) == "D8":
        return segment.get(6), "", ""
    return segment.get(2), segment.get(3), segment.get(4)


class Item:
    """A product of a transaction set.

    A place that stands after the LIN and before any quantity begins a row of places, each with what follows it.
    Elsewhere a place is that of the quantity before it; where neither message nor product says a place, also that
    of other quantities that stand together with this one.
    """

    def __init__(self, line: Segment, header: Mapping[str, str], reading: ItemReading) -> None:
        self._line = line
        self._header = header
        self._reading = reading
        self._numbers: dict[str, str] = {}
        self._sku = ""
        for place in range(2, len(line.elements) + 1, 2):
            number = line.get(place + 1)
            self._sku = self._sku or number
            if number and (name := _NUMBERS.get(line.get(place))):
                self._numbers.setdefault(name, number)
        self._common = Said()
        self._places_first = False
        self._run: list[int] = []
        self._quantities: list[tuple[Segment, Said]] = []
        self._units: dict[int, str] = {}
        self._parts = False
        self._refused: list[Refused] = []

    def take(self, segment: Segment) -> None:
        """Note a segment that stands below the LIN."""
        name = segment.name
        if name in ("SDQ", "SLN"):
            self._parts = self._parts or name == "SLN"
            said = "quantities of parts or of several places in one segment are not read"
            refusal = RowRefusal(segment.number, Code.UNNAMED_QUANTITY, f"{name} of {self._sku}: {said}")
            self._refused.append(self._reading.balances.refused(refusal, {**self._numbers, "sku": self._sku}))
        elif self._parts:
            return
        elif name == "QTY":
            self._quantity(segment)
        elif name == "UIT" and self._quantities:
            self._units[self._quantities[-1][0].number] = self._first_part(segment.get(1))
        elif name in ("N1", "REF"):
            self._place(self._reading.place_of(segment))
        elif name == "DTM" and segment.get(1) in self._reading.dates:
            self._time(segment)

    def rows(self) -> Iterator[Record | Refused]:
        """Yield a record for each balance, and what cannot be taken, in the order of the file."""
        yield from sorted((*self._refused, *self._balances()), key=lambda row: row.line)

    def _balances(self) -> Iterator[Record | Refused]:
        if not self._sku:
            yield Refused(RowRefusal(self._line.number, Code.BAD_BALANCE, "the LIN names no product"))
            return
        if not self._quantities:
            refusal = RowRefusal(self._line.number, Code.BAD_BALANCE, f"no quantity is told of {self._sku}")
            yield self._reading.balances.refused(refusal, {**self._numbers, "sku": self._sku})
        common = {**self._header, **self._common.by_name, **self._numbers}
        told = (self._told(*one) for one in self._quantities)
        yield from self._reading.balances.of(self._sku, common, told)

    def _told(self, quantity: Segment, said: Said) -> Told:
        code = quantity.get(1)
        unit = self._units.get(quantity.number) or self._first_part(quantity.get(3))
        amount = certain(quantity.get(2), self._reading.decimal)
        return Told(quantity.number, code, amount, unit, said, f"QTY*{code}")

    def _first_part(self, text: str) -> str:
        return text.split(self._reading.component, maxsplit=1)[0]

    def _quantity(self, segment: Segment) -> None:
        said = Said(dict(self._common.by_name)) if self._places_first else Said()
        codes = {self._quantities[place][0].get(1) for place in self._run}
        if segment.get(1) in codes:
            self._run.clear()
        self._run.append(len(self._quantities))
        self._quantities.append((segment, said))

    def _place(self, place: dict[str, str] | None) -> None:
        if place is None:
            return
        if not self._quantities or self._places_first:
            self._places_first = True
            self._common = Said(dict(place) | self._times_of(self._common))
            self._run.clear()
            return
        for said in self._followed(known="location" in self._header):
            for name, value in place.items():
                said.say(name, value)

    def _times_of(self, said: Said) -> dict[str, str]:
        """Return the time that stands before the quantities; it is of all of them."""
        return {name: value for name, value in said.by_name.items() if name == "counted_at"}

    def _time(self, segment: Segment) -> None:
        followed = self._followed(known="counted_at" in self._header and bool(self._header["counted_at"]))
        for said in followed or [self._common]:
            try:
                when = self._reading.iso(time_of(segment))
            except ValueError as error:
                said.problem = f"segment {segment.number}: {error}"
            else:
                said.by_name.pop("counted_at", None) if said is self._common else None
                said.say("counted_at", when)

    def _followed(self, *, known: bool) -> list[Said]:
        """Return of which quantities the next segment speaks: the last one, or those that stand with it."""
        places = self._run[-1:] if known else self._run
        return [self._quantities[place][1] for place in places]
