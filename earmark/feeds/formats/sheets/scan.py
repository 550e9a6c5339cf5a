"""What stands in the XML of a sheet and openpyxl does not tell: rows out of order, formulas without result.

Reading only values, it gives an empty cell for a formula whose result is not stored, drops rows that come out of
order, and has no word for merged cells. The XML is looked through once, piece by piece, before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

_BLOCK = 1 << 18
_TAIL = 1 << 14
"""What is kept of a piece for the next one: more than any cell that matters here is long."""

LAST_ROW = 1_048_576
_MOST_FORMULAS = 100_000

_WORKSHEET = re.compile(rb"<(\w+:|)worksheet[\s>]")


def _rows(prefix: bytes) -> re.Pattern[bytes]:
    """Return what finds rows alone, where a piece has no formula: several times as fast."""
    return re.compile(rb"<" + prefix + rb"row(?P<row>\s[^>]*|/?)>")


def _notable(prefix: bytes) -> re.Pattern[bytes]:
    """Return what finds rows, and cells with a formula and no result, whose names have the prefix."""
    cell = rb"c(?P<cell>\s[^>]*)>\s*<%bf(?=[\s/>])[^>]*(?:/>|>[^<]*</%bf>)\s*" % (prefix, prefix)
    result = rb"(?P<result><%bv\s*/>|<%bv>\s*</|</)" % (prefix, prefix)
    return re.compile(rb"<%b(?:row(?P<row>\s[^>]*|/?)>|%b)" % (prefix, cell + result))


_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*ref=["']([^"']+)""")
_NUMBER = re.compile(rb"""\sr=["']([0-9]{1,9})["']""")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3}[0-9]{1,7})["']""")
_TEXT = re.compile(rb"""\st=["']str["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")


class SheetInvalid(ValueError):
    """Says why a sheet cannot be read as it is."""


@dataclass(slots=True)
class Sheet:
    """What was found: cells of formulas without result by row, merged ranges, and how many rows are hidden."""

    empty_formulas: dict[int, list[str]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_count: int = 0
    merged_count: int = 0


def scan_sheet(xml: IO[bytes]) -> Sheet:
    """Look through a sheet. Raises SheetInvalid."""
    found = None
    for text, last in _pieces(xml):
        found = found or _Scan(text)
        found.piece(text, last=last)
    if found is None:
        raise SheetInvalid("the sheet is empty")
    return found.sheet


def _pieces(xml: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    first = xml.read(_BLOCK)
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in first[:64]:
        raise SheetInvalid("the sheet is not written in UTF-8")
    while first:
        following = xml.read(_BLOCK)
        yield first, not following
        first = following


class _Scan:
    def __init__(self, start: bytes) -> None:
        self.sheet = Sheet()
        named = _WORKSHEET.search(start)
        if named is None:
            raise SheetInvalid("it is no sheet of a workbook")
        self._formula_start = b"<" + named[1] + b"f"
        self._notable = _notable(named[1])
        self._only_rows = _rows(named[1])
        self._rest = b""
        self._row = 0
        self._formulas = 0

    def piece(self, text: bytes, *, last: bool) -> None:
        text = self._rest + text
        done, until = 0, len(text) if last else max(len(text) - _TAIL, 0)
        notable = self._notable if self._formula_start in text else self._only_rows
        if b"mergeCell" in text:
            self._note_merged(text, until)
        for found in notable.finditer(text):
            if found.start() >= until:
                break
            done = found.end()
            if found["row"] is not None:
                self._begin_row(found["row"])
            else:
                self._formula(found["cell"], found["result"])
        self._rest = text[max(done, until) :]

    def _note_merged(self, text: bytes, until: int) -> None:
        for found in _MERGED.finditer(text):
            if found.start() >= until:
                break
            self.sheet.merged_count += 1
            if len(self.sheet.merged) < 3:
                self.sheet.merged.append(found[1].decode("ascii", "replace"))

    def _begin_row(self, attributes: bytes) -> None:
        number = _NUMBER.search(attributes)
        row = int(number[1]) if number else self._row + 1
        if row <= self._row:
            raise SheetInvalid(f"row {row} stands behind row {self._row}: the order of the rows is lost")
        if row > LAST_ROW:
            raise SheetInvalid(f"there is a row {row}, and a sheet has {LAST_ROW}")
        self._row = row
        if _HIDDEN.search(attributes):
            self.sheet.hidden_count += 1
            if len(self.sheet.hidden_rows) < 3:
                self.sheet.hidden_rows.append(row)

    def _formula(self, attributes: bytes, result: bytes) -> None:
        if b"v" in result and _TEXT.search(attributes):
            return  # the result is the empty text
        self._formulas += 1
        if self._formulas > _MOST_FORMULAS:
            raise SheetInvalid("it is full of formulas whose results are not stored")
        reference = _REFERENCE.search(attributes)
        if reference is None:
            raise SheetInvalid(f"a formula of row {self._row} has no result, and no address")
        self.sheet.empty_formulas.setdefault(self._row, []).append(reference[1].decode())
