"""Calls per order and per batch: a retry is for exactly the same items under the same key."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.shop import codes

SALE = """
    states new waiting paid* lost
    waiting -> new : join
    new -> waiting : leave
    new -> paid : pay
    new -> paid : rent
    new -> lost : lose
    event pay command=charge manual
    event rent command=lease manual
"""


class Flaky:
    """A command that fails as long as it is told to."""

    def __init__(self, world, name, scope=Scope.ORDER):
        self.broken = True
        self.calls = world.command(name, scope, self._call)

    def _call(self, items, context):
        if self.broken:
            raise RuntimeError("no answer")

    @property
    def log(self):
        return self.calls.log


@pytest.mark.parametrize("scope", [Scope.ORDER, Scope.BATCH])
def test_a_retry_repeats_the_call_although_another_item_joined(sale, scope):
    first, second, third = items = sale.place("tea-1", "tea-1", "tea-1")
    sale.trigger("leave", third)
    charge = Flaky(sale, "charge", scope)
    sale.trigger("pay", first, second)
    sale.trigger("join", third)
    charge.broken = False
    report = sale.trigger("pay", *items)
    assert (report.examined, report.moved) == (3, 3)
    key = charge.log[0][0]
    assert charge.log[:2] == [(key, (first, second))] * 2
    assert [members for _, members in charge.log[2:]] == [(third,)]
    assert charge.log[2][0] != key
    assert sale.query("SELECT * FROM command_run") == sale.query("SELECT * FROM command_member") == []


def test_a_retry_for_one_item_brings_the_rest_of_its_call_along(sale):
    first, second = sale.place("tea-1", "tea-1")
    charge = Flaky(sale, "charge")
    sale.trigger("pay", first, second)
    charge.broken = False
    report = sale.trigger("pay", second)
    assert charge.log[0] == charge.log[1]
    assert sale.states(first, second) == ["paid", "paid"]
    assert (report.examined, report.moved) == (2, 2)


def test_without_one_of_its_members_a_call_is_another_one(sale):
    first, second = sale.place("tea-1", "tea-1")
    charge = Flaky(sale, "charge")
    sale.trigger("pay", first, second)
    sale.trigger("lose", first)
    charge.broken = False
    assert sale.trigger("pay", second).moved == 1
    (key, members), (retried, alone) = charge.log
    assert (members, alone) == ((first, second), (second,))
    assert retried != key


def test_what_a_condition_held_back_is_repeated_under_the_same_key(world):
    world.deploy("states new paid*\nnew -> paid : pay [ok]\nevent pay command=charge manual")
    first, second = items = world.place("tea-1", "tea-1")
    charge = world.command("charge", Scope.ORDER)
    troubled = [second]
    world.plugins.add_condition("ok", lambda item, context: item.id not in troubled or 1 / 0)
    assert codes(world.trigger("pay", *items).failed) == {second: "condition_failed"}
    troubled.clear()
    assert world.trigger("pay", second).moved == 1
    assert charge.log == [(charge.keys[0], (first, second)), (charge.keys[0], (second,))]


def test_a_failed_call_of_another_event_does_not_change_whom_the_first_is_for(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    charge, lease = Flaky(sale, "charge"), Flaky(sale, "lease")
    sale.trigger("pay", *items)
    sale.trigger("rent", first)
    charge.broken = False
    assert sale.trigger("pay", *items).moved == 2
    assert [members for _, members in lease.log] == [(first,)]
    assert [members for _, members in charge.log] == [(first, second)] * 2
    assert charge.log[0] == charge.log[1]


def test_moving_on_forgets_every_call_the_item_was_part_of(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    Flaky(sale, "charge")
    sale.trigger("pay", *items)
    sale.trigger("lose", first, second)
    assert sale.query("SELECT * FROM command_run") == sale.query("SELECT * FROM command_member") == []


def test_a_call_that_lost_a_member_to_another_command_gets_a_key_of_its_own(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    charge, lease = Flaky(sale, "charge"), Flaky(sale, "lease")
    sale.trigger("pay", *items)
    lease.broken = charge.broken = False
    sale.trigger("rent", first)
    assert sale.trigger("pay", second).moved == 1
    (key, members), (other, alone) = charge.log
    assert (members, alone, key != other) == ((first, second), (second,), True)


def test_two_events_with_one_command_have_calls_of_their_own(world):
    world.deploy(SALE.replace("command=lease", "command=charge"))
    first, _ = items = world.place("tea-1", "tea-1")
    charge = Flaky(world, "charge")
    world.trigger("pay", *items)
    charge.broken = False
    assert world.trigger("rent", first).moved == 1
    (paid, _), (rented, members) = charge.log
    assert (members, paid != rented, world.states(*items)) == ((first,), True, ["paid", "new"])


@pytest.mark.parametrize("scope", [Scope.ORDER, Scope.BATCH])
def test_while_a_member_is_claimed_nobody_comes_along_who_was_not_asked_for(sale, scope):
    first, _, third = items = sale.place("tea-1", "tea-1", "tea-1")
    charge = Flaky(sale, "charge", scope)
    sale.trigger("pay", *items)
    charge.broken = False
    rival = sale.another(host="rival")
    reports = []
    sale.command("lease", does=lambda *_: reports.append(rival.trigger("pay", Selection(items=(first,)))))
    assert sale.trigger("rent", third).moved == 1
    rival.close()
    (report,) = reports
    assert [members for _, members in charge.log] == [tuple(items), (first,)]
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert sale.states(*items) == ["paid", "new", "paid"]
    assert sale.query("SELECT * FROM item_claim") == []
