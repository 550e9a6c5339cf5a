"""The first line of a stock file: which columns there are, where, and what separates them.

What can be meant in one way only is taken, and noted. What could change numbers unseen is refused: a needed column
that is missing, one that is given twice, and an unknown one whose name is nearly that of a column that is missing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.definition.suggest import nearest
from engine.errors import FileUnreadable, InputError
from engine.nouns import named

COLUMNS = ("concrete_sku", "name", "quantity", "is_never_out_of_stock", "is_bundle")
"""The columns of a stock file, in any order; ``name`` is the warehouse. ``is_bundle`` may be missing."""

TIME_COLUMNS = ("counted_at", "as_of")
"""The column a file may have besides: when the row was counted, ISO 8601 with offset."""

_OPTIONAL = ("is_bundle", *TIME_COLUMNS)
_SEPARATORS = {",": "','", ";": "';'", "\t": "tabs"}
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<sign>[^"\r\n])"?[\r\n]*', re.IGNORECASE)
_SHAPE = f"The first line must be {','.join(COLUMNS)}, with {' or '.join(TIME_COLUMNS)} if you have it."


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are: ``places`` by name (of those that are used), ``width`` with those that are not.

    ``notes`` say what is read otherwise than it is written.
    """

    places: dict[str, int]
    width: int
    separator: str
    notes: tuple[str, ...]


def separator_of(raw: bytes) -> str | None:
    """Return the sign that a first line ``sep=;`` names, as spreadsheets write it; None for any other line."""
    found = _SEPARATOR_LINE.fullmatch(raw.decode("utf-8-sig", errors="replace"))
    return None if found is None else found["sign"]


def read_header(path: Path, line: int, raw: bytes, separator: str | None) -> Header:
    """Return what the line says; ``separator`` is what the file has named. Raises FileUnreadable or InputError."""
    if not raw.strip():
        nothing = (
            f"{path} is empty" if not raw and line == 1 else f"{path}:{line}: there are no names of columns"
        )
        raise InputError(nothing, remedy=f"The first line must be {','.join(COLUMNS)}.")
    if b"\0" in raw:
        raise FileUnreadable(f"{path} is not a text file", remedy="A stock file is CSV in UTF-8.")
    if separator is not None and separator not in _SEPARATORS:
        raise InputError(
            f"{path}:1: the columns are separated by {separator!r}", remedy="Use ',', ';' or tabs."
        )
    try:
        text = raw.decode("utf-8-sig")
        sign = separator or _separator(text)
        written = fields_of(text, sign)
    except (UnicodeDecodeError, csv.Error):
        raise FileUnreadable(f"{path} is not CSV in UTF-8", remedy="A stock file is CSV in UTF-8.") from None
    names = [name.lower() for name in written]
    if problems := _problems(names):
        raise InputError(f"{path}:{line}: {'; '.join(problems)}", remedy=_SHAPE)
    places = {name: names.index(name) for name in (*COLUMNS, *TIME_COLUMNS) if name in names}
    return Header(places, len(names), sign, tuple(_notes(written, names, sign)))


def fields_of(text: str, separator: str) -> list[str]:
    """Return the fields of a line without the blanks around them. Raises csv.Error for quotes that do not match."""
    if '"' not in text:
        return [field.strip() for field in text.split(separator)]
    rows = list(csv.reader([text.rstrip("\r\n")], delimiter=separator, strict=True))
    return [field.strip() for field in rows[0]]


def _separator(text: str) -> str:
    """Return the sign with which most of the names are columns."""

    def known(sign: str) -> int:
        try:
            names = fields_of(text, sign)
        except csv.Error:  # names in quotes, with another sign between them
            return 0
        return len({*COLUMNS, *TIME_COLUMNS} & {name.lower() for name in names})

    return max(_SEPARATORS, key=known)  # the first of equals


def _problems(names: Sequence[str]) -> list[str]:
    columns = (*COLUMNS, *TIME_COLUMNS)
    missing = [name for name in COLUMNS if name not in names and name not in _OPTIONAL]
    twice = sorted({name for name in names if name in columns and names.count(name) > 1})
    both = all(name in names for name in TIME_COLUMNS)
    timed = any(name in names for name in TIME_COLUMNS)
    absent = [name for name in columns if name not in names and not (timed and name in TIME_COLUMNS)]
    near = {name: _meant(name, absent) for name in names if name and name not in columns}
    return [
        *([f"missing {named(len(missing), 'column')}: {', '.join(missing)}"] if missing else []),
        *(f"unknown column {name!r}: is {meant!r} meant?" for name, meant in near.items() if meant),
        *([f"{named(len(twice), 'column')} given twice: {', '.join(twice)}"] if twice else []),
        *([f"both {' and '.join(TIME_COLUMNS)}: one of them is enough"] if both else []),
    ]


def _meant(name: str, absent: Sequence[str]) -> str | None:
    """Return the missing column that was probably meant: spelled alike, and not only at its end."""
    near = nearest(name, absent)
    return near if near is not None and near.split("_")[0] in name else None


def _notes(written: Sequence[str], names: Sequence[str], sign: str) -> list[str]:
    columns = (*COLUMNS, *TIME_COLUMNS)
    unused = [repr(name) for name in written if name and name.lower() not in columns]
    unnamed = sum(not name for name in names)
    capitals = [name for name in written if name.lower() in columns and name not in columns]
    return [
        *([f"the columns are separated by {_SEPARATORS[sign]}"] if sign != "," else []),
        *([f"columns that are not used: {', '.join(unused)}"] if unused else []),
        *([f"columns without a name, which are not used: {unnamed}"] if unnamed else []),
        *([f"columns in capitals are read as if they were not: {', '.join(capitals)}"] if capitals else []),
        *(["there is no column is_bundle: no row is one of a bundle"] if "is_bundle" not in names else []),
    ]
