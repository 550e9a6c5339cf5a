"""Claims: while a command works on items nobody else touches them, and nothing has to be cleared afterwards."""

from __future__ import annotations

import threading

import pytest

from engine.requests import Selection
from tests.helpers.shop import codes

SALE = """
    states new charged cancelled done
    new -> charged : pay
    new -> cancelled : cancel
    new -> done [ready]
    new -> cancelled : expire
    event pay command=charge
    event expire timeout=1hour
"""


class Killed(KeyboardInterrupt):
    """The end of the process, as far as the engine can tell."""


@pytest.fixture
def meanwhile(shop):
    """Does something through another engine while the command works; returns what came of it, in a list."""

    def arrange(does):
        came = []
        other = []
        charge.does = lambda *_: came.append(does(other[0]))
        other.append(shop.another())
        return came

    charge = shop.command("charge", per="order")
    shop.condition("ready")
    shop.deploy(SALE)
    return arrange


def test_a_second_caller_waits_and_is_then_told_who_is_at_work_and_until_when(shop, meanwhile):
    item, free = shop.place("green", "green")
    reports = meanwhile(lambda other: other.trigger("cancel", Selection(items=(item, free))))
    assert shop.fire("pay", item).moved == 1
    assert reports[0].moved == 1
    assert codes(reports[0].blocked) == {item: "item_locked"}
    assert "is claimed by" in reports[0].blocked[0].message
    assert "for the event 'pay' until 2026-01-01T00:01:00" in reports[0].blocked[0].message
    assert shop.states(item, free) == ["charged", "cancelled"]


def test_a_caller_that_may_wait_comes_after_the_one_at_work(shop):
    shop.rules["execution"]["lock_wait_s"] = 60.0
    charge = shop.command("charge")
    shop.deploy("""
        states new charged sent
        new -> charged : pay
        charged -> sent : send
        new -> sent : send
        event pay command=charge
    """)
    (item,) = shop.place()
    came = []
    second = threading.Thread(
        target=lambda: came.append(shop.another().trigger("send", Selection(items=(item,))))
    )

    def work(*_):
        second.start()
        second.join(0.3)

    charge.does = work
    assert shop.fire("pay", item).moved == 1
    second.join()
    assert (came[0].moved, came[0].refused) == (1, False)
    assert shop.moves(item) == ["new", "charged", "sent"]


@pytest.mark.parametrize("run", ["run_conditions", "run_timeouts"])
def test_background_runs_pass_over_it_and_do_the_rest(shop, meanwhile, run):
    item, free = shop.place("green", "green")
    shop.later(hours=1)
    reports = meanwhile(lambda other: getattr(other, run)())
    assert shop.fire("pay", item).moved == 1
    assert (reports[0].moved, reports[0].refused) == (1, False)
    assert shop.states(item) == ["charged"]
    assert shop.states(free) != ["new"]


def test_what_a_killed_process_held_is_free_again_by_itself(shop, meanwhile):
    def die(_):
        raise Killed

    (item,) = shop.place()
    meanwhile(die)
    with pytest.raises(Killed):
        shop.fire("pay", item)
    assert codes(shop.fire("cancel", item).blocked) == {item: "item_locked"}
    shop.later(seconds=61)
    assert shop.fire("cancel", item).moved == 1


def test_after_a_killed_process_the_same_call_is_made_under_the_same_key(shop):
    charge = shop.command("charge", per="order", does=lambda *_: (_ for _ in ()).throw(Killed()))
    shop.condition("ready")
    shop.deploy(SALE)
    items = shop.place("green", "green")
    with pytest.raises(Killed):
        shop.fire("pay", *items)
    shop.later(seconds=61)
    charge.does = None
    assert shop.fire("pay", *items).moved == 2
    assert charge.calls == [tuple(items), tuple(items)]
    assert charge.contexts[0].key == charge.contexts[1].key


def test_a_command_that_takes_longer_than_its_claim_and_lost_it_changes_nothing(shop, meanwhile):
    def too_long(other):
        shop.later(seconds=61)
        return other.trigger("cancel", Selection(items=(item,)))

    (item,) = shop.place()
    reports = meanwhile(too_long)
    late = shop.fire("pay", item)
    assert reports[0].moved == 1
    assert (late.moved, codes(late.failed)) == (0, {item: "state_changed"})
    assert shop.states(item) == ["cancelled"]


def test_an_item_that_is_not_claimed_is_moved_as_it_is_then_and_not_as_it_was_seen(shop):
    """The state that counts is the one under the lock: a caller with an old view moves nothing twice."""
    shop.deploy("states new a b\nnew -> a : go\nnew -> b : go-elsewhere")
    (item,) = shop.place()
    other = shop.another()
    assert other.trigger("go", Selection(items=(item,))).moved == 1
    assert codes(shop.fire("go-elsewhere", item).blocked) == {item: "event_not_available"}
