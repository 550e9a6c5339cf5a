"""Choosing among the transitions of a state and event."""

from __future__ import annotations

import pytest

from tests.helpers.shop import codes

WAYS = """
    states new else one two other
    new -> else : go
    new -> one : go [first]
    new -> two : go [second]
    new -> other : go
"""


@pytest.mark.parametrize(
    ("first", "second", "existing", "own"),
    [
        (False, False, "else", "else"),
        (True, False, "one", "one"),
        (False, True, "two", "two"),
        (True, True, "two", "one"),
    ],
)
def test_of_true_conditions_the_last_wins_in_existing_files_and_the_first_in_own_ones(
    shop, first, second, existing, own
):
    shop.condition("first", first)
    shop.condition("second", second)
    shop.deploy(WAYS)
    shop.deploy(WAYS, name="Own", own=True)
    items = [*shop.place(), *shop.place(process="Own")]
    assert shop.fire("go", *items).moved == 2
    assert shop.states(*items) == [existing, own]


@pytest.mark.parametrize("own", [False, True])
def test_every_condition_is_asked_and_noted_also_when_the_way_is_clear(shop, own):
    first, second = shop.condition("first"), shop.condition("second")
    shop.deploy(WAYS, own=own)
    (item,) = shop.place()
    shop.fire("go", item)
    assert (first.calls, second.calls) == ([(item,)], [(item,)])
    assert shop.engine.history(item)[-1].conditions == {"first": True, "second": True}


@pytest.mark.parametrize("answer", [1, "yes", None, [1]])
def test_only_true_is_true_and_what_is_no_bool_is_a_failure(shop, answer):
    shop.condition("first", answer)
    shop.condition("second", False)
    shop.deploy(WAYS)
    (item,) = shop.place()
    report = shop.fire("go", item)
    assert codes(report.failed) == {item: "condition_failed"}
    assert "which is not a bool" in report.failed[0].message
    assert shop.states(item) == ["new"]


def test_when_no_way_is_open_the_item_stays_and_nothing_of_it_changes_but_the_log(shop):
    charge = shop.command("charge")
    shop.condition("ready", False)
    shop.deploy("""
        states new open* done
        new -> open : begin
        open -> open : charge [ready]
        open -> done : go [ready]
        event charge onEnter command=charge
    """)
    (item,) = shop.place()
    shop.fire("begin", item)
    since = shop.shown(item).state_since
    shop.later(hours=1)
    report = shop.fire("go", item)
    assert (report.examined, report.moved, report.stayed, report.refused) == (1, 0, 1, False)
    assert (shop.states(item), shop.shown(item).state_since) == (["open"], since)
    assert charge.calls == [(item,)]
    assert shop.moves(item) == ["new", "open"]
    last = shop.engine.history(item)[-1]
    assert (last.outcome, last.source, last.target) == ("condition_false", "open", None)
    assert last.conditions == {"ready": False}


def test_a_condition_that_raises_holds_back_only_the_items_it_was_asked_about(shop):
    ready = shop.condition("ready")
    work = shop.command("work", per="order")
    shop.deploy("states new done\nnew -> done : go [ready]\nevent go command=work")
    broken, other = shop.place("green", "green")
    later = shop.place()
    ready.does = lambda item, _: item.id != broken or 1 / 0
    report = shop.fire("go", broken, other, *later)
    assert codes(report.failed) == {broken: "condition_failed"}
    assert shop.states(broken, other, *later) == ["new", "done", "done"]
    assert len(work.calls) == 2


def test_a_condition_that_nobody_registers_leaves_its_items_alone(shop):
    work = shop.command("work")
    shop.deploy("states new done\nnew -> done : go [missing]\nevent go command=work")
    (item,) = shop.place()
    assert codes(shop.fire("go", item).failed) == {item: "plugin_missing"}
    assert work.calls == []


@pytest.mark.parametrize("error", [TypeError, SystemExit])
def test_whatever_a_condition_raises_may_be_mended_and_asked_again(shop, error):
    def fail(*_):
        raise error("x")

    ready = shop.condition("ready", fail)
    shop.deploy("states new done\nnew -> done : go [ready]")
    (item,) = shop.place()
    assert codes(shop.fire("go", item).failed) == {item: "condition_failed"}
    ready.does = True
    assert shop.fire("go", item).moved == 1
