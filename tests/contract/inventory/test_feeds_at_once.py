"""Feeds, orders and corrections at the same time come one after the other."""

from __future__ import annotations

import pytest

from engine.requests import Selection, StockCorrection
from tests.helpers.at_once import at_once
from tests.helpers.clock import MINUTE
from tests.helpers.shop import FeedRows, order

SALE = """
    states new cancelled shipped* released
    new -> cancelled : cancel
    new -> shipped : ship
    shipped -> released : stock-update
"""


@pytest.fixture
def ten(shop):
    shop.stocked(tea_1=10, tea_2=10)
    shop.deploy(SALE)
    return shop


def numbers(shop):
    view = shop.engine.availability(["tea-1"], "DE")[0]
    return view.stock, view.reserved + view.held, view.available


def corrects(by):
    wanted = StockCorrection(sku="tea-1", warehouse="North", by=by, reason="found")
    return lambda engine: engine.correct_stock([wanted])


def feeds(*rows, as_of, dry_run=False, **terms):
    return lambda engine: engine.import_stock(FeedRows(*rows, **terms), as_of=as_of, dry_run=dry_run)


def test_a_delta_is_added_to_what_a_correction_has_left_and_the_other_way_round(ten):
    at_once(ten, corrects("3"), "correct_write", feeds("tea-1,North,5", as_of=ten.clock(), kind="delta"))
    assert numbers(ten) == (18, 0, 18)
    at_once(ten, feeds("tea-1,North,-4", as_of=ten.clock(), kind="delta"), "delta_store", corrects("1"))
    assert (numbers(ten), ten.drift()) == ((15, 0, 15), [])
    amounts = [change.quantity for change in ten.engine.stock_history("tea-1").changes]
    assert amounts == [15, 14, 18, 13, 10]


def test_what_is_cancelled_while_it_is_put_back_is_free_afterwards(ten):
    (item,) = ten.place("tea-1 3")
    ten.forward(MINUTE)
    at_once(
        ten,
        feeds("tea-1,North,7", as_of=ten.clock(), kind="available"),
        "terms_promised",
        lambda engine: engine.trigger("cancel", Selection(items=[item])),
    )
    assert (numbers(ten), ten.state(item), ten.drift()) == ((10, 0, 10), "cancelled", [])


def test_what_is_not_promised_any_more_once_the_lock_is_had_is_not_put_back(ten):
    (item,) = ten.place("tea-1 3")
    ten.forward(MINUTE)
    counted = ten.clock()
    ten.forward(MINUTE)
    at_once(
        ten,
        lambda engine: engine.trigger("cancel", Selection(items=[item])),
        "ledger_post",
        feeds("tea-1,North,7", as_of=counted, kind="available"),
    )
    assert (numbers(ten), ten.drift()) == ((7, 0, 7), [])


def test_an_order_that_comes_while_a_feed_is_stored_is_not_put_back(ten):
    ten.place("tea-1 3")
    ten.forward(MINUTE)
    counted = ten.clock()
    ten.forward(MINUTE)
    at_once(
        ten,
        feeds("tea-1,North,7", as_of=counted, kind="available"),
        "terms_promised",
        lambda engine: engine.place(order("late", "tea-1 2")),
    )
    assert (numbers(ten), ten.drift()) == ((10, 5, 5), [])


def test_who_comes_while_a_dry_run_looks_finds_nothing_of_it(ten):
    at_once(
        ten,
        feeds("tea-1,North,0", as_of=ten.clock(), dry_run=True),
        "foreseen_changes",
        lambda engine: engine.place(order("late", "tea-1 2")),
        before="ledger_shortfalls",
    )
    assert (numbers(ten), ten.drift()) == ((10, 2, 8), [])
