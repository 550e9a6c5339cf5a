"""Rows that are read by the names of a class have the columns that it names, on every database."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from engine.moving.rows import Extent, Group, ItemRow
from engine.storage.statements import written

OF_ITEMS = sorted(
    name
    for (kind, name), spellings in written().items()
    if kind == "name" and any("@item(" in text.sql for text in spellings.values())
)
"""The statements that read items as plugins see them."""


class Wrong(NamedTuple):
    items: int
    freshness: int


def test_there_are_statements_that_read_items():
    assert {"moving_items", "items_of_state", "sweep_items"} <= set(OF_ITEMS)


@pytest.mark.parametrize("name", OF_ITEMS)
def test_the_rows_of_items_have_the_columns_that_items_are_made_of(database, name):
    statement = database.known[name]
    names = set(re.findall(r"(?<![:\w]):([a-z_]+)|%\(([a-z_]+)\)s", statement.sql))
    some = {parameter: [] if parameter == "items" else 1 for pair in names for parameter in pair if parameter}
    with database.write() as work:  # only there is a working set
        work.run("clear_moving")
        assert work.tuples(name, **some) == []
        assert tuple(column[0] for column in work._cursor.description) == ItemRow._fields


def test_rows_of_a_class_are_read_by_its_names(database):
    with database.write() as work:
        work.run("clear_moving")
        assert work.typed(Extent, "moving_extent") == [Extent(0, None, None, None, None, None, None, 0, 0, 0)]
        assert work.typed(Group, "moving_by_state") == work.typed(Group, "moving_by_group") == []


def test_a_class_with_other_names_than_the_columns_is_refused(database):
    columns = "items, fresh, last, first_state, last_state, first_group, last_group, claims"
    with (
        database.write() as work,
        pytest.raises(TypeError, match=f"Wrong is no row of moving_extent, whose columns are {columns}"),
    ):
        work.typed(Wrong, "moving_extent")
