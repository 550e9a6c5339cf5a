"""From the quantities of a message to records: one for each balance, with a column for each quantity of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from earmark.feeds.formats.quantities import CodeTable
from earmark.feeds.records import Record, Refused
from engine.results import Code, RowRefusal


@dataclass(slots=True)
class Said:
    """What is said of quantities that belong together: their place, status and time."""

    by_name: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def say(self, name: str, value: str) -> None:
        """Note what is said; twice and otherwise is a contradiction."""
        known = self.by_name.setdefault(name, value)
        if known != value:
            self.problem = f"it has two of {name.replace('_', ' ')}: {known} and {value}"


class Told(NamedTuple):
    """A quantity as a message tells it; ``shown`` is how it is written there, such as ``QTY+145``."""

    line: int
    code: str
    amount: str
    unit: str
    said: Said
    shown: str


class Balances:
    """Makes records of the quantities of one product.

    Quantities that lie in the same place, in the same status, at the same time and in the same unit are one record.
    A code that comes again there begins another record, so that the feed decides what becomes of repeated rows.
    """

    def __init__(self, fields: tuple[str, ...], table: CodeTable) -> None:
        self._fields = fields
        self._table = table
        self.columns = (*fields, *table.columns)

    def of(self, sku: str, common: Mapping[str, str], told: Iterable[Told]) -> Iterator[Record | Refused]:
        """Yield a record for each balance of the product, and what cannot be taken, in the order of the file."""
        yield from sorted(self._of(sku, common, told), key=lambda row: row.line)

    def _of(self, sku: str, common: Mapping[str, str], told: Iterable[Told]) -> Iterator[Record | Refused]:
        open_ones: dict[tuple[str, ...], _Balance] = {}
        for one in told:
            name = self._table.name_of(one.code)
            values = {**common, **one.said.by_name, "unit": one.unit, "sku": sku}
            if name is None:
                yield from (self.refused(row, values) for row in self._unnamed(sku, one))
                continue
            if one.said.problem:
                message = f"{one.shown} of {sku}: {one.said.problem}"
                values[name] = one.amount
                yield self.refused(RowRefusal(one.line, Code.BAD_BALANCE, message), values)
                continue
            key = tuple(values.get(field, "") for field in self._fields)
            known = open_ones.get(key)
            if known is not None and f"quantity_{one.code}" in known.values:
                yield self._row(sku, open_ones.pop(key))
            balance = open_ones.setdefault(key, _Balance(one.line, values))
            balance.add(one.code, name, one.amount)
        for balance in open_ones.values():
            yield self._row(sku, balance)

    def _unnamed(self, sku: str, one: Told) -> Iterator[RowRefusal]:
        if one.code in self._table.ignored:
            return
        yield RowRefusal(
            one.line,
            Code.UNNAMED_QUANTITY,
            f"{one.shown} of {sku}, {one.amount or 'without an amount'}: the feed does not say what it is; name "
            f'it in [feeds.options], such as {self._table.example}, or leave it out: ignore = "{one.code}"',
        )

    def _row(self, sku: str, balance: _Balance) -> Record | Refused:
        if balance.problem:
            message = f"the balance of {sku} is not plain: {balance.problem}"
            return self.refused(RowRefusal(balance.line, Code.BAD_BALANCE, message), balance.values)
        return Record(balance.line, self._fields_of(balance.values))

    def refused(self, row: RowRefusal, values: Mapping[str, str]) -> Refused:
        """Return what is refused with what is known of it."""
        return Refused(row, self._fields_of(values))

    def _fields_of(self, values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(values.get(name, "") for name in self.columns)


@dataclass(slots=True)
class _Balance:
    line: int
    values: dict[str, str]
    problem: str = ""
    codes: dict[str, str] = field(default_factory=dict)

    def add(self, code: str, name: str, amount: str) -> None:
        """Note a quantity under its code and under its name; two codes of one name contradict each other."""
        other = self.codes.setdefault(name, code)
        if other != code:
            self.problem = f"it has {other} and {code}, and both stand for {name}"
        self.values[f"quantity_{code}"] = self.values[name] = amount
