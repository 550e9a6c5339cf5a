"""Waiting items whose conditions raise: asked again after growing pauses, in the end stuck, never in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.hooks import Scope
from tests.helpers.clock import HOUR, START
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

WAITING = """
    states new done* lost
    new -> done [ready]
    new -> lost : lose
    new -> new : touch
"""


class Ready:
    """A condition that is true for some items and raises for others; it remembers whom it was asked about."""

    def __init__(self, world):
        self.true: set[int] = set()
        self.broken: set[int] = set()
        self.asked: list[int] = []
        world.plugins.add_condition("ready", self)

    def __call__(self, item, context):
        self.asked.append(item.id)
        if item.id in self.broken:
            raise RuntimeError("no answer")
        return item.id in self.true


@pytest.fixture
def waiting(make_shop):
    world = make_shop(execution={"retry_attempts": 3}).stocked(tea_1=100)
    world.deploy(WAITING)
    return world


def failures(world):
    return world.query("SELECT item_id, attempts FROM sweep_failure ORDER BY 1")


def test_a_failure_is_tried_again_after_growing_pauses_and_gets_stuck(waiting):
    ready = Ready(waiting)
    (item,) = waiting.place()
    ready.broken.add(item)
    for wait in (0, 60):
        waiting.forward(wait)
        report = waiting.engine.run_conditions()
        assert (report.examined, codes(report.failed), report.stuck) == (1, {item: "condition_failed"}, [])
        waiting.forward(1)
        assert waiting.engine.run_conditions().examined == 0
    waiting.forward(119)
    report = waiting.engine.run_conditions()
    assert codes(report.stuck) == {item: "condition_failed"}
    waiting.forward(1000 * HOUR)
    report = waiting.engine.run_conditions(until_idle=True)
    assert (report.examined, report.refused, len(ready.asked)) == (0, False, 3)
    assert [entry.outcome for entry in waiting.history(item)] == ["placed", "failed", "failed", "failed"]
    (listed,) = waiting.engine.stuck()
    assert (listed.item, listed.event, listed.state, listed.code, listed.attempts) == (
        item,
        None,
        "new",
        "condition_failed",
        3,
    )
    assert (listed.message, listed.since is not None) == ("ready: RuntimeError: no answer", True)


def test_a_batch_condition_that_raises_counts_for_all_it_was_asked_about(waiting):
    waiting.plugins.add_condition("ready", fails(), Scope.BATCH)
    items = waiting.place("tea-1", "tea-1")
    assert codes(waiting.engine.run_conditions().failed) == dict.fromkeys(items, "condition_failed")
    assert failures(waiting) == [(item, 1) for item in items]
    assert waiting.engine.run_conditions().examined == 0


def test_a_failing_timeout_processor_of_the_next_state_counts_too(world):
    world.plugins.processors["own"] = fails("no calendar")
    world.deploy("states new a b\nnew -> a\na -> b : late\nevent late timeout=1hour processor=own")
    (item,) = world.place()
    assert codes(world.engine.run_conditions().failed) == {item: "timeout_processor_failed"}
    assert failures(world) == [(item, 1)]
    assert world.engine.run_conditions().examined == 0


def test_a_run_that_goes_on_until_idle_asks_a_failing_item_once(waiting):
    ready = Ready(waiting)
    first, second = waiting.place("tea-1", "tea-1")
    ready.broken.add(first)
    ready.true.add(second)
    report = waiting.engine.run_conditions(until_idle=True)
    assert (report.examined, report.moved, codes(report.failed)) == (2, 1, {first: "condition_failed"})
    assert ready.asked == [first, second]


@pytest.mark.parametrize(("answer", "state"), [(True, "done"), (False, "new")])
def test_an_answer_after_a_failure_begins_to_count_anew(waiting, answer, state):
    ready = Ready(waiting)
    (item,) = waiting.place()
    ready.broken.add(item)
    waiting.engine.run_conditions()
    ready.broken.clear()
    ready.true |= {item} if answer else set()
    waiting.forward(60)
    assert waiting.engine.run_conditions().refused is False
    assert (waiting.state(item), failures(waiting)) == (state, [])


def test_the_pauses_never_exceed_the_longest(make_shop):
    year = 365 * 24 * HOUR
    world = make_shop(
        execution={"retry_base_s": 4 * year, "retry_longest_s": 10 * year, "retry_attempts": 100}
    ).stocked(tea_1=100)
    world.deploy(WAITING)
    world.plugins.add_condition("ready", fails())
    world.place()
    world.engine.run_conditions()
    for attempts, years in [(0, 4), (1, 8), (2, 10), (20, 10), (70, 10)]:
        world.sql("UPDATE sweep_failure SET attempts = ?, due_at = ?", attempts, START)
        world.engine.run_conditions()
        assert world.value("SELECT due_at FROM sweep_failure") == START + years * year * 1_000_000


@pytest.mark.parametrize("event", ["lose", "touch"])
def test_any_step_ends_the_counting(waiting, event):
    ready = Ready(waiting)
    first, second = waiting.place("tea-1", "tea-1")
    ready.broken |= {first, second}
    waiting.engine.run_conditions()
    waiting.trigger(event, first)
    assert failures(waiting) == [(second, 1)]
    waiting.engine.run_conditions()
    assert ready.asked == [first, second] + [first] * (event == "touch")


def test_what_was_counted_at_an_earlier_step_does_not_count(waiting):
    ready = Ready(waiting)
    (item,) = waiting.place()
    ready.broken.add(item)
    waiting.sql("INSERT INTO sweep_failure (item_id, step, attempts, stuck_at) VALUES (?, 99, 3, 1)", item)
    assert waiting.engine.stuck() == []
    report = waiting.engine.run_conditions()
    assert (codes(report.failed), report.stuck) == ({item: "condition_failed"}, [])
    assert failures(waiting) == [(item, 1)]


@pytest.mark.parametrize("lacking", ["condition", "processor"])
def test_a_missing_plugin_is_no_attempt(world, lacking):
    world.deploy("states new a b\nnew -> a [ready]\na -> b : late\nevent late timeout=1hour processor=own")
    if lacking == "processor":
        world.plugins.add_condition("ready", lambda *_: True)
    (item,) = world.place()
    for _ in range(9):
        report = world.engine.run_conditions()
        assert [refusal.code for refusal in report.failed] == ["plugin_missing"]
    assert (failures(world), len(world.history(item)), world.engine.stuck()) == ([], 1, [])
    world.plugins.add_condition("ready", lambda *_: True)
    world.plugins.processors["own"] = lambda item, text, now: now
    assert world.engine.run_conditions().moved == 1


@pytest.mark.parametrize("on_enter", [True, False])
def test_a_command_is_not_called_when_a_plugin_that_its_step_needs_is_missing(world, on_enter):
    kind = "onEnter" if on_enter else "manual"
    world.deploy(f"""
        states new busy a b
        new -> busy : go
        busy -> a : work
        a -> b : late
        event work command=work {kind}
        event late timeout=1hour processor=own
    """)
    work = world.command("work")
    (item,) = world.place()
    world.trigger("go", item)
    report = world.engine.run_timeouts() if on_enter else world.trigger("work", item)
    assert (codes(report.failed), work.log) == ({item: "plugin_missing"}, [])
    world.plugins.processors["own"] = lambda item, text, now: now + timedelta(hours=1)
    report = world.engine.run_timeouts() if on_enter else world.trigger("work", item)
    assert (report.moved, work.members, world.engine.stuck()) == (1, [(item,)], [])


def test_failing_items_take_nothing_of_a_limit(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy("states new done b\nnew -> done [ready]\nnew -> b : go\nb -> done [ready]")
    ready = Ready(world)
    items = world.place_many(12)
    world.trigger("go", *items[8:])
    ready.broken |= {*items[:6]}
    world.engine.run_conditions()
    ready.asked.clear()
    assert [world.engine.run_conditions(limit=3).examined for _ in range(4)] == [3, 3, 3, 3]
    looks = {item: ready.asked.count(item) for item in items}
    assert {looks[item] for item in items[:6]} == {0}
    assert min(looks[item] for item in items[6:]) > 0


def test_items_that_wait_without_failures_are_still_not_written(waiting):
    Ready(waiting)
    waiting.place_many(5)
    names = waiting.statements(waiting.engine.run_conditions)
    assert "commit" not in names


def test_what_is_claimed_is_no_failure(waiting):
    ready = Ready(waiting)
    (item,) = waiting.place()
    ready.broken.add(item)
    waiting.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'h', 'e', 0, 0, ?)",
        item,
        waiting.clock() + 10_000_000,
    )
    waiting.engine.run_conditions()
    assert (ready.asked, failures(waiting)) == ([], [])
