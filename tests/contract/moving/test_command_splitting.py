"""A command splits its group: the items it returns go on, the others stay with a step of their own."""

from __future__ import annotations

import json

import pytest

from engine.hooks import CommandResult, Scope
from tests.helpers.clock import HOUR
from tests.helpers.shop import codes

SALE = """
    states new paid* lost
    new -> paid : pay
    new -> lost : lose
    event pay command=charge manual
"""


def lets_go(*chosen, **fields):
    """A command that lets these items go on, as far as they are part of the call."""

    def choose(asked, context):
        items = asked if isinstance(asked, list | tuple) else (asked,)
        return CommandResult(items={item.id for item in items if item.id in chosen}, **fields)

    return choose


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("scope", Scope)
def test_what_the_command_returns_goes_on_and_the_rest_stays(sale, scope, transactional):
    first, second, third = items = sale.place("tea-1", "tea-1", "tea-1")
    sale.command("charge", scope, lets_go(first, third), transactional=transactional)
    report = sale.trigger("pay", *items)
    assert (report.examined, report.moved, report.stayed, report.refused) == (3, 2, 1, False)
    assert sale.states(*items) == ["paid", "new", "paid"]
    assert (sale.step(second), sale.reserved()) == (1, 2)
    entry = sale.history(second)[-1]
    assert (entry.outcome, entry.event, entry.source, entry.target, entry.command) == (
        "left_out",
        "pay",
        "new",
        None,
        "charge",
    )
    assert sale.drift() == []


@pytest.mark.parametrize(("answer", "moved"), [(None, 2), ((), 0)])
def test_no_answer_lets_all_go_on_and_an_empty_one_nobody(sale, answer, moved):
    items = sale.place("tea-1", "tea-1")
    sale.command("charge", Scope.ORDER, lambda *_: CommandResult(items=answer))
    report = sale.trigger("pay", *items)
    assert (report.moved, report.stayed) == (moved, 2 - moved)


def test_both_parts_of_a_call_are_logged_with_its_data_and_its_warehouses(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    named = {first: "South", second: "North"}
    sale.command("charge", Scope.ORDER, lets_go(first, data={"receipt": 7}, warehouses=named))
    sale.trigger("pay", *items)
    runs = sale.query("SELECT outcome, command_key, data FROM transition_run WHERE command = 'charge'")
    assert sorted(outcome for outcome, _, _ in runs) == ["left_out", "moved"]
    assert len({key for _, key, _ in runs}) == 1
    assert all(json.loads(data)["calls"][0]["data"] == {"receipt": 7} for _, _, data in runs)
    assert [item.warehouse for item in sale.engine.order("order-1").items] == ["South", "North"]


def test_conditions_are_asked_only_about_those_that_go_on(world):
    world.deploy("states new paid* low\nnew -> paid : pay [rich]\nnew -> low : pay\nevent pay command=charge")
    first, second, third = items = world.place("tea-1", "tea-1", "tea-1")
    world.command("charge", Scope.BATCH, lets_go(first, second))
    asked = []
    world.plugins.add_condition("rich", lambda item, context: asked.append(item.id) or item.id == first)
    report = world.trigger("pay", *items)
    assert (asked, report.moved, report.stayed) == ([first, second], 2, 1)
    assert world.states(*items) == ["paid", "low", "new"]
    assert world.history(third)[-1].conditions == {}


@pytest.mark.parametrize(
    "answer",
    [(4711,), ("1",), "12", 5, {1: True}, (None,), ([1],), (True,)],
    ids=repr,
)
@pytest.mark.parametrize("transactional", [False, True])
def test_what_is_no_item_of_the_call_is_a_wrong_answer(sale, answer, transactional):
    items = sale.place("tea-1", "tea-1")
    does = lambda *_: CommandResult(items=answer)  # noqa: E731
    sale.command("charge", Scope.ORDER, does, transactional=transactional)
    report = sale.trigger("pay", *items)
    assert codes(report.failed) == dict.fromkeys(items, "command_failed")
    assert "charge returned items that are" in report.failed[0].message
    assert sale.states(*items) == ["new", "new"]


def test_the_next_attempt_at_an_item_that_stayed_is_a_call_of_its_own(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    calls = sale.command("charge", Scope.ORDER, lets_go(first))
    sale.trigger("pay", *items)
    assert sale.query("SELECT * FROM command_run") == sale.query("SELECT * FROM command_member") == []
    sale.trigger("pay", second)
    assert calls.members == [(first, second), (second,)]
    assert len(set(calls.keys)) == 2


def test_an_automatic_step_of_an_item_that_stays_is_taken(world):
    world.deploy("states new busy done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=work")
    _, second = items = world.place("tea-1", "tea-1")
    calls = world.command("work", Scope.BATCH, lets_go(second))
    world.trigger("go", *items)
    assert world.states(*items) == ["busy", "done"]
    assert world.query("SELECT * FROM due_step") == []
    world.forward(HOUR)
    world.engine.run_timeouts()
    assert len(calls.log) == 1


@pytest.mark.parametrize("processor", ["", "processor=own"])
def test_a_timeout_of_an_item_that_stays_is_armed_again(world, processor):
    world.plugins.processors["own"] = lambda item, text, now: now.replace(hour=now.hour + 1)
    world.deploy(f"states new late\nnew -> late : expire\nevent expire timeout=1hour command=ask {processor}")
    first, second = items = world.place("tea-1", "tea-1")
    calls = world.command("ask", Scope.ORDER, lets_go(first))
    world.forward(HOUR)
    report = world.engine.run_timeouts()
    assert (report.moved, report.stayed, world.states(*items)) == (1, 1, ["late", "new"])
    assert world.engine.run_timeouts().examined == 0
    world.forward(HOUR)
    world.engine.run_timeouts()
    assert calls.members == [(first, second), (second,)]
