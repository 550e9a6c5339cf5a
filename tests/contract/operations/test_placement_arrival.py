"""New items take the automatic steps that ask nobody in the transaction that places them."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from tests.helpers.clock import HOUR
from tests.helpers.crashes import crashes
from tests.helpers.shop import numbered, order

PLAIN = """
    states new checked* paid* late
    new -> checked : check
    checked -> paid : confirm
    paid -> late : remind
    event check onEnter
    event confirm onEnter
    event remind timeout=1hour
"""


def commits(shop, action):
    """Do something, and return its answer and how many transactions it took."""
    statements = []
    shop.database.probe = statements.append
    answer = action()
    shop.database.probe = None
    return answer, statements.count("commit")


def test_they_are_one_transaction_and_the_answer_tells_where_they_led(world):
    world.deploy(PLAIN)
    view, transactions = commits(world, lambda: world.engine.place(order("A", "tea-1 3", "tea-2")))
    assert (view, transactions) == (world.engine.order("A"), 1)
    assert [item.state for item in view.items] == ["paid", "paid"]
    assert (world.reserved(), world.held(), world.drift()) == (3, 0, [])


def test_each_is_in_the_history_and_in_the_log(world):
    world.deploy(PLAIN)
    first, second = world.place("tea-1", "tea-2")
    for item in (first, second):
        assert [(e.trigger, e.event, e.outcome, e.source, e.target) for e in world.history(item)] == [
            ("place", None, "placed", None, "new"),
            ("on-enter", "check", "moved", "new", "checked"),
            ("on-enter", "confirm", "moved", "checked", "paid"),
        ]
        assert world.step(item) == 2
    assert len({entry.correlation for entry in world.history(first)}) == 1
    assert {entry.items for entry in world.history(first)} == {2}


def test_what_the_last_state_asks_for_is_armed(world):
    world.deploy(PLAIN)
    (item,) = world.place()
    assert list(world.timeouts(item)) == ["remind"]
    world.forward(2 * HOUR)
    world.engine.run_timeouts()
    assert world.state(item) == "late"


def test_many_orders_take_as_many_transactions_as_one(world):
    world.deploy(PLAIN)
    orders = [order(f"many-{number}", "tea-1", "tea-2") for number in range(20)]
    report, transactions = commits(world, lambda: world.engine.place_many(numbered(orders)))
    assert (report.placed, transactions) == (20, 1)
    assert (set(world.states()), world.reserved(), world.drift()) == ({"paid"}, 20, [])


@pytest.mark.parametrize(
    "further",
    [
        "checked -> paid : confirm\nevent confirm onEnter command=note",
        "checked -> paid : confirm [true]\nchecked -> late : confirm\nevent confirm onEnter",
    ],
)
def test_where_a_plugin_is_asked_the_rest_follows_afterwards(world, further):
    world.plugins.add_constant("true", True)
    seen = world.command("note", Scope.ORDER)
    world.deploy(f"states new checked* paid* late\nnew -> checked : check\nevent check onEnter\n{further}")
    (item,), transactions = commits(world, world.place)
    assert (world.state(item), world.step(item), transactions > 1) == ("paid", 2, True)
    assert len(seen.calls) == ("note" in further)


def test_a_crash_leaves_the_order_with_all_of_them_or_none(world):
    world.deploy(PLAIN)
    asked = order("A", "tea-1 2")
    moment, crashed = 0, True
    while crashed:
        moment += 1
        crashed = crashes(world, moment, lambda: world.engine.place(asked))
        assert world.states() in ([], ["paid"])
        assert (world.reserved(), world.drift()) == (2 * len(world.states()), [])
        if world.states():
            break
    assert world.query("SELECT * FROM due_step") == []
    assert world.engine.place(asked).items[0].state == "paid"
    assert moment > 5


def test_what_such_steps_let_go_can_be_had_by_the_next_order(world):
    """The first one ends where nothing is held: by then it has taken nothing from the second."""
    world.deploy(
        "states new paid* given-up\nnew -> given-up : give-up\nnew -> paid : pay\nevent give-up onEnter"
    )
    report = world.engine.place_many(numbered([order("A", "tea-1 100"), order("B", "tea-1 100")]))
    assert (report.placed, report.refused) == (2, [])
    assert (world.available(), world.held(), world.drift()) == (100, 0, [])


def test_a_circle_of_such_steps_is_stopped_as_ever(world):
    world.deploy("states new there\nnew -> there : on\nthere -> new : on\nevent on onEnter")
    (item,) = world.place()
    (stuck,) = world.engine.stuck()
    assert (stuck.item, stuck.code) == (item, "automatic_loop")
    assert world.step(item) == 100


def test_goods_that_leave_the_shelf_at_once_are_released_by_the_next_count(world):
    world.deploy("""
        states new shipped* delivered* closed
        new -> shipped : ship
        shipped -> delivered : deliver
        shipped -> closed : stock-update
        delivered -> closed : stock-update
        event ship onEnter
        event deliver onEnter
    """)
    (item,) = world.place()
    assert (world.state(item), world.reserved()) == ("delivered", 1)
    world.forward(HOUR)
    world.restock("tea-1,North,99")
    assert (world.state(item), world.reserved()) == ("closed", 0)
