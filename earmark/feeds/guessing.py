"""What a file without a feed may be: encoding, delimiter, header, columns, signs. Offered, never used unseen."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from earmark.feeds.formats.lines import Lines
from earmark.feeds.formats.splitting import Broken, Splitter
from earmark.feeds.guessing_columns import Guess, header_of, of_columns
from earmark.feeds.looks import SIGNS, likely_encoding, other_than_text
from earmark.feeds.unpacking import unpacked
from engine.errors import FileUnreadable, InputError
from engine.files import open_whole

_LARGEST = 1 << 30
_HEAD = 1 << 20
LINES = 400
"""How many lines are looked at."""


def guess(path: Path, called: Path | None = None) -> Guess:
    """Return what the file looks like; ``called`` is the name under which it came, where ``path`` is but a copy.

    Raises FileUnreadable for what is neither a table of text nor a workbook, InputError if empty.
    """
    try:
        file, _ = open_whole(path, _LARGEST)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}") from None
    path = called or path
    with unpacked(file, path, _LARGEST) as file:
        head = file.read(_HEAD)
        if _is_workbook(file):
            from earmark.feeds.guessing_sheets import guess_sheet

            return guess_sheet(file, path)
        if not head.strip(b"\0 \r\n\t"):
            raise InputError(f"{path} is empty", remedy="A file without stock has at least a header.")
        if (other := other_than_text(head)) is not None:
            raise FileUnreadable(f"{path} is not a table of text: it looks like {other[0]}", remedy=other[1])
        encoding = likely_encoding(head)
        file.seek(0)
        block = Lines(file, encoding).next()
    lines = [] if block is None else block.lines[:LINES]
    delimiter, named = _delimiter(lines)
    rows = _rows(lines, delimiter)
    at = header_of(rows[int(named) :]) + int(named)
    line, header = rows[at]
    data = [fields for _, fields in rows[at + 1 :] if len(fields) == len(header)]
    return of_columns(encoding, delimiter, line - int(named), tuple(header), data)


def _is_workbook(file: IO[bytes]) -> bool:
    """Return whether the file is a zip with a workbook in it, and leave it at its beginning."""
    try:
        with zipfile.ZipFile(file) as package:
            return any(name.lower().endswith("xl/workbook.xml") for name in package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        file.seek(0)


def _delimiter(lines: Sequence[str]) -> tuple[str, bool]:
    """Return the sign that splits most lines into the same number of columns, and whether the file names it."""
    if lines and (found := re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\r\n "), re.IGNORECASE)):
        return found[1], True

    def fits(sign: str) -> tuple[int, int]:
        widths = Counter(len(fields) for _, fields in _rows(lines, sign) if len(fields) > 1)
        width, often = widths.most_common(1)[0] if widths else (0, 0)
        return often, width

    return max(SIGNS, key=fits), False


def _rows(lines: Sequence[str], sign: str) -> list[tuple[int, list[str]]]:
    """Return the records with something in them, each with how many lines stand before it."""
    splitter, place, found = Splitter(sign, '"'), 0, []
    while place < len(lines):
        try:
            fields, used = splitter.split(lines, place, at_end=True)
        except Broken:
            fields, used = [], 1
        if any(fields):
            found.append((place, fields))
        place += used
    return found or [(0, [""])]
