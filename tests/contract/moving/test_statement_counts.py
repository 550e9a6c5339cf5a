"""The number of statements does not depend on the number of items."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.shop import numbered, order

FEW, MANY = 10, 2000

PROCESS = """
    states new paid* checked* shipped* done late
    new -> paid : pay
    new -> checked : check [fine]
    new -> late : check
    new -> done : each
    new -> done : orderly
    new -> done : batchwise
    new -> done [fine]
    new -> late : expire
    paid -> shipped : on
    event on onEnter
    event each command=item-command manual
    event orderly command=order-command manual
    event batchwise command=batch-command manual
    event expire timeout=1hour
"""


def orders(count):
    return [
        order(f"order-{number}", "tea-1 0.5", "tea-2 0.5", store=("DE", "AT")[number % 2])
        for number in range(count // 2)
    ]


def filled(make_shop, count):
    world = make_shop().stocked(tea_1=10_000, tea_2=10_000)
    world.deploy(PROCESS)
    world.plugins.add_condition("fine", lambda item, context: item.id % 2 == 0)
    for scope in Scope:
        world.command(f"{scope}-command", scope)
    world.engine.place_many(numbered(orders(count)))
    world.engine.trigger("pay", Selection(items=(1,)))  # what is read once for the life of the process
    return world


def of_all(event):
    return lambda world: world.engine.trigger(event, Selection(process="Sale", state="new"))


def timeouts(world):
    world.forward(HOUR)
    world.engine.run_timeouts()


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(of_all("pay"), id="plain and onEnter"),
        pytest.param(of_all("check"), id="guarded"),
        pytest.param(of_all("each"), id="command per item"),
        pytest.param(of_all("orderly"), id="command per order"),
        pytest.param(of_all("batchwise"), id="command per batch"),
        pytest.param(lambda world: world.engine.run_conditions(), id="conditions run"),
        pytest.param(timeouts, id="timeouts run"),
    ],
)
def test_moving_takes_the_same_statements_for_few_and_for_many(make_shop, action):
    taken = []
    for count in (FEW, MANY):
        world = filled(make_shop, count)
        taken.append(Counter(world.statements(lambda: action(world))))  # noqa: B023
        assert world.states().count("new") <= count // 2
        assert world.drift() == []
    assert taken[0] == taken[1]
    assert sum(taken[0].values()) < 80


def test_placing_takes_the_same_statements_for_few_and_for_many(make_shop):
    taken = []
    for count in (FEW, 900):
        world = make_shop().stocked(tea_1=10_000, tea_2=10_000)
        world.deploy(PROCESS)
        world.place(reference="first")
        requests = numbered(orders(count))
        taken.append(Counter(world.statements(lambda: world.engine.place_many(requests))))  # noqa: B023
        assert len(world.states()) == count + 1
    assert taken[0] == taken[1]


def test_failing_items_take_the_same_statements_for_few_and_for_many(make_shop):
    taken = []
    for count in (FEW, MANY):
        world = filled(make_shop, count)
        world.plugins.add_condition("fine", lambda item, context: 1 / 0)
        taken.append(Counter(world.statements(lambda: of_all("check")(world))))  # noqa: B023
    assert taken[0] == taken[1]
