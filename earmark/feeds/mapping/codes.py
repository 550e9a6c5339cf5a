"""Tables of codes: what a partner calls it, and what Earmark does; written in the feed or in a file beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.feeds.looks import SIGNS
from earmark.feeds.records import same_name
from engine.errors import FileUnreadable, InputError

if TYPE_CHECKING:
    from earmark.feeds.model import Name


def codes_of(part: Name) -> dict[str, str]:
    """Return the codes with their names; those of the feed win over those of its file.

    Raises FileUnreadable or InputError for a file of codes that cannot be read or contradicts itself.
    """
    if part.codes_file is None:
        return part.codes
    return {**read_codes(Path(part.codes_file), part.codes_columns), **part.codes}


def read_codes(path: Path, columns: tuple[str, str] | None = None) -> dict[str, str]:
    """Return code by code what a CSV file says: the first column and the second, or the two that are named.

    The first line names the columns, which are separated by a comma, semicolon or tab, whichever it has most of.
    """
    codes: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for line, code, name in _pairs(path, columns):
        if codes.setdefault(code, name) != name:
            problems.append(f"{path}:{line}: code {code!r} has another name in line {lines[code]}")
        lines.setdefault(code, line)
    if problems:
        raise InputError(
            problems[0], listed=problems[1:20], remedy="A code has one name: take out the other."
        )
    return codes


def _pairs(path: Path, columns: tuple[str, str] | None) -> Iterator[tuple[int, str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(list(SIGNS)[:3], key=head.count), strict=True)
            first, second = _places(path, next(reader, []), columns)
            for fields in reader:
                code, name = (fields[p].strip() if p < len(fields) else "" for p in (first, second))
                if code and name:
                    yield reader.line_num, code, name
    except OSError as error:
        raise FileUnreadable(f"the codes in {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(f"the codes in {path} are not CSV in UTF-8: {error}") from None


def _places(path: Path, header: list[str], columns: tuple[str, str] | None) -> tuple[int, int]:
    names = [same_name(name) for name in header]
    if columns is None and len(names) < 2:
        raise InputError(
            f"{path}:1: codes need two columns", remedy="The first is the code, the second the name."
        )
    if columns is None:
        return 0, 1
    missing = [name for name in columns if same_name(name) not in names]
    if missing:
        raise InputError(f"{path}:1: there is no column {' and no column '.join(map(repr, missing))}")
    return names.index(same_name(columns[0])), names.index(same_name(columns[1]))
