"""Retrying: what failed is tried again at once, with its attempts counted from the start."""

from __future__ import annotations

import threading

import pytest

from engine.errors import InputError, ProcessNotFound, UnknownEvent, UnknownItem, UnknownOrder, UnknownState
from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR, START
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

SALE = """
    states new busy* done late other
    new -> busy : go
    new -> other : leave
    busy -> done : on
    new -> late : expire
    new -> new : nag
    new -> done [ready]
    event on onEnter command=work
    event expire timeout=1hour command=mail
    event nag timeout=1hour command=nag
"""


@pytest.fixture
def make_sale(make_shop):
    def make(**execution):
        world = make_shop(execution=execution).stocked(tea_1=1000)
        world.deploy(SALE)
        world.plugins.add_condition("ready", lambda *_: False)
        for name in ("work", "mail", "nag"):
            world.command(name)
        return world

    return make


@pytest.fixture
def sale(make_sale):
    return make_sale(retry_attempts=2)


class Flaky:
    """A command that fails as long as it is told to, under one log."""

    def __init__(self, world, name, scope=Scope.ITEM):
        self.broken = True
        self.calls = world.command(name, scope, self._call)

    def _call(self, called, context):
        if self.broken:
            raise RuntimeError("no answer")


def retry(world, *items, event=None, **selection):
    chosen = Selection(items=items, **selection) if items or selection else None
    return world.engine.retry(chosen, event=event)


def make_stuck(world, name="work", scope=Scope.ITEM, lines=("tea-1",)):
    """An order whose automatic step is stuck."""
    flaky = Flaky(world, name, scope)
    items = world.place(*lines)
    world.trigger("go", *items)
    world.forward(HOUR)
    world.engine.run_timeouts()
    return items, flaky


def test_a_stuck_automatic_step_is_taken_again_under_its_key(sale):
    (item,), work = make_stuck(sale)
    assert [one.item for one in sale.engine.stuck()] == [item]
    work.broken = False
    sale.engine.runtime.actor = "olga"
    report = retry(sale, item)
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert (sale.state(item), sale.engine.stuck()) == ("done", [])
    assert (len(work.calls.log), len(set(work.calls.keys))) == (3, 1)
    entry = sale.history(item)[-1]
    assert (entry.trigger, entry.event, entry.actor) == ("retry", "on", "olga")
    assert sale.drift() == []


def test_a_step_that_waits_for_its_next_attempt_is_taken_at_once(sale):
    work = Flaky(sale, "work")
    (item,) = sale.place()
    sale.trigger("go", item)
    assert sale.engine.run_timeouts().examined == 0
    work.broken = False
    assert retry(sale, item).moved == 1
    assert sale.state(item) == "done"


def test_a_retry_that_fails_again_has_all_attempts_before_it(sale):
    (item,), _ = make_stuck(sale)
    report = retry(sale, item)
    assert (codes(report.failed), report.stuck) == ({item: "command_failed"}, [])
    assert sale.query("SELECT attempts FROM due_step") == [(1,)]
    assert sale.engine.stuck() == []
    sale.forward(60)
    assert codes(sale.engine.run_timeouts().stuck) == {item: "command_failed"}


def test_what_died_after_the_reset_is_taken_up_by_the_next_run(sale):
    (item,), work = make_stuck(sale)

    def crash(*_):
        raise KeyboardInterrupt

    sale.command("work", does=crash)
    with pytest.raises(KeyboardInterrupt):
        retry(sale, item)
    retried = sale.command("work")
    sale.forward(61)
    sale.engine.run_timeouts()
    assert (sale.state(item), retried.keys) == ("done", work.calls.keys[:1])


@pytest.mark.parametrize("attempts", [1, 5])
def test_a_failed_timeout_fires_again(make_sale, attempts):
    sale = make_sale(retry_attempts=attempts)
    mail = Flaky(sale, "mail")
    (item,) = sale.place()
    sale.sql("DELETE FROM item_timeout WHERE event = 'nag'")
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    mail.broken = False
    report = retry(sale, item)
    assert (report.examined, report.moved, sale.state(item)) == (1, 1, "late")
    assert [(e.trigger, e.event) for e in sale.history(item)][-1] == ("retry", "expire")
    assert len(set(mail.calls.keys)) == 1


def test_a_timeout_that_stays_or_fails_again_is_armed_as_any_other(sale):
    nag = Flaky(sale, "nag")
    (item,) = sale.place()
    sale.sql("DELETE FROM item_timeout WHERE event = 'expire'")
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    assert codes(retry(sale, item).failed) == {item: "command_failed"}
    assert sale.query("SELECT attempts, due_at FROM item_timeout") == [(1, sale.clock() + 60_000_000)]
    nag.broken = False
    assert retry(sale, item).moved == 1
    assert sale.query("SELECT attempts, due_at FROM item_timeout") == [(0, sale.clock() + 3_600_000_000)]


@pytest.mark.parametrize("answer", [True, False])
def test_a_condition_is_asked_again(sale, answer):
    (item,) = sale.place()
    sale.plugins.add_condition("ready", fails())
    sale.engine.run_conditions()
    assert codes(retry(sale, item).failed) == {item: "condition_failed"}
    assert sale.query("SELECT attempts FROM sweep_failure") == [(1,)]
    sale.plugins.add_condition("ready", lambda *_: answer)
    report = retry(sale, item)
    assert (report.examined, report.moved, report.stayed) == (1, int(answer), int(not answer))
    assert sale.query("SELECT * FROM sweep_failure") == []
    assert sale.state(item) == ("done" if answer else "new")


def test_a_missing_condition_is_told(sale):
    (item,) = sale.place()
    sale.plugins.add_condition("ready", fails())
    sale.engine.run_conditions()
    del sale.plugins.conditions["ready"]
    assert codes(retry(sale, item).failed) == {item: "plugin_missing"}


def test_all_that_failed_of_an_item_is_tried_and_counted_once(sale):
    mail, nag = Flaky(sale, "mail"), Flaky(sale, "nag")
    sale.plugins.add_condition("ready", fails())
    (item,) = sale.place()
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    sale.engine.run_conditions()
    report = retry(sale, item)
    assert (report.examined, report.moved) == (1, 0)
    assert [refusal.code for refusal in report.failed] == ["command_failed"] * 2 + ["condition_failed"]
    nag.broken = False
    report = retry(sale, item)
    assert (report.examined, report.moved, len(report.failed)) == (1, 1, 1)
    mail.broken = False
    assert (retry(sale, item).moved, sale.state(item)) == (1, "late")


def test_only_the_event_that_is_named_is_tried(sale):
    mail, nag = Flaky(sale, "mail"), Flaky(sale, "nag")
    (item,) = sale.place()
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    mail.broken = nag.broken = False
    report = retry(sale, item, event="on")
    assert codes(report.blocked) == {item: "nothing_to_retry"}
    assert retry(sale, item, event="nag").moved == 1
    assert (len(mail.calls.log), len(nag.calls.log), sale.state(item)) == (1, 2, "new")


def test_items_without_a_failure_are_blocked_and_not_touched(sale):
    first, second = sale.place("tea-1", "tea-1")
    before = sale.query("SELECT * FROM item_timeout ORDER BY 1, 2")
    report = retry(sale, first, second)
    assert (report.examined, report.moved) == (2, 0)
    assert codes(report.blocked) == dict.fromkeys((first, second), "nothing_to_retry")
    assert sale.query("SELECT * FROM item_timeout ORDER BY 1, 2") == before
    assert sale.step(first) == 0


@pytest.mark.parametrize("scope", [Scope.ORDER, Scope.BATCH])
def test_a_retry_is_for_the_whole_call_whichever_item_is_named(sale, scope):
    items, work = make_stuck(sale, scope=scope, lines=("tea-1",) * 3)
    report = retry(sale, items[1])
    assert (report.examined, codes(report.failed)) == (3, dict.fromkeys(items, "command_failed"))
    assert sale.query("SELECT DISTINCT attempts FROM due_step") == [(1,)]
    work.broken = False
    assert retry(sale, items[1]).moved == 3
    assert work.calls.members == [tuple(items)] * len(work.calls.log)
    assert len(set(work.calls.keys)) == 1


@pytest.mark.parametrize("named", [True, False])
def test_a_call_across_chunks_is_made_once(make_sale, named):
    sale = make_sale(retry_attempts=2, chunk=2)
    work = Flaky(sale, "work", Scope.ORDER)
    items = sale.place(*["tea-1"] * 2) + sale.place(*["tea-1"] * 2)
    # The first call has the items 1 and 4, the second one 2 and 3.
    sale.trigger("go", *items[:2])
    sale.trigger("go", *items[2:])
    ids = {row[0]: row[1] for row in sale.query("SELECT item_id, command_run_id FROM command_member")}
    sale.sql("UPDATE command_member SET command_run_id = ? WHERE item_id = ?", ids[items[2]], items[1])
    sale.sql("UPDATE command_member SET command_run_id = ? WHERE item_id = ?", ids[items[0]], items[3])
    calls = len(work.calls.log)
    report = retry(sale, *(items if named else ()))
    assert (report.examined, report.blocked) == (4, [])
    assert codes(report.failed) == dict.fromkeys(items, "command_failed")
    assert work.calls.members[calls:] == [(items[0], items[3]), (items[1], items[2])]


def test_all_that_failed_can_be_retried_or_that_of_one_process(make_sale):
    sale = make_sale(retry_attempts=2, chunk=2)
    sale.deploy(
        "states new busy done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=work", name="B"
    )
    work = Flaky(sale, "work")
    mine = [sale.place(process="Sale")[0] for _ in range(5)]
    others = [sale.place(process="B")[0] for _ in range(3)]
    waiting = sale.place(process="Sale")
    sale.trigger("go", *mine, *others)
    work.broken = False
    report = retry(sale, process="B")
    assert (report.examined, report.moved, set(sale.states(*others))) == (3, 3, {"done"})
    report = retry(sale)
    assert (report.examined, report.moved, report.refused) == (5, 5, False)
    assert set(sale.states(*mine)) == {"done"}
    report = retry(sale)
    assert (report.examined, report.refused, sale.states(*waiting)) == (0, False, ["new"])


def test_all_of_an_event_and_all_of_a_state(make_sale):
    sale = make_sale(retry_attempts=2)
    mail, work = Flaky(sale, "mail"), Flaky(sale, "work")
    first, second = sale.place("tea-1", "tea-1")
    sale.trigger("go", first)
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    mail.broken = work.broken = False
    assert retry(sale, process="Sale", state="late").examined == 0
    assert retry(sale, event="expire").moved == 1
    assert sale.states(first, second) == ["busy", "late"]
    assert retry(sale, process="Sale", state="busy").moved == 1


def test_in_a_crowd_only_what_failed_is_tried(make_sale):
    for event, tried in ((None, "abc"), ("on", "a"), ("expire", "b")):
        sale = make_sale(retry_attempts=5, chunk=2)
        work, mail = Flaky(sale, "work"), Flaky(sale, "mail")
        items = dict(zip("dabcef", sale.place_many(6), strict=True))
        sale.trigger("go", items["a"], items["f"])
        sale.sql("UPDATE due_step SET attempts = 0 WHERE item_id = ?", items["f"])  # nobody has tried it yet
        sale.sql(
            "UPDATE item_timeout SET due_at = ? WHERE item_id = ? AND event = 'expire'", START, items["b"]
        )
        sale.engine.run_timeouts()
        sale.sql("UPDATE due_step SET attempts = 0 WHERE item_id = ?", items["f"])
        asked = []
        sale.plugins.add_condition("ready", lambda item, _, c=items["c"]: item.id == c and bool(1 / 0))
        sale.engine.run_conditions()
        sale.plugins.add_condition("ready", lambda item, _, asked=asked: bool(asked.append(item.id)))
        work.broken = mail.broken = False
        others = {item: sale.timeouts(item) for item in (items["d"], items["e"])}
        for calls in (work.calls, mail.calls):
            calls.log.clear()
        report = retry(sale, event=event)
        assert (report.examined, report.refused) == (len(tried), False)
        assert work.calls.members == ([(items["a"],)] if "a" in tried else [])
        assert mail.calls.members == ([(items["b"],)] if "b" in tried else [])
        assert asked == ([items["c"]] if "c" in tried else [])
        assert {item: sale.timeouts(item) for item in others} == others
        nothing = retry(sale, items["d"], items["f"], event=event)
        told = "nothing" if event is None else f"no {event!r}"
        assert [refusal.message for refusal in nothing.blocked] == [
            f"item {items[one]}: {told} failed that could be retried" for one in "df"
        ]
        assert (sale.states(items["d"], items["f"]), nothing.examined) == (["new", "busy"], 2)


def test_a_condition_that_raises_again_is_no_item_that_stays(sale):
    (item,) = sale.place()
    sale.plugins.add_condition("ready", fails())
    sale.engine.run_conditions()
    report = retry(sale, item)
    assert (report.examined, report.stayed, codes(report.failed)) == (1, 0, {item: "condition_failed"})


def test_orders_are_retried(sale):
    (item,), work = make_stuck(sale)
    work.broken = False
    assert retry(sale, orders=("order-1",)).moved == 1
    assert sale.state(item) == "done"


def test_an_item_that_went_round_in_circles_may_go_on(world):
    world.deploy(
        "states new a b out\nnew -> a : go\na -> b : on\nb -> a : on\na -> out : leave\nevent on onEnter"
    )
    (item,) = world.place()
    assert codes(world.trigger("go", item).stuck) == {item: "automatic_loop"}
    report = retry(world, item)
    assert (report.moved, codes(report.stuck)) == (1, {item: "automatic_loop"})
    assert world.step(item) > 200


@pytest.mark.parametrize(
    ("selection", "event", "error"),
    [
        ({"items": (4711,)}, None, UnknownItem),
        ({"orders": ("XX",)}, None, UnknownOrder),
        ({"process": "Nothing"}, None, ProcessNotFound),
        ({"process": "Sale", "state": "nowhere"}, None, UnknownState),
        ({}, None, InputError),
        ({"items": (1,), "process": "Sale"}, None, InputError),
        (None, "nothing", UnknownEvent),
    ],
)
def test_what_does_not_exist_is_refused(sale, selection, event, error):
    sale.place()
    with pytest.raises(error):
        sale.engine.retry(None if selection is None else Selection(**selection), event=event)


def test_what_somebody_works_on_is_blocked_and_the_rest_goes_on(sale):
    work = Flaky(sale, "work")
    first, second = sale.place("tea-1", "tea-1")
    sale.trigger("go", first, second)
    work.broken = False
    sale.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'host, process 7', 'on', 1, 0, ?)",
        first,
        sale.clock() + 10_000_000,
    )
    report = retry(sale, first, second)
    assert (report.examined, report.moved, codes(report.blocked)) == (2, 1, {first: "item_locked"})
    assert sale.states(first, second) == ["busy", "done"]


def test_a_retry_waits_for_whoever_works_on_the_item(make_sale):
    sale = make_sale(retry_attempts=2, lock_wait_s=20.0)
    work = Flaky(sale, "work")
    (item,) = sale.place()
    sale.trigger("go", item)
    running, go_on = threading.Event(), threading.Event()

    def slow(*_):
        running.set()
        assert go_on.wait(20)

    sale.command("work", does=slow)
    rival = sale.another(host="rival")
    thread = threading.Thread(target=rival.trigger, args=("on", Selection(items=(item,))))
    thread.start()
    assert running.wait(20)
    looked = []
    sale.engine.runtime.stop = lambda: looked.append(1) or (len(looked) > 1 and go_on.set()) or False
    report = retry(sale, item)
    thread.join()
    rival.close()
    assert (sale.state(item), report.examined, len(work.calls.log)) == ("done", 1, 1)
    assert codes(report.blocked) in ({}, {item: "nothing_to_retry"})


def test_retrying_takes_the_same_statements_for_few_and_for_many(make_sale):
    taken = []
    for count in (5, 500):
        sale = make_sale(retry_attempts=2)
        work = Flaky(sale, "work")
        items = sale.place_many(count)
        sale.engine.trigger("go", Selection(items=tuple(items)))
        work.broken = False
        taken.append(sale.statements(lambda: sale.engine.retry(Selection(items=tuple(items)))))  # noqa: B023
        assert set(sale.states()) == {"done"}
    assert taken[0] == taken[1]
