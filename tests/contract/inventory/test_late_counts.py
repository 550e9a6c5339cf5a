"""A count that comes in after a delta of a later time: what lies in the warehouse is both."""

from __future__ import annotations

import pytest

from engine.requests import StockCorrection
from tests.helpers.clock import HOUR
from tests.helpers.shop import FeedRows


@pytest.fixture
def ten(shop):
    """A store with ten pieces of each of two products in its only warehouse."""
    return shop.stocked(tea_1=10, tea_2=10)


@pytest.fixture
def morning(ten):
    """The time of a count that is not imported yet; two deltas are, which are later."""
    ten.forward(HOUR)
    counted = ten.clock()
    ten.forward(HOUR)
    ten.feed("tea-1,North,5", kind="delta", feed="receipts")
    ten.forward(HOUR)
    ten.feed("tea-1,North,-2", kind="delta", feed="breakage")
    return counted


def stock(shop, sku="tea-1") -> float:
    return shop.engine.availability([sku], "DE")[0].available


def test_later_deltas_are_added_to_a_late_count(ten, morning):
    report = ten.feed("tea-1,North,8", "tea-2,North,4", as_of=morning)
    assert (stock(ten), stock(ten, "tea-2")) == (11, 4)
    assert (report.imported, report.changed, report.later, report.as_dict()["later"]) == (2, 2, 1, 1)
    assert ten.drift() == []


def test_the_history_tells_what_of_a_late_count_is_none(ten, morning):
    ten.feed("tea-1,North,8", as_of=morning)
    newest = ten.engine.stock_history("tea-1").changes[0]
    assert (newest.kind, newest.before, newest.quantity, newest.later) == ("count", 13, 11, 3)
    assert [change.later for change in ten.engine.stock_history("tea-1").changes[1:]] == [0, 0, 0]


def test_the_same_count_again_changes_nothing(ten, morning):
    ten.feed("tea-1,North,8", as_of=morning)
    again = ten.feed("tea-1,North,8", as_of=morning)
    assert (again.changed, stock(ten)) == (0, 11)


def test_only_what_is_later_than_the_count_is_added(ten, morning):
    ten.feed("tea-1,North,12", as_of=morning + round(1.5 * HOUR * 1_000_000))
    assert stock(ten) == 10


def test_a_count_of_after_the_deltas_contains_them(ten, morning):
    ten.forward(HOUR)
    report = ten.feed("tea-1,North,12")
    assert (stock(ten), report.later) == (12, 0)
    ten.feed("tea-1,North,1", kind="delta", feed="receipts")
    assert stock(ten) == 13


def test_the_order_does_not_matter_of_a_count_and_a_delta_of_the_same_time(make_shop):
    first, second = (make_shop().stocked(tea_1=10) for _ in range(2))
    for world in (first, second):
        world.forward(HOUR)
    delta = FeedRows("tea-1,North,5", kind="delta", feed="receipts")
    first.feed("tea-1,North,8")
    first.feed(source=delta)
    second.feed(source=delta)
    second.feed("tea-1,North,8")
    assert (stock(first), stock(second)) == (13, 13)


def test_a_correction_is_no_delta_and_a_count_overwrites_it(ten):
    ten.forward(HOUR)
    counted = ten.clock()
    ten.forward(HOUR)
    ten.engine.correct_stock([StockCorrection(sku="tea-1", warehouse="North", by=-3, reason="broken")])
    ten.feed("tea-1,North,7", as_of=counted)
    assert stock(ten) == 7


def test_what_is_available_gets_later_deltas_too(ten, morning):
    ten.feed("tea-1,North,6", kind="available", as_of=morning)
    assert stock(ten) == 9


def test_a_whole_file_leaves_what_came_later_of_what_it_does_not_name(ten, morning):
    report = ten.feed("tea-2,North,4", whole=True, as_of=morning, accept=True)
    assert (stock(ten), stock(ten, "tea-2"), report.later) == (3, 4, 1)


def test_more_went_than_was_counted(ten, morning):
    ten.forward(HOUR)
    ten.feed("tea-1,North,-9", kind="delta", feed="breakage")
    ten.feed("tea-1,North,2", as_of=morning)
    assert stock(ten) == 0
    assert ten.engine.stock_history("tea-1").changes[0].later == -2


def test_a_dry_run_foresees_it(ten, morning):
    report = ten.feed("tea-1,North,8", as_of=morning, dry_run=True)
    (change,) = report.foreseen.changes
    assert (report.later, change.before, change.after, stock(ten)) == (1, 13, 11, 13)


def test_guards_look_at_what_would_be_stored(ten, morning):
    report = ten.feed("tea-1,North,10", as_of=morning, guards={"fallen": 0.01})
    assert (report.stopped, stock(ten)) == (None, 13)
