"""Commands: whom one call is for, what it returns, and what goes on when it fails."""

from __future__ import annotations

import pytest

from engine.hooks import CommandResult
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

PACKING = """
    states new waiting packed sent
    new -> packed : pack
    waiting -> packed : pack
    new -> waiting : wait
    packed -> sent : send
    event pack command=pack
"""


def test_a_command_per_order_is_called_once_for_the_items_of_each_order(shop):
    pack = shop.command("pack", per="order")
    shop.deploy(PACKING)
    first, second = shop.place("green", "black", "green"), shop.place("green", "green")
    assert shop.fire("pack", *second, *first).moved == 5
    assert sorted(pack.calls) == [tuple(first), tuple(second)]


def test_items_of_one_order_in_different_states_are_different_calls(shop):
    pack = shop.command("pack", per="order")
    shop.deploy(PACKING)
    one, two, three = shop.place("green", "green", "green")
    shop.fire("wait", two)
    shop.fire("pack", one, two, three)
    assert sorted(pack.calls) == [(one, three), (two,)]
    assert sorted(pack.states) == [("new", "new"), ("waiting",)]


def test_only_items_that_can_take_the_event_are_in_the_call(shop):
    pack = shop.command("pack", per="order")
    shop.deploy(PACKING)
    one, two = shop.place("green", "green")
    shop.fire("pack", one)
    shop.fire("pack", one, two)
    assert pack.calls == [(one,), (two,)]


def test_a_command_per_item_is_called_for_each(shop):
    pack = shop.command("pack")
    shop.deploy(PACKING)
    items = shop.place("green", "green")
    shop.fire("pack", *items)
    assert pack.calls == [(item,) for item in items]


def test_an_event_without_a_command_just_moves(shop):
    shop.command("pack")
    shop.deploy(PACKING)
    (item,) = shop.place()
    shop.fire("pack", item)
    assert shop.fire("send", item).moved == 1


def test_the_items_that_a_command_returns_go_on_and_the_others_stay(shop):
    pack = shop.command("pack", per="order", does=lambda items, _: CommandResult(items=[items[0].id]))
    ready = shop.condition("ready")
    shop.deploy(PACKING.replace("new -> packed : pack", "new -> packed : pack [ready]"))
    one, two = shop.place("green", "green")
    report = shop.fire("pack", one, two)
    assert (report.examined, report.moved, report.stayed, report.refused) == (2, 1, 1, False)
    assert shop.states(one, two) == ["packed", "new"]
    assert (pack.calls, ready.calls) == ([(one, two)], [(one,)])
    assert shop.outcomes(two) == ["placed", "left_out"]


def test_a_command_cannot_bring_in_items_that_nobody_claimed_for_it(shop):
    strangers = []
    shop.command("pack", per="order", does=lambda items, _: CommandResult(items=strangers))
    shop.deploy(PACKING)
    (item,) = shop.place()
    strangers += shop.place()
    report = shop.fire("pack", item)
    assert codes(report.failed) == {item: "command_failed"}
    assert "not the ids of items of the call" in report.failed[0].message
    assert shop.states(item, *strangers) == ["new", "new"]


def test_a_command_per_order_that_fails_holds_back_that_order_only(shop):
    orders = []
    shop.command("pack", per="order", does=lambda items, _: 1 / 0 if items[0].id == orders[0] else None)
    shop.deploy(PACKING)
    orders += shop.place("green", "green")
    others = shop.place("green", "green")
    report = shop.fire("pack", *orders, *others)
    assert report.moved == 2
    assert codes(report.failed) == dict.fromkeys(orders, "command_failed")
    assert shop.states(*orders, *others) == ["new", "new", "packed", "packed"]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_command_per_item_that_fails_holds_back_that_item_only_whatever_comes_after(shop, failing):
    """In particular a later success does not hide an earlier failure from the caller."""
    items = []
    shop.command("pack", does=lambda item, _: 1 / 0 if item.id == items[failing] else None)
    shop.deploy(PACKING)
    items += shop.place("green", "green", "green")
    report = shop.fire("pack", *items)
    assert (report.moved, report.refused) == (2, True)
    assert codes(report.failed) == {items[failing]: "command_failed"}
    assert shop.states(*items).count("packed") == 2
    assert [shop.outcomes(item)[-1] for item in items].count("failed") == 1


def test_the_failure_tells_what_the_command_said(shop):
    shop.command("pack", does=fails("the printer is on fire"))
    shop.deploy(PACKING)
    (item,) = shop.place()
    shop.fire("pack", item)
    assert shop.engine.history(item)[-1].error == "command_failed: pack: RuntimeError: the printer is on fire"


@pytest.mark.parametrize("returned", [None, {"parcel": 17}])
def test_a_command_may_return_data_or_nothing(shop, returned):
    shop.command("pack", does=lambda *_: returned)
    shop.deploy(PACKING)
    assert shop.fire("pack", *shop.place()).moved == 1


@pytest.mark.parametrize("error", [TypeError, RuntimeError, KeyError, SystemExit])
@pytest.mark.parametrize("transactional", [False, True])
def test_whatever_a_command_raises_is_a_failure_of_its_own_items_which_are_free_at_once(
    shop, error, transactional
):
    def fail(*_):
        raise error("x")

    pack = shop.command("pack", does=fail, transactional=transactional)
    shop.deploy(PACKING)
    (item,) = shop.place()
    assert codes(shop.fire("pack", item).failed) == {item: "command_failed"}
    pack.does = None
    assert shop.fire("pack", item).moved == 1


def test_the_command_runs_before_the_conditions_and_its_item_may_then_stay(shop):
    seen = []
    shop.command("pack", does=lambda *_: seen.append("command"))
    shop.condition("ready", does=lambda *_: bool(seen.append("condition")))
    shop.deploy("states new packed\nnew -> packed : pack [ready]\nevent pack command=pack")
    (item,) = shop.place()
    report = shop.fire("pack", item)
    assert seen == ["command", "condition"]
    assert (report.moved, report.stayed, shop.states(item)) == (0, 1, ["new"])
    assert shop.engine.history(item)[-1].command == "pack"


def test_a_command_that_nobody_registers_leaves_its_items_alone_and_keeps_nobody(shop):
    shop.deploy(PACKING)
    shop.deploy("states new packed\nnew -> packed : pack", name="Plain")
    (item,), (other,) = shop.place(), shop.place(process="Plain")
    report = shop.fire("pack", item, other)
    assert codes(report.failed) == {item: "plugin_missing"}
    assert shop.states(item, other) == ["new", "packed"]
    assert shop.outcomes(item) == ["placed"]
