"""The matrix of processes and states: how many items, what they count, and how long they have been there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.clock import to_datetime
from engine.errors import ProcessNotFound, UnknownStore
from tests.helpers.clock import DAY, START

SALE = "states new paid*\nnew -> paid : pay\nnew -> new : note"


def cells(world, **only):
    return {(row.process, row.state): row for row in world.engine.matrix(**only)}


def test_the_ages_of_the_items_in_a_state(sale):
    for _ in range(4):
        sale.place()
        sale.forward(3 * DAY)
    sale.place()
    row = cells(sale)["Sale", "new"]  # the items are 12, 9, 6, 3 and 0 days old
    assert (row.items, row.day, row.week, row.older) == (5, 1, 2, 2)
    assert row.oldest == to_datetime(START)
    assert (row.held, row.reserved) == (Decimal(5), 0)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(DAY - 1, (1, 0, 0)), (DAY, (0, 1, 0)), (7 * DAY - 1, (0, 1, 0)), (7 * DAY, (0, 0, 1))],
)
def test_a_day_is_a_whole_day_and_a_week_seven_of_them(sale, age, expected):
    sale.place()
    sale.forward(age)
    row = cells(sale)["Sale", "new"]
    assert (row.day, row.week, row.older) == expected


def test_a_step_that_stays_in_the_state_does_not_make_an_item_young_again(sale):
    (item,) = sale.place()
    sale.forward(8 * DAY)
    sale.trigger("note", item)
    assert cells(sale)["Sale", "new"].older == 1
    sale.trigger("pay", item)
    assert cells(sale)["Sale", "paid"].day == 1


def test_one_process_and_one_store(sale):
    sale.deploy("states start\n", name="Other")
    sale.place(process="Sale")
    sale.place(process="Sale", store="AT")
    sale.place(process="Other")
    assert set(cells(sale)) == {("Sale", "new"), ("Other", "start")}
    assert set(cells(sale, process="Other")) == {("Other", "start")}
    assert cells(sale, store="AT")["Sale", "new"].items == 1
    assert cells(sale, store="AT", process="Other") == {}
    with pytest.raises(ProcessNotFound):
        sale.engine.matrix(process="Nothing")
    with pytest.raises(UnknownStore):
        sale.engine.matrix(store="XX")


def test_versions_share_a_cell_with_the_newest_display_name(sale):
    first = sale.place()
    sale.deploy("states new paid* more\nnew -> paid : pay\nnew -> more : x")
    sale.place()
    assert cells(sale)["Sale", "new"].items == 2
    assert cells(sale)["Sale", "new"].display_name == "new"
    del first


def test_it_is_one_pass_whatever_the_number_of_items(sale):
    sale.place_many(3)
    sale.engine.matrix()  # reads the definitions
    few = sale.statements(sale.engine.matrix)
    sale.place_many(50)
    assert sale.statements(sale.engine.matrix) == few
    assert few.count("matrix") == 1


def test_the_median_of_the_stays_that_are_over(sale):
    items = []
    for days in (1, 2, 6):
        (item,) = sale.place()
        sale.trigger("note", item)  # stays where it is: one stay goes on
        sale.forward(days * DAY)
        sale.trigger("pay", item)
        items.append(item)
    times = sale.engine.state_times("Sale")
    assert (times["new"].stays, times["new"].median_s) == (3, 2 * 86_400.0)
    assert "paid" not in times  # nobody has left it


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(sale):
    for days in (1, 2, 4, 9):
        (item,) = sale.place()
        sale.forward(days * DAY)
        sale.trigger("pay", item)
    assert sale.engine.state_times("Sale")["new"].median_s == 3 * 86_400.0
    with pytest.raises(ProcessNotFound):
        sale.engine.state_times("Sail")
