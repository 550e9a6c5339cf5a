"""Suspending while items move: a step in flight is before, or it is refused. Nothing is in between."""

from __future__ import annotations

import threading

import pytest

from engine.errors import AlreadySuspended, NotSuspended
from engine.hooks import CommandResult, Scope
from engine.operations import timeouts
from engine.requests import Selection
from tests.helpers.at_once import at_once
from tests.helpers.clock import DAY, HOUR
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.shop import codes

SALE = """
    states new open* paid* sent* late
    new -> open : start
    open -> paid : pay
    paid -> sent : on
    open -> late : expire
    open -> sent : check [ready]
    open -> sent [ready]
    event expire timeout=1day
    event pay command=charge manual
    event on onEnter
"""


@pytest.fixture
def opened(sale):
    """The id of an item with a timeout, in a state that a condition leaves too."""
    sale.command("charge")
    sale.plugins.add_condition("ready", lambda item, context: True)
    (item,) = sale.place("tea-1 3")
    sale.trigger("start", item)
    return item


def suspends(state="open"):
    chosen = Selection(process="Sale", state=state)
    return lambda engine: engine.suspend(chosen, reason="looked into")


def resumes(state="open"):
    chosen = Selection(process="Sale", state=state)
    return lambda engine: engine.resume(chosen, reason="all is well")


@pytest.mark.parametrize(
    ("selection", "statement"),
    [({"items": (1,)}, "moving_claims"), ({"process": "Sale", "state": "new"}, "moving_extent")],
)
def test_whoever_suspends_waits_for_a_step_that_is_being_written(sale, selection, statement):
    sale.command("charge")
    sale.plugins.add_constant("ready", False)
    sale.place()
    report = at_once(
        sale, lambda engine: engine.trigger("start", Selection(**selection)), statement, suspends("new")
    )
    assert (len(report.suspended), sale.states()) == (1, ["open"])


@ON_POSTGRESQL
def test_a_step_that_begins_while_something_is_being_suspended_waits_and_is_refused(sale, opened):
    pays = Selection(items=(opened,))
    report = at_once(sale, suspends(), "insert_suspensions", lambda engine: engine.trigger("pay", pays))
    assert (report.moved, codes(report.blocked)) == (0, {opened: "item_suspended"})
    assert sale.state(opened) == "open"


def test_whoever_suspends_waits_for_a_timeouts_run(sale, opened):
    sale.forward(2 * DAY)
    report = at_once(sale, lambda engine: engine.run_timeouts(), "moving_extent", suspends())
    assert (len(report.suspended), sale.state(opened), sale.drift()) == (1, "late", [])


def test_a_timeouts_run_that_has_looked_before_finds_the_suspension(sale, opened, monkeypatch):
    sale.forward(2 * DAY)
    looks = timeouts._due_timeouts

    def look(*asked):
        found = looks(*asked)
        if found:
            suspends()(sale.another())
        return found

    monkeypatch.setattr(timeouts, "_due_timeouts", look)
    report = sale.engine.run_timeouts()
    assert (report.examined, report.moved, report.refused) == (0, 0, False)
    assert (sale.state(opened), list(sale.timeouts(opened))) == ("open", ["expire"])


@pytest.mark.parametrize("by", ["conditions", "state", "item"])
def test_what_was_suspended_while_conditions_were_asked_does_not_move(sale, opened, by):
    def ready(item, context):
        if not sale.engine.suspensions():
            suspends()(sale.another())
        return True

    sale.plugins.add_condition("ready", ready)
    if by == "conditions":
        report = sale.engine.run_conditions()
        assert (report.moved, report.blocked, report.failed) == (0, [], [])
    else:
        report = sale.trigger_state("check", "open") if by == "state" else sale.trigger("check", opened)
        assert (report.moved, codes(report.blocked)) == (0, {opened: "item_suspended"})
    assert sale.state(opened) == "open"


def test_a_command_that_was_called_before_is_finished_and_nothing_follows(sale, opened):
    reports = []
    sale.command("charge", does=lambda *_: reports.append(suspends()(sale.another())))
    sale.engine.suspend(Selection(process="Sale", state="paid"), reason="the step after")
    assert sale.trigger("pay", opened).moved == 1
    assert reports[0].in_flight == 1
    assert (sale.state(opened), sale.engine.run_timeouts().moved) == ("paid", 0)
    resumes("paid")(sale.engine)
    assert (sale.engine.run_timeouts().moved, sale.state(opened)) == (1, "sent")


def test_a_transactional_command_is_before_as_a_whole(sale, opened):
    sale.command("charge", transactional=True)
    chosen = Selection(items=(opened,))
    at_once(sale, lambda engine: engine.trigger("pay", chosen), "moving_claims", suspends())
    assert sale.path(opened)[:3] == ["new", "open", "paid"]


def test_a_part_that_goes_with_a_step_in_flight_is_suspended_with_its_item(sale, opened):
    (other,) = sale.place("tea-1 2")
    sale.trigger("start", other)
    (before,) = sale.part("pay", other, 1).parts

    def charge(item, context):
        sale.another().suspend(Selection(items=(item.id,)), reason="looked into")
        return CommandResult(quantities={item.id: 1})

    sale.command("charge", does=charge)
    (part,) = sale.trigger("pay", opened).parts
    assert sale.states(opened, part.item) == ["open", "paid"]
    assert sale.engine.run_timeouts().moved == 0
    sale.forward(HOUR)
    assert sale.engine.run_timeouts().moved == 0
    assert [one.items for one in sale.engine.suspensions()] == [2]
    assert sale.engine.item(before.item).item.suspended is None
    sale.engine.resume(Selection(items=(opened,)), reason="all is well")
    assert sale.engine.run_timeouts().moved == 1
    assert sale.state(part.item) == "sent"


def test_items_of_a_call_that_is_repeated_are_left_out_while_they_are_suspended(sale):
    charge = sale.command("charge", Scope.ORDER, lambda *_: 1 / 0)
    sale.plugins.add_constant("ready", False)
    first, second = sale.place("tea-1", "tea-1")
    sale.trigger("start", first, second)
    sale.trigger("pay", first, second)
    sale.engine.suspend(Selection(items=(second,)), reason="looked into")
    sale.command("charge", Scope.ORDER)
    report = sale.trigger("pay", first)
    assert (report.moved, sale.states(first, second)) == (1, ["sent", "open"])
    assert charge.members == [(first, second)]


def test_of_two_who_suspend_the_same_one_is_told_by_the_other(sale, opened):
    with pytest.raises(AlreadySuspended):
        at_once(sale, suspends(), "insert_suspensions", suspends())
    assert len(sale.engine.suspensions()) == 1


def test_of_two_who_resume_the_same_one_is_told_by_the_other(sale, opened):
    suspends()(sale.engine)
    sale.forward(HOUR)
    with pytest.raises(NotSuspended):
        at_once(sale, resumes(), "end_suspensions", resumes())
    assert (sale.timeouts(opened)["expire"].hour, sale.engine.suspensions()) == (1, [])


ROUNDS = 4


def test_however_many_move_items_nothing_moves_once_it_is_suspended(make_shop):
    """Threads trigger and run timeouts; once a suspension is told, no step is taken until it is resumed."""
    world = make_shop(execution={"chunk": 7}).stocked(tea_1=1000)
    world.deploy("""
        states new a* b*
        new -> a : go
        a -> b : tick
        b -> a : tick
        event tick timeout=1hour
    """)
    items = world.place_many(40)
    world.trigger("go", *items)
    world.forward(DAY)
    stop, wrong = threading.Event(), []

    def moves(engine, act):
        while not stop.is_set():
            try:
                act(engine)
            except Exception as error:
                wrong.append(error)
                return

    every = Selection(items=tuple(items))
    acts = [lambda engine: engine.trigger("tick", every), lambda engine: engine.run_timeouts()]
    movers = [threading.Thread(target=moves, args=(world.another(), act)) for act in acts]
    for mover in movers:
        mover.start()
    steps = "SELECT id, step FROM order_item ORDER BY id"
    try:
        for _ in range(ROUNDS):
            world.engine.suspend(Selection(process="Sale"), reason="a recall")
            before = world.query(steps)
            for _ in range(3):
                report = world.trigger("tick", *items)
                assert (report.moved, len(report.blocked)) == (0, len(items))
            assert world.query(steps) == before
            world.engine.resume(Selection(process="Sale"), reason="all is well", timeouts="fire")
            world.trigger("tick", *items)
    finally:
        stop.set()
        for mover in movers:
            mover.join()
    assert (wrong, world.drift()) == ([], [])
    assert world.query(steps) != before
