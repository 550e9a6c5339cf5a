"""Files with one column for each warehouse: which columns these are, and which warehouse each of them is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.names import warehouse_named
from earmark.feeds.mapping.outcomes import RowRefused, RowSkipped
from earmark.feeds.mapping.parts import Known
from earmark.feeds.mapping.quantities import Reading, reading_of
from earmark.feeds.model import Quantity
from earmark.feeds.records import same_name
from engine.errors import InputError

if TYPE_CHECKING:
    from earmark.feeds.model import Feed, Warehouse

Cells = Sequence[tuple[str, Reading, int]]
"""The warehouses with what reads their quantity, and the place of their column."""


def cells_of(feed: Feed, part: Warehouse, columns: Columns) -> Cells:
    """Return the columns of warehouses; to be asked for when all other columns have been.

    Raises InputError where there is none, where a column is no warehouse of the feed, or two are the same.
    """
    pattern = _pattern(part.columns or "")
    read = Known(reading_of(feed, feed.quantity or Quantity())).read
    named, problems = warehouse_named(part), []
    cells: list[tuple[str, Reading, int]] = []
    for place, column in enumerate(columns.names):
        found = pattern.fullmatch(column.strip())
        if place in columns.used or found is None or not found[1] or _is_other(column, part.not_columns):
            continue
        try:
            name = named(found[1].strip())
        except RowSkipped:
            continue
        except RowRefused as error:
            problems.append(f"column {column!r}: {error.text}")
            continue
        if name in (one for one, _, _ in cells):
            problems.append(f"column {column!r}: warehouse {name!r} has another column already")
        cells.append((name, read, place))
    if problems:
        raise InputError(
            problems[0], listed=problems[1:], remedy="Mend the columns, or warehouse in the feed."
        )
    if not cells:
        columns.lacks(part.columns or "")
    columns.used.update(place for _, _, place in cells)
    return cells


def _pattern(written: str) -> re.Pattern[str]:
    before, _, after = written.partition("{warehouse}")
    return re.compile(rf"{_blanks(before)}(.*){_blanks(after)}", re.IGNORECASE)


def _blanks(text: str) -> str:
    return re.sub(r"(\\ )+", r"\\s+", re.escape(text))


def _is_other(column: str, others: Sequence[str]) -> bool:
    name = same_name(column)
    return any(
        name.startswith(same_name(other[:-1])) if other.endswith("*") else name == same_name(other)
        for other in others
    )
