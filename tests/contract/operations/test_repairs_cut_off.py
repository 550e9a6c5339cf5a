"""Retry and force among others, and cut off at any statement: what is left is whole, and can be done again."""

from __future__ import annotations

import threading

import pytest

from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.crashes import crashes
from tests.helpers.plugins import fails

SALE = """
    states new busy* done* lost parked
    new -> busy : go
    busy -> done : on
    new -> lost : expire
    new -> done [ready]
    parked -> lost : forgotten
    event on onEnter command=work
    event expire timeout=1hour command=mail
    event forgotten timeout=1hour
"""


def broken_sale(make_shop, count=3, **execution):
    """Items of which each kind of step has failed: automatic ones, timeouts and conditions."""
    world = make_shop(execution={"retry_attempts": 2, "lock_wait_s": 0.0, **execution}).stocked(tea_1=10_000)
    world.deploy(SALE)
    world.command("work", Scope.ORDER, fails())
    world.command("mail", Scope.BATCH, fails())
    world.plugins.add_condition("ready", fails())
    busy, late, waiting = [], [], []
    for _ in range(count):
        first, second, third = world.place("tea-1", "tea-1", "tea-1")
        busy.append(first)
        late.append(second)
        waiting.append(third)
    world.trigger("go", *busy)
    for item in waiting:
        world.sql("DELETE FROM item_timeout WHERE item_id = ?", item)
    world.forward(HOUR)
    world.engine.run_timeouts()
    world.sql("UPDATE item_timeout SET due_at = NULL")
    world.engine.run_conditions()
    return world, busy, late, waiting


def mend(world):
    world.command("work", Scope.ORDER)
    world.command("mail", Scope.BATCH)
    world.plugins.add_condition("ready", lambda item, context: item.id % 3 == 0)


def moments(names):
    """The statements after which something may be left half done: a few at each end, and every commit."""
    commits = [number for number, name in enumerate(names) if name == "commit"]
    return sorted({0, len(names) // 3, len(names) - 1, *commits, *(commit + 1 for commit in commits)})


def test_a_retry_that_is_cut_off_is_finished_by_the_next_run(make_shop):
    world, *_ = broken_sale(make_shop)
    mend(world)
    names = world.statements(world.engine.retry)
    assert names.count("commit") > 4
    for moment in moments(names):
        world, busy, late, waiting = broken_sale(make_shop)
        mend(world)
        crashes(world, moment + 1, world.engine.retry)
        assert world.drift() == []
        world.forward(61)
        world.engine.retry()
        world.engine.run_timeouts()
        world.engine.run_conditions()
        assert set(world.states(*busy)) == {"done"}
        assert set(world.states(*late)) == {"lost"}
        assert set(world.states(*waiting)) == {"done"}
        assert world.engine.stuck() == world.drift() == []
        assert {world.step(item) for item in late + waiting} == {1}


def test_a_force_that_is_cut_off_has_moved_whole_chunks(make_shop):
    world, busy, late, waiting = broken_sale(make_shop, chunk=4)
    items = [*busy, *late, *waiting]

    def force():
        return world.engine.force("parked", Selection(items=tuple(items)), reason="flood")

    for moment in moments(world.statements(force)):
        world, busy, late, waiting = broken_sale(make_shop, chunk=4)
        crashes(world, moment + 1, force)
        assert world.drift() == []
        forced = [item for item in sorted(items) if world.state(item) == "parked"]
        assert forced == sorted(items)[: len(forced)]
        assert len(forced) % 4 == 0 or len(forced) == len(items)
        assert len(world.query("SELECT * FROM item_timeout WHERE event = 'forgotten'")) == len(forced)
        report = force()
        assert (report.moved, len(report.blocked)) == (len(items) - len(forced), len(forced))
        assert set(world.states()) == {"parked"}
        for table in ("due_step", "sweep_failure", "item_claim", "command_run", "command_member"):
            assert world.query(f"SELECT * FROM {table}") == []
        assert world.reserved() == 0
        assert world.drift() == []


@pytest.mark.parametrize("size", [3, 1000])
def test_retries_forces_and_background_runs_at_once_get_on_with_each_other(make_shop, size):
    world, busy, late, waiting = broken_sale(make_shop, count=8, chunk=size, lock_wait_s=20.0)
    mend(world)
    everything = Selection(process="Sale", state="busy")
    actions = [
        lambda engine: engine.retry(),
        lambda engine: engine.retry(Selection(items=tuple(busy + late))),
        lambda engine: engine.force("lost", everything, reason="flood"),
        lambda engine: engine.run_timeouts(),
        lambda engine: engine.run_conditions(),
    ]
    engines = [world.another(host=f"host {number}") for number in range(len(actions))]
    errors = []

    def act(action, engine):
        try:
            action(engine)
        except Exception as error:  # told below, in the test's own thread
            errors.append(error)

    threads = [
        threading.Thread(target=act, args=pair, daemon=True) for pair in zip(actions, engines, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for engine in engines:
        engine.close()
    assert errors == []
    world.engine.retry()
    assert set(world.states(*late)) == {"lost"}
    assert set(world.states(*waiting)) == {"done"}
    assert set(world.states(*busy)) <= {"lost", "done"}
    assert {world.step(item) for item in late + waiting} == {1}
    assert world.query("SELECT * FROM item_claim") == world.drift() == []
