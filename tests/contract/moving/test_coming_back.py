"""Items that come back into a reserved state: the answer tells where there is not enough for them any more."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from engine.requests import Selection

SALE = """
    states new paid* packed* cancelled
    new -> paid : pay
    paid -> packed : pack
    paid -> cancelled : cancel
    cancelled -> paid : reopen
    cancelled -> packed : again
"""


@pytest.fixture
def sale(make_shop):
    world = make_shop().stocked(tea_1=10, tea_2=10)
    world.deploy(SALE)
    return world


def told(report, store="DE"):
    """What the report tells of a store; AT shares its reservations, so it is told of the same."""
    return [
        (one.store, one.sku, int(one.shortfall), int(one.before))
        for one in report.shortfall
        if one.store == store
    ]


def given_up(sale, quantity=8):
    """An item that was cancelled, and whose pieces somebody else has paid since."""
    (item,) = sale.place(f"tea-1 {quantity}", reference="first")
    sale.trigger("pay", item)
    sale.trigger("cancel", item)
    (other,) = sale.place("tea-1 8", reference="second")
    sale.trigger("pay", other)
    return item


def test_what_is_there_is_no_shortfall(sale):
    item = given_up(sale, quantity=2)
    report = sale.trigger("reopen", item)
    assert (report.moved, report.shortfall, report.as_dict()["shortfall"]) == (1, [], [])


def test_what_was_sold_meanwhile_is_told_and_the_item_comes_back(sale):
    item = given_up(sale)
    report = sale.trigger("reopen", item)
    assert (report.moved, report.refused, told(report)) == (1, False, [("DE", "tea-1", 6, 0)])
    assert told(report, "AT") == [("AT", "tea-1", 6, 0)]
    shown = {"store": "DE", "sku": "tea-1", "shortfall": "6", "before": "0"}
    assert report.as_dict()["shortfall"] == [shown, {**shown, "store": "AT"}]


def test_a_shortfall_that_only_stays_is_not_told_again(sale):
    item = given_up(sale)
    sale.trigger("reopen", item)
    assert told(sale.trigger("pack", item)) == []


def test_several_steps_of_one_call_tell_of_a_product_once(make_shop):
    world = make_shop(execution={"chunk": 1}).stocked(tea_1=10)
    world.deploy(SALE)
    items = [*world.place("tea-1 4", reference="a"), *world.place("tea-1 4", reference="b")]
    world.trigger("pay", *items)
    world.trigger("cancel", *items)
    (other,) = world.place("tea-1 9", reference="c")
    world.trigger("pay", other)
    assert told(world.trigger("reopen", *items)) == [("DE", "tea-1", 7, 0)]


@pytest.mark.parametrize("transactional", [False, True])
def test_after_a_command_it_is_told_too(sale, transactional):
    sale.plugins.add_command("work", lambda item, context: None, Scope.ITEM, transactional=transactional)
    sale.deploy(SALE + "    event reopen command=work manual\n")
    assert told(sale.trigger("reopen", given_up(sale))) == [("DE", "tea-1", 6, 0)]


def test_a_part_that_comes_back_is_told_too(sale):
    assert told(sale.part("reopen", given_up(sale), 5)) == [("DE", "tea-1", 3, 0)]


def test_forcing_tells_it_too(sale):
    item = given_up(sale)
    report = sale.engine.force("paid", Selection(items=(item,)), reason="asked for")
    assert told(report) == [("DE", "tea-1", 6, 0)]
