"""Reading many rows of a stock file at once, as long as each of them is plain.

A part of the file is cut into its fields in one go and looked at column by column: a row costs a tenth of what it
costs by itself. Where a single row of the part is not plain nothing is said about any of them, and they are read
row by row, which says what is wrong with which.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from engine.clock import parse_time
from engine.errors import QuantityInvalid, TimeInvalid
from engine.feeds import StockColumns
from engine.inventory.stock.header import COLUMNS, Header
from engine.protection import MARK
from engine.quantity import SCALE, parse_quantity

LONGEST_LINE = 65536
"""The longest line, in bytes."""

FLAGS = {"0": False, "1": True, "false": False, "true": True}
"""What the flags may be, in small letters."""

T = TypeVar("T")
_BLANKS = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace() and sign not in " \n")


def parse_count(text: str) -> int:
    """Return a counted quantity in millionths, which may be below zero. Raises QuantityInvalid."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text) * SCALE
    if "_" in text:  # Python reads 1_000 as a number; no warehouse writes it
        raise QuantityInvalid(f"{text!r} is not a number")
    return parse_quantity(text, allow_negative=True)


class PlainRows:
    """Reads parts of a file with this header. Times after ``latest`` (UTC microseconds) are not plain."""

    def __init__(self, header: Header, time_column: str | None, latest: int) -> None:
        self._width, self._separator = header.width, header.separator
        self._sku, self._warehouse, self._quantity, self._never = (
            header.places[name] for name in COLUMNS if name != "is_bundle"
        )
        self._bundle = header.places.get("is_bundle")
        self._time = None if time_column is None else header.places[time_column]
        self._latest = latest

    def read(self, part: bytes, first: int) -> StockColumns | None:
        """Return the rows of whole lines, the first of which has the number ``first``; None if one is not plain."""
        if not part or _has_long_line(part):
            return None
        try:
            text = part.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            return None
        if not text.endswith("\n"):
            text += "\n"
        count = text.count("\n")
        if MARK in text:  # it may protect a name, which a single row is looked at for
            return None
        columns = self._quoted(text, count) if '"' in text else self._cut(text, count)
        if columns is None:
            return None
        if self._has_outer_blanks(text):
            columns = [[field.strip() for field in column] for column in columns]
        return self._understood(columns, first, count)

    def _cut(self, text: str, count: int) -> list[list[str]] | None:
        """Return the columns of lines without quotes.

        Each line ends in a field of its own. As all of these stand where a line of the right width ends, and there
        are as many as there are lines, every line has the right width.
        """
        fields = text.replace("\n", f"{self._separator}\n{self._separator}").split(self._separator)
        fields.pop()  # behind the last line
        step = self._width + 1
        if len(fields) != count * step or fields[self._width :: step].count("\n") != count:
            return None
        return [fields[place::step] for place in range(self._width)]

    def _quoted(self, text: str, count: int) -> list[list[str]] | None:
        lines = text.split("\n")
        lines.pop()
        try:
            rows = list(csv.reader(lines, delimiter=self._separator, strict=True))
        except csv.Error:
            return None
        if len(rows) != count or set(map(len, rows)) != {self._width}:
            return None
        return [list(column) for column in zip(*rows, strict=True)]

    def _has_outer_blanks(self, text: str) -> bool:
        sign = self._separator
        if " " not in text and not any(blank in text for blank in _BLANKS if blank != sign):
            return False
        around = (f" {sign}", f"{sign} ", " \n", "\n ", ' "', '" ')
        return (
            text.startswith(" ")
            or any(two in text for two in around)
            or any(blank in text for blank in _BLANKS if blank != sign)
        )

    def _understood(self, columns: Sequence[list[str]], first: int, count: int) -> StockColumns | None:
        quantities = _quantities(columns[self._quantity])
        never = _flags(columns[self._never])
        bundle = [False] * count if self._bundle is None else _flags(columns[self._bundle])
        times = (
            [None] * count
            if self._time is None
            else _each(columns[self._time], self._moment, set(columns[self._time]))
        )
        if quantities is None or never is None or bundle is None or times is None:
            return None
        return StockColumns(
            range(first, first + count),
            columns[self._sku],
            columns[self._warehouse],
            quantities,
            never,
            bundle,
            times,
            [None] * count,
        )

    def _moment(self, text: str) -> int | None:
        try:
            moment = parse_time(text)
        except TimeInvalid:
            return None
        return moment if moment <= self._latest else None


def _has_long_line(part: bytes) -> bool:
    """Whether a line may be longer than a line may be: it fills one of these windows."""
    window = LONGEST_LINE // 2
    return any(part.find(b"\n", start, start + window) < 0 for start in range(0, len(part) - window, window))


def _quantities(texts: list[str]) -> list[int] | None:
    different = set(texts)
    if len(different) > len(texts) // 2:
        joined = "".join(texts)
        if joined.isascii() and joined.isdigit() and max(map(len, different)) <= 9 and "" not in different:
            return [number * SCALE for number in map(int, texts)]
    return _each(texts, _quantity, different)


def _quantity(text: str) -> int | None:
    try:
        number = parse_count(text)
    except QuantityInvalid:
        return None
    return number if number >= 0 else None


def _flags(texts: list[str]) -> list[bool] | None:
    different = set(texts)
    if different == {"0"}:
        return [False] * len(texts)
    return _each(texts, lambda text: FLAGS.get(text.lower()), different)


def _each(
    texts: Sequence[str], understood: Callable[[str], T | None], different: Iterable[str]
) -> list[T] | None:
    """Return what each text means, asked once for each different one; None if one means nothing."""
    meanings: dict[str, T] = {}
    for text in different:
        meaning = understood(text)
        if meaning is None:
            return None
        meanings[text] = meaning
    return list(map(meanings.__getitem__, texts))
