"""Transitions without an event: tried by the conditions run, one hop each time."""

from __future__ import annotations

import pytest

from tests.helpers.plugins import fails
from tests.helpers.shop import codes

WAITING = """
    states new open* closed
    new -> open [ready]
    open -> closed : close
"""


def test_items_hop_once_in_a_run_and_automatic_events_follow_at_once(shop):
    charge = shop.command("charge")
    shop.deploy("""
        states a b c d
        a -> b
        b -> c : charge
        c -> d
        event charge onEnter command=charge
    """)
    (item,) = shop.place()
    assert shop.states(item) == ["a"]
    assert shop.engine.run_conditions().moved == 1
    assert (shop.states(item), charge.calls) == (["c"], [(item,)])
    assert shop.engine.run_conditions().moved == 1
    assert shop.states(item) == ["d"]
    assert shop.engine.run_conditions().examined == 0


def test_a_run_until_idle_takes_every_hop(shop):
    shop.deploy("states a b c d\na -> b\nb -> c\nc -> d")
    (item,) = shop.place()
    report = shop.engine.run_conditions(until_idle=True)
    assert (report.examined, report.moved, shop.states(item)) == (1, 1, ["d"])


def test_firing_an_event_takes_no_such_transition(shop):
    shop.deploy("states new a b\nnew -> a : go\na -> b")
    (item,) = shop.place()
    shop.fire("go", item)
    assert shop.states(item) == ["a"]


def test_items_that_wait_are_examined_and_not_touched(shop):
    ready = shop.condition("ready", False)
    shop.deploy(WAITING)
    items = shop.place("green", "green", "green")
    since = [shop.shown(item).state_since for item in items]
    shop.later(hours=1)
    ready.does = lambda item, _: item.id == items[1]
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved) == (3, 1)
    assert shop.shown(items[0]).state_since == since[0]
    assert shop.shown(items[1]).state_since > since[1]
    assert [shop.outcomes(item) for item in items] == [["placed"], ["placed", "moved"], ["placed"]]
    assert shop.reserved() == 1


def test_the_choice_is_that_of_events(shop):
    shop.condition("yes")
    shop.deploy("states new else one two\nnew -> else\nnew -> one [yes]\nnew -> two [yes]")
    (item,) = shop.place()
    shop.engine.run_conditions()
    assert shop.states(item) == ["two"]


def test_a_move_without_event_and_condition_is_logged_like_every_other(shop):
    shop.deploy("states new done\nnew -> done")
    (item,) = shop.place()
    shop.engine.run_conditions()
    last = shop.engine.history(item)[-1]
    assert (last.trigger, last.event, last.command, last.conditions) == ("conditions", None, None, {})
    assert (last.source, last.target, last.outcome) == ("new", "done", "moved")


def test_a_condition_that_raises_keeps_neither_other_items_nor_other_processes_waiting(shop):
    ready = shop.condition("ready")
    shop.deploy(WAITING)
    shop.deploy("states new done\nnew -> done", name="Second")
    broken, other = shop.place("green", "green")
    (third,) = shop.place(process="Second")
    ready.does = lambda item, _: item.id != broken or 1 / 0
    report = shop.engine.run_conditions()
    assert codes(report.failed) == {broken: "condition_failed"}
    assert shop.states(broken, other, third) == ["new", "open", "done"]


def test_an_item_whose_condition_raised_is_asked_again_after_a_pause(shop):
    ready = shop.condition("ready", fails())
    shop.deploy(WAITING)
    (item,) = shop.place()
    shop.engine.run_conditions()
    ready.does = True
    assert shop.engine.run_conditions().examined == 0
    shop.later(minutes=2)
    assert shop.engine.run_conditions().moved == 1
    assert shop.states(item) == ["open"]


def test_items_of_an_older_version_are_handled_too(shop):
    ready = shop.condition("ready", False)
    shop.deploy(WAITING)
    (item,) = shop.place()
    shop.deploy("states new elsewhere\nnew -> elsewhere : go")
    (newer,) = shop.place()
    ready.does = True
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved, shop.states(item, newer)) == (1, 1, ["open", "new"])


@pytest.mark.parametrize("condition", ["[ready]", ""])
def test_runs_with_a_limit_get_round_to_everybody(shop, condition):
    ready = shop.condition("ready", False)
    shop.deploy(f"states new done\nnew -> done {condition}")
    items = [item for _ in range(7) for item in shop.place()]
    if condition:
        ready.does = lambda item, _: item.id == items[-1]
    reports = [shop.engine.run_conditions(limit=3) for _ in range(3)]
    assert max(report.examined for report in reports) <= 3
    assert shop.states(items[-1]) == ["done"]
    assert sum(report.moved for report in reports) == (1 if condition else 7)


def test_a_run_for_one_store_looks_at_its_items_only(shop):
    ready = shop.condition("ready")
    shop.deploy(WAITING)
    here, there = shop.place()[0], shop.place(store="US")[0]
    report = shop.engine.run_conditions(store="US")
    assert (report.examined, ready.calls, shop.states(here, there)) == (1, [(there,)], ["new", "open"])
