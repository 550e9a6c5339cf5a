"""Automatic steps: onEnter events in a chain, and what a crash or a failure leaves of it."""

from __future__ import annotations

import pytest

from engine.clock import to_datetime
from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR, MINUTE, START
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

CHAIN = """
    states new a* b* c done
    new -> a : go
    a -> b : to-b
    b -> c : to-c
    c -> done : close
    event to-b onEnter command=first
    event to-c onEnter command=second
    event close manual
"""


class Crash(BaseException):
    """The end of the process, as far as the engine can tell."""


def crash_at(world, statement, occurrence=1):
    """Let the engine's process end when it runs the statement for the n-th time."""
    seen = []

    def probe(name):
        seen.append(name)
        if seen.count(statement) == occurrence and name == statement:
            raise Crash

    world.engine.runtime.database.probe = probe


def restart(world):
    world.engine.runtime.database.probe = None


def test_a_chain_runs_in_the_same_call_with_effects_in_order(world):
    world.deploy(CHAIN)
    effects = []
    world.command("first", does=lambda item, context: effects.append(("first", item.state, context.event)))
    world.command("second", does=lambda item, context: effects.append(("second", item.state, context.event)))
    (item,) = world.place()
    report = world.trigger("go", item, data={"by": "clerk"})
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert effects == [("first", "a", "to-b"), ("second", "b", "to-c")]
    assert world.path(item) == ["new", "a", "b", "c"]
    assert world.query("SELECT * FROM due_step") == []
    assert world.drift() == []


def test_the_chain_of_a_new_item_runs_after_it_is_placed(world):
    world.deploy("states new paid* done\nnew -> paid : on\nevent on onEnter command=charge")
    charge = world.command("charge", Scope.ORDER)
    items = world.place("tea-1", "tea-2")
    assert charge.members == [tuple(items)]
    assert world.states(*items) == ["paid", "paid"]
    assert (world.reserved(), world.held()) == (1, 0)


def test_the_data_of_the_call_reaches_every_step_of_the_chain(world):
    world.deploy(CHAIN)
    first, second = world.command("first"), world.command("second")
    world.trigger("go", *world.place(), data={"by": "clerk"})
    assert [dict(calls.contexts[0].data) for calls in (first, second)] == [{"by": "clerk"}] * 2


def test_only_the_first_on_enter_event_of_a_state_fires(world):
    world.deploy("""
        states new a one two
        new -> a : go
        a -> two : second
        a -> one : first
        event first onEnter
        event second onEnter
    """)
    (item,) = world.place()
    world.trigger("go", item)
    assert world.state(item) == "two"


def test_items_that_part_ways_each_follow_their_own_chain(world):
    world.deploy("""
        states new left right lefter righter
        new -> left : go [odd]
        new -> right : go
        left -> lefter : on
        right -> righter : on
        event on onEnter
    """)
    world.plugins.add_condition("odd", lambda item, context: item.id % 2 == 1)
    first, second = world.place("tea-1", "tea-1")
    report = world.trigger("go", first, second)
    assert (report.examined, report.moved) == (2, 2)
    assert world.states(first, second) == ["lefter", "righter"]


def test_an_item_that_goes_round_and_round_is_stopped_and_stuck(world):
    world.deploy("""
        states new a* b* out
        new -> a : go
        a -> b : to-b
        b -> a : to-a
        a -> out : leave
        b -> out : leave
        event to-a onEnter
        event to-b onEnter
    """)
    (item,) = world.place()
    report = world.trigger("go", item)
    assert codes(report.stuck) == {item: "automatic_loop"}
    assert report.stuck[0].message == f"item {item}: more than 100 automatic steps in a row"
    assert world.step(item) == 101
    world.forward(HOUR)
    assert world.engine.run_timeouts().examined == 0
    assert (world.step(item), world.drift()) == (101, [])
    (wait,) = [one for one in world.engine.why(item).waits if one.kind == "automatic_step"]
    assert (wait.stuck, wait.at, wait.overdue) == (True, None, False)
    assert world.trigger("leave", item).moved == 1
    assert world.query("SELECT * FROM due_step") == []


@pytest.mark.parametrize("occurrence", [1, 2])
@pytest.mark.parametrize("run", ["run_timeouts", "run_conditions"])
def test_what_a_crash_between_two_steps_cuts_off_is_taken_up_once(world, run, occurrence):
    world.deploy(CHAIN)
    first, second = world.command("first"), world.command("second")
    (item,) = world.place()
    crash_at(world, "moving_add_due", occurrence)
    with pytest.raises(Crash):
        world.trigger("go", item)
    restart(world)
    assert world.state(item) == "ab"[occurrence - 1]
    report = getattr(world.engine, run)()
    assert (report.examined, report.moved) == (1, 1)
    assert world.path(item) == ["new", "a", "b", "c"]
    assert getattr(world.engine, run)().examined == 0
    assert (len(first.log), len(second.log)) == (1, 1)
    assert world.drift() == []


def test_a_crash_after_the_command_repeats_it_under_its_key_once_the_claim_has_expired(world):
    world.deploy(CHAIN)
    first = world.command("first", Scope.ORDER)
    world.command("second")
    items = world.place("tea-1", "tea-1")
    crash_at(world, "commit", 3)
    with pytest.raises(Crash):
        world.trigger("go", *items)
    restart(world)
    assert world.engine.run_timeouts().moved == 0
    world.forward(61)
    assert world.engine.run_timeouts().moved == 2
    assert first.log == [first.log[0]] * 2
    assert first.members[0] == tuple(items)
    assert set(world.states(*items)) == {"c"}


def test_a_failing_step_is_tried_again_later_and_later(make_shop):
    world = make_shop(execution={"retry_base_s": 60.0, "retry_longest_s": 150.0, "retry_attempts": 5})
    world.stocked(tea_1=10)
    world.deploy(CHAIN)
    broken = world.command("first", does=fails("no answer"))
    world.command("second")
    (item,) = world.place()
    assert codes(world.trigger("go", item).failed) == {item: "command_failed"}
    for number, wait in enumerate([60, 120, 150], start=2):
        world.forward(wait - 1)
        assert world.engine.run_timeouts().examined == 0
        world.forward(1)
        report = world.engine.run_timeouts()
        assert (report.examined, codes(report.failed), report.stuck) == (1, {item: "command_failed"}, [])
        assert len(broken.log) == number
    assert len(set(broken.keys)) == 1
    world.command("first")
    world.forward(150)
    assert world.engine.run_timeouts().moved == 1
    assert world.state(item) == "c"


def test_after_the_last_attempt_the_step_is_stuck_and_other_events_still_work(make_shop):
    world = make_shop(execution={"retry_attempts": 2})
    world.stocked(tea_1=10)
    world.deploy(CHAIN + "\na -> done : give-up")
    world.command("first", does=fails("no answer"))
    (item,) = world.place()
    assert world.trigger("go", item).stuck == []
    world.forward(MINUTE)
    report = world.engine.run_timeouts()
    assert codes(report.stuck) == {item: "command_failed"}
    assert "no attempt is left after 2: first: RuntimeError: no answer" in report.stuck[0].message
    (listed,) = world.engine.stuck()
    assert (listed.item, listed.order, listed.process, listed.state) == (item, "order-1", "Sale", "a")
    assert (listed.code, listed.message) == ("command_failed", "first: RuntimeError: no answer")
    assert (listed.attempts, listed.since) == (2, to_datetime(world.clock()))
    world.forward(1000 * HOUR)
    assert world.engine.run_timeouts().examined == 0
    assert world.trigger("give-up", item).moved == 1
    assert world.engine.stuck() == []


def test_a_step_that_waits_for_its_next_attempt_can_be_taken_by_hand(world):
    world.deploy(CHAIN)
    world.command("first", does=fails())
    world.command("second")
    (item,) = world.place()
    world.trigger("go", item)
    world.command("first")
    assert world.trigger("to-b", item).moved == 1
    assert world.state(item) == "c"
    world.forward(1000 * HOUR)
    assert world.engine.run_timeouts().examined == 0


@pytest.mark.parametrize("event", ["note", "check", "late"])
def test_a_step_that_waits_is_not_forgotten_when_the_item_stays_in_its_state(world, event):
    world.deploy("""
        states new a* done out
        new -> a : go
        a -> done : on
        a -> a : note
        a -> out : check [no]
        a -> out : late [no]
        event on onEnter command=work
        event late timeout=10sec
    """)
    world.plugins.add_constant("no", False)
    world.command("work", does=fails())
    (item,) = world.place()
    world.trigger("go", item)
    world.forward(11)
    if event == "late":
        assert world.engine.run_timeouts().stayed == 1
    else:
        world.trigger(event, item)
    assert world.step(item) == 2
    world.command("work")
    world.forward(HOUR)
    assert world.engine.run_timeouts().moved == 1
    assert world.state(item) == "done"


def test_a_step_whose_condition_is_false_is_taken_and_not_tried_again(world):
    world.deploy("states new a done\nnew -> a : go\na -> done : on [no]\nevent on onEnter")
    world.plugins.add_constant("no", False)
    (item,) = world.place()
    report = world.trigger("go", item)
    assert (report.examined, report.moved, report.stayed) == (1, 1, 0)
    assert (world.state(item), world.step(item)) == ("a", 2)
    assert world.history(item)[-1].outcome == "condition_false"
    assert world.engine.run_timeouts().examined == 0


def test_a_failing_item_holds_back_no_other(world):
    world.deploy(CHAIN)
    first, second = world.place("tea-1", "tea-1")
    world.command("first", does=lambda item, context: 1 / 0 if item.id == first else None)
    world.command("second")
    report = world.trigger("go", first, second)
    assert (report.moved, codes(report.failed)) == (2, {first: "command_failed"})
    assert world.states(first, second) == ["a", "c"]


def test_a_step_whose_plugin_is_missing_stays_due_until_somebody_has_it(world):
    world.deploy(CHAIN)
    (item,) = world.place()
    assert codes(world.trigger("go", item).failed) == {item: "plugin_missing"}
    for _ in range(20):
        world.engine.run_timeouts()
    world.command("first")
    world.command("second")
    assert world.engine.run_timeouts().moved == 1
    assert world.state(item) == "c"


def test_a_run_for_one_store_takes_up_the_steps_of_that_store(world):
    world.deploy(CHAIN)
    world.command("first", does=fails())
    world.command("second")
    here, there = world.place(store="DE")[0], world.place(store="AT")[0]
    world.trigger("go", here, there)
    world.command("first")
    world.forward(HOUR)
    assert world.engine.run_timeouts(store="AT").moved == 1
    assert world.states(here, there) == ["a", "c"]


def test_what_the_state_does_not_know_any_more_is_dropped_for_its_item_only(world):
    world.deploy(CHAIN)
    world.command("first", does=fails())
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", first, second)
    world.sql("UPDATE due_step SET event = 'close' WHERE item_id = ?", first)
    world.forward(HOUR)
    report = world.engine.run_timeouts()
    assert codes(report.blocked) == {first: "event_not_available"}
    assert codes(report.failed) == {second: "command_failed"}
    assert world.query("SELECT item_id FROM due_step") == [(second,)]
    world.sql("UPDATE due_step SET event = 'close', due_at = ?", START)
    (third,) = world.place()
    world.trigger("go", third)
    world.sql("UPDATE due_step SET event = 'close', due_at = ? WHERE item_id = ?", world.clock() + 1, third)
    assert codes(world.engine.run_timeouts().blocked) == {second: "event_not_available"}
    assert world.query("SELECT item_id FROM due_step") == [(third,)]


def test_due_steps_of_many_items_are_taken_up_in_chunks(make_shop):
    world = make_shop(execution={"chunk": 3})
    world.stocked(tea_1=100)
    world.deploy(CHAIN)
    world.command("first", does=fails())
    world.command("second")
    items = world.place_many(10)
    world.engine.trigger("go", Selection(items=tuple(items)))
    world.command("first")
    world.forward(HOUR)
    report = world.engine.run_timeouts()
    assert (report.examined, report.moved) == (10, 10)
    assert set(world.states(*items)) == {"c"}


def test_the_back_off_never_exceeds_the_longest_wait(make_shop):
    year = 365 * 24 * HOUR
    world = make_shop(
        execution={"retry_base_s": 4 * year, "retry_longest_s": 10 * year, "retry_attempts": 100}
    )
    world.stocked(tea_1=10)
    world.deploy(CHAIN)
    world.command("first", does=fails())
    world.trigger("go", *world.place())
    for attempts, years in [(1, 8), (2, 10), (20, 10), (70, 10)]:
        world.sql("UPDATE due_step SET attempts = ?, due_at = ?", attempts, START)
        world.engine.run_timeouts()
        assert world.value("SELECT due_at FROM due_step") == START + years * year * 1_000_000
