"""What conditions can see: the item, its order, the caller's data, and what the command of its call returned."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

SALE = """
    states new paid* declined
    new -> paid : pay [ok]
    new -> declined : pay
    event pay command=charge
"""


@pytest.fixture(params=["item", "batch"])
def guard(world, request):
    """Registers the condition ``ok`` from a question about one item, asked singly or for many at once."""

    def register(question):
        if request.param == "item":
            world.plugins.add_condition("ok", lambda item, context: bool(question(item, context)))
        else:
            batch = lambda items, context: [one.id for one in items if question(one, context)]  # noqa: E731
            world.plugins.add_condition("ok", batch, Scope.BATCH)

    return register


def test_a_guard_sees_the_item_and_its_order(world, guard):
    world.deploy("states new paid* declined\nnew -> paid : pay [ok]\nnew -> declined : pay")
    few = world.place("tea-1 2", payment={"method": "card"})
    many = world.place("tea-1 9", payment={"method": "card"})
    cash = world.place("tea-1 2", payment={"method": "cash"})
    guard(lambda item, context: item.quantity < 5 and item.order_data["payment"]["method"] == "card")
    world.trigger("pay", *few, *many, *cash)
    assert world.states() == ["paid", "declined", "declined"]


def test_a_guard_sees_what_the_caller_gave(world, guard):
    world.deploy("states new paid* declined\nnew -> paid : pay [ok]\nnew -> declined : pay")
    first, second = world.place("tea-1", "tea-1")
    guard(lambda item, context: context.data.get("approved"))
    world.trigger("pay", first, data={"approved": True})
    world.trigger("pay", second, data={"approved": False})
    assert world.states(first, second) == ["paid", "declined"]


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER])
def test_a_guard_sees_the_data_of_its_own_call_only(world, guard, scope, transactional):
    world.deploy(SALE)
    rich, poor, silent = world.place(), world.place(), world.place()
    answers = {rich[0]: {"credit": 9}, poor[0]: {"credit": 1}, silent[0]: None}

    def charge(asked, context):
        return answers[asked.id if scope is Scope.ITEM else asked[0].id]

    world.command("charge", scope, charge, transactional=transactional)
    guard(lambda item, context: context.command_data.get("credit", 0) > 5)
    assert world.trigger("pay", *rich, *poor, *silent).moved == 3
    assert world.states() == ["paid", "declined", "declined"]


def test_a_batch_guard_is_asked_once_per_call_that_returned_data_and_once_for_all_others(world):
    world.deploy(SALE)
    orders = [world.place("tea-1", "tea-1") for _ in range(4)]
    told = {orders[0][0]: {"n": 0}, orders[2][0]: {"n": 2}}
    world.command("charge", Scope.ORDER, lambda items, context: told.get(items[0].id))
    asked = {}

    def ok(items, context):
        asked[tuple(item.id for item in items)] = dict(context.command_data)
        return ()

    world.plugins.add_condition("ok", ok, Scope.BATCH)
    world.trigger("pay", *(item for items in orders for item in items))
    assert asked == {
        tuple(orders[0]): {"n": 0},
        tuple(orders[2]): {"n": 2},
        (*orders[1], *orders[3]): {},
    }


def test_a_batch_guard_that_raises_holds_back_only_the_call_it_was_asked_about(world):
    world.deploy(SALE)
    first, second = world.place("tea-1", "tea-1"), world.place("tea-1")
    world.command("charge", Scope.ORDER, lambda items, context: {"bad": items[0].id == first[0]})
    world.plugins.add_condition(
        "ok",
        lambda items, context: fails()() if context.command_data["bad"] else [item.id for item in items],
        Scope.BATCH,
    )
    report = world.trigger("pay", *first, *second)
    assert codes(report.failed) == dict.fromkeys(first, "condition_failed")
    assert world.states(*first, *second) == ["new", "new", "paid"]
