"""Automatic events of the state that an item enters, and what a new item goes through."""

from __future__ import annotations

import pytest

from tests.helpers.plugins import fails
from tests.helpers.shop import codes

CHAIN = """
    states new a b c
    new -> a : go
    a -> b : to-b
    b -> c : to-c
    c -> c : note
    event to-b onEnter command=first
    event to-c onEnter command=second
"""


def test_a_chain_of_automatic_events_is_gone_through_in_one_call(shop):
    first, second = shop.command("first"), shop.command("second")
    shop.deploy(CHAIN)
    (item,) = shop.place()
    report = shop.fire("go", item)
    assert (report.examined, report.moved) == (1, 1)
    assert shop.moves(item) == ["new", "a", "b", "c"]
    assert (first.states, second.states) == ([("a",)], [("b",)])
    told = [(step.trigger, step.event) for step in shop.engine.history(item)]
    assert told == [("place", None), ("api", "go"), ("on-enter", "to-b"), ("on-enter", "to-c")]
    assert len({step.correlation for step in shop.engine.history(item)[1:]}) == 1


def test_items_of_several_orders_that_enter_a_state_together_take_its_event_together(shop):
    batch = shop.command("first", per="batch")
    shop.command("second")
    shop.deploy(CHAIN)
    items = [*shop.place("green", "green"), *shop.place()]
    shop.fire("go", *items)
    assert batch.calls == [tuple(items)]


def test_of_several_automatic_events_only_the_first_fires(shop):
    late = shop.command("late")
    shop.deploy("""
        states new open one two
        new -> open : go
        open -> one : early
        open -> two : late
        event late onEnter command=late
        event early onEnter
    """)
    (item,) = shop.place()
    shop.fire("go", item)
    assert (shop.states(item), late.calls) == (["one"], [])


def test_staying_and_going_round_to_the_same_state_start_nothing(shop):
    hello = shop.command("hello")
    shop.condition("no", False)
    shop.deploy("""
        states new done
        new -> done : greet [no]
        new -> new : note
        new -> done : go [no]
        event greet onEnter command=hello
    """)
    (item,) = shop.place()
    assert hello.calls == [(item,)]
    shop.fire("note", item)
    shop.fire("go", item)
    assert hello.calls == [(item,)]


def test_a_circle_of_automatic_events_is_stopped_after_a_hundred_and_told(shop):
    turn = shop.command("turn")
    shop.deploy("""
        states new a b out
        new -> a : go
        a -> b : turn
        b -> a : turn
        a -> out : leave
        b -> out : leave
        event turn onEnter command=turn
    """)
    (item,) = shop.place()
    report = shop.fire("go", item)
    assert codes(report.stuck) == {item: "automatic_loop"}
    assert len(turn.calls) == 100
    assert [(one.item, one.code) for one in shop.engine.stuck()] == [(item, "automatic_loop")]
    assert shop.fire("leave", item).moved == 1
    assert shop.engine.stuck() == []


def test_firing_one_event_many_times_in_a_row_is_no_circle(shop):
    shop.deploy("states new\nnew -> new : note")
    (item,) = shop.place()
    assert [shop.fire("note", item).moved for _ in range(120)] == [1] * 120


@pytest.mark.parametrize("run", ["run_timeouts", "run_conditions"])
def test_an_automatic_event_that_failed_is_tried_again_by_the_background_runs(shop, run):
    first = shop.command("first", does=fails())
    shop.command("second")
    shop.deploy(CHAIN)
    (item,) = shop.place()
    assert codes(shop.fire("go", item).failed) == {item: "command_failed"}
    assert shop.states(item) == ["a"]
    assert getattr(shop.engine, run)().examined == 0, "not before its time"
    first.does = None
    shop.later(minutes=2)
    assert getattr(shop.engine, run)().moved == 1
    assert shop.states(item) == ["c"]
    assert {context.key for context in first.contexts} == {first.contexts[0].key}


def test_a_chain_that_a_killed_process_left_is_gone_on_with_by_itself(shop):
    class Killed(KeyboardInterrupt):
        """The end of the process, as far as the engine can tell."""

    def die(*_):
        raise Killed

    shop.command("first")
    second = shop.command("second", does=die)
    shop.deploy(CHAIN)
    (item,) = shop.place()
    with pytest.raises(Killed):
        shop.fire("go", item)
    second.does = None
    assert shop.engine.run_timeouts().moved == 0, "its claim is still live"
    shop.later(seconds=61)
    assert shop.engine.run_timeouts().moved == 1
    assert (shop.states(item), shop.moves(item)) == (["c"], ["new", "a", "b", "c"])


def test_after_the_last_attempt_it_is_listed_and_can_be_retried(shop):
    shop.rules["execution"]["retry_attempts"] = 2
    first = shop.command("first", does=fails())
    shop.command("second")
    shop.deploy(CHAIN)
    (item,) = shop.place()
    shop.fire("go", item)
    shop.later(hours=1)
    assert codes(shop.engine.run_timeouts().stuck) == {item: "command_failed"}
    shop.later(days=100)
    assert shop.engine.run_timeouts().examined == 0
    first.does = None
    assert shop.engine.retry().moved == 1
    assert shop.states(item) == ["c"]


def test_a_new_item_reserves_first_then_takes_its_automatic_events_then_waits_for_timeouts(shop):
    seen = []
    shop.command("charge", per="order", does=lambda items, _: seen.append((items[0].state, shop.reserved())))
    shop.deploy("""
        states new* paid* late
        new -> paid : pay
        new -> late : expire
        paid -> late : remind
        event pay onEnter command=charge
        event expire timeout=1hour
        event remind timeout=3hours
    """)
    (item,) = shop.place()
    assert seen == [("new", 1)]
    shop.later(hours=2)
    assert shop.engine.run_timeouts().examined == 0, "the timeout of the state left is gone"
    shop.later(hours=1)
    assert shop.engine.run_timeouts().moved == 1
    assert (shop.states(item), shop.reserved()) == (["late"], 0)
    assert shop.moves(item) == ["new", "paid", "late"]


def test_an_order_is_placed_although_its_automatic_event_fails(shop):
    shop.command("charge", does=fails())
    shop.deploy("states new* paid*\nnew -> paid : pay\nevent pay onEnter command=charge")
    (item,) = shop.place()
    assert (shop.states(item), shop.reserved(), shop.outcomes(item)) == (["new"], 1, ["placed", "failed"])


def test_before_its_first_reserved_state_an_item_is_held(shop):
    shop.deploy("states new paid* gone\nnew -> paid : pay\npaid -> gone : stock-update")
    (item,) = shop.place()
    assert (shop.held(), shop.reserved()) == (1, 0)
    shop.fire("pay", item)
    assert (shop.held(), shop.reserved()) == (0, 1)


def test_without_holds_items_count_from_their_first_reserved_state_on(shop):
    shop.rules["checkout"] = {"hold": False}
    shop.deploy("states new paid*\nnew -> paid : pay")
    (item,) = shop.place()
    assert (shop.held(), shop.reserved()) == (0, 0)
    shop.fire("pay", item)
    assert shop.reserved() == 1


def test_every_process_has_an_initial_state_of_its_own(shop):
    shop.deploy("states new")
    shop.deploy("states begun", name="Gift")
    assert shop.states(*shop.place(), *shop.place(process="Gift")) == ["new", "begun"]
