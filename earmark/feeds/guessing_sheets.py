"""What a workbook without a feed may be: its header, columns and signs, as those of a text are guessed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from earmark.feeds.formats.sheets.workbook import open_xlsx
from earmark.feeds.guessing_columns import Guess, header_of, of_columns
from earmark.feeds.model import Feed
from earmark.feeds.records import Table
from engine.errors import InputError

_MOST = 400
"""How many rows are looked at."""

_WIDEST = 200
"""How many columns are looked at."""


def guess_sheet(file: IO[bytes], path: Path) -> Guess:
    """Return what the first sheet that is shown looks like.

    Raises FileUnreadable, InputError for an empty one, ConfigurationInvalid where what reads workbooks is missing.
    """
    probe = Feed(name="guess", format="xlsx", columns=tuple(str(place) for place in range(_WIDEST)))
    with open_xlsx(file, path, probe) as table:
        rows = list(islice(_rows(table), _MOST))
    if not rows:
        raise InputError(f"{path} is empty")
    at = header_of(rows)
    number, header = rows[at]
    return of_columns(
        "utf-8", ",", number - 1, tuple(header), [fields for _, fields in rows[at + 1 :]], "xlsx"
    )


def _rows(table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with something in them, each with its number, as wide as the widest of those before it."""
    for records in table.batches():
        found = {record.line: list(record.fields) for record in records.every()}
        found |= {line: list(refused.fields) for line, refused in records.cells.items()}
        width = max((place for one in found.values() for place, text in enumerate(one, 1) if text), default=0)
        for line in sorted(found):
            if any(found[line]):
                yield line, (found[line] + [""] * width)[:width]
