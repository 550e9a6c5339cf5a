"""Claims: what excludes others while a command runs, and what happens to those who come late."""

from __future__ import annotations

import os
import threading

import pytest

from engine.errors import ItemLocked
from engine.hooks import Scope
from engine.moving.lease import WHY_LOST
from engine.requests import Selection
from tests.helpers.shop import codes

HOLDER = f"host, process {os.getpid()}"

SALE = """
    states new paid* shipped* lost
    new -> paid : pay
    new -> lost : lose
    new -> lost
    paid -> shipped : ship
    event pay command=charge manual
"""


class Rival:
    """A second host that does something while the first one's command runs, once."""

    def __init__(self, world, action):
        self.engine = world.another(host="rival")
        self.action = action
        self.result = None
        self.done = False

    def __call__(self, *_arguments):
        if not self.done:
            self.done = True
            self.result = self.action(self.engine)


@pytest.fixture
def rival(sale):
    made = []

    def make(action):
        made.append(Rival(sale, action))
        return made[-1]

    yield make
    for one in made:
        one.engine.close()


def test_a_second_caller_is_told_who_holds_the_item_and_until_when(sale, rival):
    (item,) = sale.place()
    other = rival(lambda engine: engine.trigger("lose", Selection(items=(item,))))
    sale.command("charge", does=other)
    assert sale.trigger("pay", item).moved == 1
    (blocked,) = other.result.blocked
    assert (blocked.item, blocked.code) == (item, "item_locked")
    assert blocked.parameters == {"holder": HOLDER, "expires_at": "2026-01-01T00:01:00Z"}
    assert blocked.message == (
        f"item {item} is claimed by {HOLDER} for the event 'pay' until 2026-01-01T00:01:00Z"
    )
    assert (other.result.examined, other.result.moved, sale.state(item)) == (1, 0, "paid")


def test_only_the_claimed_items_wait(sale, rival):
    first, second = sale.place("tea-1", "tea-1")
    other = rival(lambda engine: engine.trigger("lose", Selection(items=(first, second))))
    sale.command("charge", does=other)
    sale.trigger("pay", first)
    assert (other.result.examined, other.result.moved) == (2, 1)
    assert codes(other.result.blocked) == {first: "item_locked"}
    assert sale.states(first, second) == ["paid", "lost"]


def test_a_direct_call_waits_for_the_claim_and_goes_on(sale):
    patient = sale.another(host="patient", execution={"lock_wait_s": 20.0})
    (item,) = sale.place()
    running, answered = threading.Event(), threading.Event()

    def charge(*_):
        running.set()
        assert answered.wait(20)

    sale.command("charge", does=charge)
    payer = threading.Thread(target=sale.trigger, args=("pay", item))
    payer.start()
    assert running.wait(20)
    reports = []
    waiter = threading.Thread(
        target=lambda: reports.append(patient.trigger("ship", Selection(items=(item,))))
    )
    waiter.start()
    answered.set()
    payer.join()
    waiter.join()
    patient.close()
    # The rival came before or after the move; in no case was it refused for the claim.
    (report,) = reports
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert sale.state(item) == "shipped"


def test_an_expired_claim_is_taken_over_and_the_late_worker_changes_nothing(sale, rival):
    (item,) = sale.place()

    def overtake(engine):
        sale.forward(61)
        return engine.trigger("pay", Selection(items=(item,)))

    other = rival(overtake)
    calls = sale.command("charge", does=other)
    report = sale.trigger("pay", item)
    assert (other.result.moved, report.moved) == (1, 0)
    assert codes(report.failed) == {item: "state_changed"}
    assert calls.keys == [f"item {item} step 0 pay"] * 2
    assert (sale.state(item), sale.step(item)) == ("paid", 1)
    assert [entry.host for entry in sale.history(item)] == ["host", "rival"]
    assert sale.drift() == []


def test_whoever_took_over_a_claim_is_the_one_who_is_told_of(sale, rival):
    sale.deploy(SALE + "\npaid -> lost : refund\nevent refund command=refund manual")
    (item,) = sale.place()
    told = []

    def refund(*_):
        told.extend(sale.trigger("ship", item).blocked)
        told.extend(wait for wait in sale.engine.why(item).waits if wait.kind == "claim")

    def give_back(engine):
        return engine.trigger("refund", Selection(items=(item,)))

    sale.command("charge")
    sale.trigger("pay", item)
    sale.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 'old', 'somebody', 'ship', 1, ?, ?)",
        item,
        sale.clock() - 90_000_000,
        sale.clock() - 30_000_000,
    )
    sale.command("refund", does=refund)
    other = rival(give_back)
    other()
    assert (other.result.moved, sale.state(item)) == (1, "lost")
    blocked, wait = told
    holder = f"rival, process {os.getpid()}"
    assert blocked.message == (
        f"item {item} is claimed by {holder} for the event 'refund' until 2026-01-01T00:01:00Z"
    )
    assert wait.text.startswith(
        f"{holder} has been working on the event 'refund' since 2026-01-01 00:00:00Z; "
    )


def test_a_late_worker_loses_also_while_the_one_who_took_over_is_still_at_work(sale):
    (item,) = sale.place()
    rival = sale.another(host="rival")
    entered, leave = threading.Event(), threading.Event()
    reports = []
    thread = threading.Thread(
        target=lambda: reports.append(rival.trigger("pay", Selection(items=(item,)))), daemon=True
    )

    def charge(one, context):
        if not thread.ident:
            sale.forward(61)
            thread.start()
            assert entered.wait(20)
        else:
            entered.set()
            assert leave.wait(20)

    sale.command("charge", does=charge)
    report = sale.trigger("pay", item)
    assert (report.moved, codes(report.failed), sale.state(item)) == (0, {item: "claim_lost"}, "new")
    leave.set()
    thread.join()
    rival.close()
    assert (reports[0].moved, sale.state(item)) == (1, "paid")
    assert [entry.host for entry in sale.history(item)] == ["host", "rival"]


def test_a_late_worker_that_failed_is_told_once_and_counts_no_attempt_for_others(world):
    world.deploy(
        "states new busy* done\nnew -> busy : start\nbusy -> done : on\nevent on onEnter command=work"
    )
    first, second = items = world.place("tea-1", "tea-1")
    rival = world.another(host="rival")
    attempts = []

    def work(*_):
        attempts.append(1)
        if len(attempts) == 2:
            world.forward(61)
            rival.trigger("on", Selection(items=(first,)))
        raise RuntimeError("no")

    world.command("work", does=work)
    report = world.trigger("start", *items)
    rival.close()
    assert sorted((refusal.item, refusal.code) for refusal in report.failed) == [
        (first, "claim_lost"),
        (second, "command_failed"),
    ]
    assert world.query("SELECT item_id, attempts FROM due_step ORDER BY 1") == [(first, 1), (second, 1)]


def test_background_runs_pass_over_claimed_items(sale, rival):
    first, second = sale.place("tea-1", "tea-1")
    other = rival(lambda engine: engine.run_conditions())
    sale.command("charge", does=other)
    sale.trigger("pay", first)
    assert (other.result.moved, other.result.refused) == (1, False)
    assert sale.states(first, second) == ["paid", "lost"]


def test_a_long_command_prolongs_its_claim(sale, rival):
    (item,) = sale.place()
    other = rival(lambda engine: engine.trigger("lose", Selection(items=(item,))))

    def charge(one, context):
        sale.forward(50)
        context.extend_lease()
        sale.forward(50)
        other()

    sale.command("charge", does=charge)
    assert sale.trigger("pay", item).moved == 1
    assert codes(other.result.blocked) == {item: "item_locked"}
    assert other.result.blocked[0].parameters["expires_at"] == "2026-01-01T00:01:50Z"


def test_prolonging_a_claim_that_was_taken_over_says_so(sale, rival):
    (item,) = sale.place()
    told = []

    def overtake(engine):
        sale.forward(61)
        return engine.trigger("pay", Selection(items=(item,)))

    other = rival(overtake)

    def charge(one, context):
        if other.done:
            return
        other()
        try:
            context.extend_lease()
        except ItemLocked as error:
            told.append(error.message)

    sale.command("charge", does=charge)
    report = sale.trigger("pay", item)
    assert told == [f"the claim on item {item} was lost: {WHY_LOST}"]
    assert (report.moved, other.result.moved, sale.state(item)) == (0, 1, "paid")


def test_an_expired_claim_does_not_keep_others_from_moving_the_item(sale, rival):
    (item,) = sale.place()

    def overtake(engine):
        sale.forward(61)
        return engine.trigger("lose", Selection(items=(item,)))

    other = rival(overtake)
    sale.command("charge", does=other)
    report = sale.trigger("pay", item)
    assert (other.result.moved, codes(report.failed)) == (1, {item: "state_changed"})
    assert sale.state(item) == "lost"
    assert sale.query("SELECT * FROM item_claim") == []


def test_what_changed_while_conditions_were_asked_is_left_alone(world):
    world.deploy("states new paid* lost\nnew -> paid : pay [ok]\nnew -> lost : lose")
    other = world.another(host="rival")
    first, second = world.place("tea-1", "tea-1")
    asked = []

    def ok(item, context):
        if not asked:
            other.trigger("lose", Selection(items=(first,)))
        asked.append(item.id)
        return True

    world.plugins.add_condition("ok", ok)
    report = world.trigger("pay", first, second)
    other.close()
    assert (report.moved, codes(report.failed)) == (1, {first: "state_changed"})
    assert world.states(first, second) == ["lost", "paid"]
    assert world.drift() == []


def test_an_item_claimed_while_conditions_were_asked_is_left_alone(world):
    world.deploy("""
        states new paid* checked
        new -> paid : pay [ok]
        new -> checked : check
        event check command=inspect manual
    """)
    (item,) = world.place()
    inside, go_on = threading.Event(), threading.Event()

    def inspect(*_):
        inside.set()
        assert go_on.wait(20)

    world.command("inspect", does=inspect)
    rival = world.another(host="rival")
    thread = threading.Thread(target=rival.trigger, args=("check", Selection(items=(item,))))

    def ok(one, context):
        thread.start()
        return inside.wait(20)

    world.plugins.add_condition("ok", ok)
    report = world.trigger("pay", item)
    assert codes(report.failed) == {item: "item_locked"}
    go_on.set()
    thread.join()
    rival.close()
    assert world.state(item) == "checked"


@pytest.mark.parametrize("run", ["items", "state", "conditions"])
def test_a_condition_for_many_is_not_asked_about_nothing(sale, rival, run):
    sale.deploy(SALE + "\nnew -> lost : try [ready]\nnew -> lost [ready]")
    (item,) = sale.place()
    asked = []
    sale.plugins.add_condition("ready", lambda items, _: asked.append(len(items)) or (), Scope.BATCH)
    calls = {
        "items": lambda engine: engine.trigger("try", Selection(items=(item,))),
        "state": lambda engine: engine.trigger("try", Selection(process="Sale", state="new")),
        "conditions": lambda engine: engine.run_conditions(),
    }
    other = rival(calls[run])
    sale.command("charge", does=other)
    assert sale.trigger("pay", item).moved == 1
    assert (other.result.moved, other.result.failed, asked) == (0, [], [])


def test_a_crash_in_a_command_leaves_a_claim_that_expires_by_itself(sale):
    (item,) = sale.place()

    def crash(*_):
        raise KeyboardInterrupt

    sale.command("charge", Scope.ORDER, crash)
    with pytest.raises(KeyboardInterrupt):
        sale.trigger("pay", item)
    retry = sale.command("charge", Scope.ORDER)
    assert codes(sale.trigger("pay", item).blocked) == {item: "item_locked"}
    assert retry.log == []
    sale.forward(61)
    assert sale.trigger("pay", item).moved == 1
    assert (sale.state(item), len(retry.log)) == ("paid", 1)


PER_ORDER = """
    states new paid* lost
    new -> paid : pay
    new -> lost : lose
    event pay command=charge manual
"""


@pytest.fixture
def ticking(monkeypatch):
    """The clock by which a worker notices that a part of its lease is over; a test moves it by hand."""
    seconds = [0.0]
    monkeypatch.setattr("engine.moving.lease.monotonic", lambda: seconds[0])

    def forward(world, passed):
        seconds[0] += passed
        world.forward(passed)

    return forward


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER])
def test_the_claims_of_items_whose_turn_comes_later_are_prolonged(world, ticking, scope):
    world.deploy(PER_ORDER)
    items = world.place_many(5)
    rival = world.another(host="rival")
    stolen = []

    def charge(*_):
        ticking(world, 25)  # five calls take twice as long as the lease
        stolen.append(rival.trigger("lose", Selection(items=tuple(items))).moved)

    world.command("charge", scope, charge)
    report = world.trigger("pay", *items)
    rival.close()
    assert (stolen, report.moved, report.refused) == ([0] * 5, 5, False)


def test_a_call_whose_claim_was_lost_before_its_turn_is_not_made(world, ticking):
    world.deploy(PER_ORDER)
    first, second, third = items = world.place_many(3)
    rival = world.another(host="rival")

    def charge(item, context):
        if item.id == first:
            ticking(world, 61)  # one call that takes longer than the lease and does not prolong it
            rival.trigger("lose", Selection(items=(second,)))

    calls = world.command("charge", does=charge)
    report = world.trigger("pay", *items)
    rival.close()
    assert calls.members == [(first,), (third,)]
    assert (report.moved, codes(report.failed)) == (2, {second: "state_changed"})
    assert world.states(*items) == ["paid", "lost", "paid"]


def test_a_worker_that_lost_all_its_claims_calls_and_moves_nothing_more(world, ticking):
    world.deploy(PER_ORDER)
    first, second = items = world.place_many(2)
    rival = world.another(host="rival")

    def charge(item, context):
        if item.id == first and not rival_done:
            rival_done.append(1)
            ticking(world, 61)
            rival.trigger("pay", Selection(items=(first, second)))

    rival_done = []
    calls = world.command("charge", does=charge)
    report = world.trigger("pay", *items)
    rival.close()
    assert calls.members == [(first,), (first,), (second,)]
    assert (report.moved, codes(report.failed)) == (0, dict.fromkeys(items, "state_changed"))
    assert [world.step(item) for item in items] == [1, 1]


def test_prolonging_tells_of_the_call_in_hand_whatever_became_of_the_others(world):
    """The claims of a chunk are written with one token; each call answers for its own."""
    world.deploy(PER_ORDER)
    first, _ = items = world.place_many(2)
    rival = world.another(host="rival")
    told = []

    def charge(called, context):
        if called[0].id == first:
            world.forward(61)
            rival.trigger("lose", Selection(items=(first,)))
        try:
            context.extend_lease()
        except ItemLocked as error:
            told.append((called[0].id, error.parameters["items"]))

    world.command("charge", Scope.ORDER, charge)
    report = world.trigger("pay", *items)
    rival.close()
    assert told == [(first, [first])]
    assert (report.moved, codes(report.failed)) == (1, {first: "state_changed"})
    assert world.states(*items) == ["lost", "paid"]


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER])
def test_a_command_that_ends_with_the_loss_of_its_claim_holds_back_only_its_own_items(world, scope):
    world.deploy("states new busy* done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=work")
    first, _ = items = world.place_many(2)
    rival = world.another(host="rival")
    started = []

    def work(called, context):
        if not started:
            started.append(1)
            world.forward(61)
            rival.trigger("on", Selection(items=(first,)))
            context.extend_lease()

    world.command("work", scope, work)
    report = world.trigger("go", *items)
    rival.close()
    assert codes(report.failed) == {first: "state_changed"}
    assert world.states(*items) == ["done", "done"]
    assert world.query("SELECT * FROM due_step") == world.query("SELECT * FROM item_claim") == []
