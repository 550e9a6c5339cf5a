"""Timeouts: when they are due, what fires them, and what ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.helpers.plugins import fails
from tests.helpers.shop import codes

SALE = """
    states new open* late cancelled paid
    new -> open : begin
    open -> late : remind
    open -> paid : pay
    late -> cancelled : cancel
    event remind timeout=1hour
    event cancel timeout=2hours
"""


@pytest.fixture
def opened(shop):
    shop.deploy(SALE)
    (item,) = shop.place()
    shop.fire("begin", item)
    return item


def test_a_timeout_fires_once_its_time_has_come_and_not_a_moment_before(shop, opened):
    shop.later(hours=1, seconds=-1)
    assert shop.engine.run_timeouts().examined == 0
    shop.later(seconds=1)
    report = shop.engine.run_timeouts()
    assert (report.examined, report.moved, shop.states(opened)) == (1, 1, ["late"])
    last = shop.engine.history(opened)[-1]
    assert (last.trigger, last.event, last.source, last.target) == ("timeout", "remind", "open", "late")


def test_it_counts_from_entering_the_state_and_the_next_one_has_its_own_time(shop, opened):
    shop.later(days=10)
    shop.engine.run_timeouts()
    assert shop.engine.run_timeouts().examined == 0
    shop.later(hours=2)
    assert shop.engine.run_timeouts().moved == 1
    assert shop.states(opened) == ["cancelled"]


def test_leaving_the_state_ends_its_timeouts(shop, opened):
    shop.fire("pay", opened)
    shop.later(days=10)
    assert shop.engine.run_timeouts().examined == 0


def test_leaving_ends_them_whatever_the_process_file_says_by_then(shop, opened):
    shop.deploy(SALE.replace("event remind timeout=1hour", "").replace("event cancel timeout=2hours", ""))
    shop.fire("pay", opened)
    shop.later(days=10)
    assert shop.engine.run_timeouts().examined == 0


def test_an_item_keeps_the_timeout_of_its_own_version(shop, opened):
    shop.deploy(SALE.replace("remind timeout=1hour", "remind timeout=9hours"))
    shop.later(hours=1)
    assert shop.engine.run_timeouts().moved == 1


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 month", 31),
        ("2 months", 59),
        ("15 days", 15),
        ("+5 days", 5),
        ("14days", 14),
        ("1 week", 7),
        ("1 day 24 hours", 2),
        ("P1M1D", 32),
        ("1 weekday", 1),
        ("2 weekdays", 4),
    ],
)
def test_spans_are_read_as_calendar_texts(shop, text, days):
    """The shop opens on Thursday, 1 January."""
    shop.deploy(f"states new late\nnew -> late : expire\nevent expire timeout={text.replace(' ', '~')}")
    shop.place()
    shop.later(days=days, seconds=-1)
    assert shop.engine.run_timeouts().examined == 0
    shop.later(seconds=1)
    assert shop.engine.run_timeouts().moved == 1


def test_two_timeouts_of_one_state_both_count_and_the_earlier_fires_first(shop):
    shop.condition("no", False)
    shop.deploy("""
        states new one two
        new -> one : z-early [no]
        new -> two : a-late
        event z-early timeout=1hour
        event a-late timeout=90minutes
    """)
    (item,) = shop.place()
    shop.later(hours=1)
    assert shop.engine.run_timeouts().stayed == 1
    shop.later(minutes=30)
    assert shop.engine.run_timeouts().moved == 1
    assert shop.states(item) == ["two"]
    assert [step.event for step in shop.engine.history(item)] == [None, "z-early", "a-late"]


def test_a_timeout_that_leads_round_to_its_state_ends_the_others_that_were_due(shop):
    """They belonged to the stay that is over; the state that was entered anew has started them again."""
    shop.deploy("""
        states open away
        open -> away : first
        open -> away : second
        away -> open : return
        event first timeout=1hour
        event second timeout=90minutes
        event return onEnter
    """)
    (item,) = shop.place()
    shop.later(hours=2)
    report = shop.engine.run_timeouts()
    assert (report.examined, report.moved, shop.moves(item)) == (1, 1, ["open", "away", "open"])
    shop.later(hours=1)
    assert shop.engine.run_timeouts().moved == 1
    assert [step.event for step in shop.engine.history(item)] == [None, "first", "return", "first", "return"]


def test_a_processor_is_asked_about_every_item_on_its_own(shop):
    shop.processor("by-kind", lambda item, text, now: now + timedelta(hours=1 if item.sku == "green" else 5))
    shop.deploy("""
        states new open late
        new -> open : begin
        open -> late : expire
        event expire timeout=1day processor=by-kind
    """)
    green, black = shop.place("green", "black")
    shop.fire("begin", green, black)
    shop.later(hours=1)
    shop.engine.run_timeouts()
    assert shop.states(green, black) == ["late", "open"]
    shop.later(hours=4)
    shop.engine.run_timeouts()
    assert shop.states(green, black) == ["late", "late"]


def test_a_timeout_whose_condition_is_false_starts_again_instead_of_firing_in_every_run(shop):
    ready = shop.condition("ready", False)
    shop.deploy("states new late\nnew -> late : expire [ready]\nevent expire timeout=1hour")
    (item,) = shop.place()
    shop.later(hours=1)
    assert shop.engine.run_timeouts().stayed == 1
    assert shop.engine.run_timeouts().examined == 0
    ready.does = True
    shop.later(minutes=59)
    assert shop.engine.run_timeouts().examined == 0
    shop.later(minutes=1)
    assert shop.engine.run_timeouts().moved == 1
    assert shop.states(item) == ["late"]


def test_staying_on_another_event_leaves_the_timeout_as_it_is(shop):
    shop.condition("no", False)
    shop.deploy("""
        states new late done
        new -> late : expire
        new -> done : go [no]
        event expire timeout=1hour
    """)
    (item,) = shop.place()
    shop.later(minutes=50)
    shop.fire("go", item)
    shop.later(minutes=10)
    assert shop.engine.run_timeouts().moved == 1
    assert shop.states(item) == ["late"]


def test_a_timeout_whose_command_fails_is_tried_again_later_and_holds_back_nobody(shop):
    shop.command("warn", does=lambda item, _: 1 / 0 if item.sku == "green" else None)
    shop.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour command=warn")
    green, _ = shop.place("green", "black")
    shop.later(hours=1)
    report = shop.engine.run_timeouts()
    assert (report.moved, codes(report.failed)) == (1, {green: "command_failed"})
    assert shop.engine.run_timeouts().examined == 0
    shop.later(minutes=2)
    assert codes(shop.engine.run_timeouts().failed) == {green: "command_failed"}


def test_timeouts_with_several_items_of_an_order_are_one_call_per_order(shop):
    warn = shop.command("warn", per="order")
    shop.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour command=warn")
    first, second = shop.place("green", "black"), shop.place()
    shop.later(hours=1)
    assert shop.engine.run_timeouts().moved == 3
    assert sorted(warn.calls) == [tuple(first), tuple(second)]


def test_a_state_that_is_entered_again_starts_its_timeout_anew(shop):
    shop.deploy("""
        states new open late
        new -> open : begin
        open -> new : back
        open -> late : expire
        event expire timeout=1hour
    """)
    (item,) = shop.place()
    shop.fire("begin", item)
    shop.later(minutes=50)
    shop.fire("back", item)
    shop.fire("begin", item)
    shop.later(minutes=50)
    assert shop.engine.run_timeouts().examined == 0
    shop.later(minutes=10)
    assert shop.engine.run_timeouts().moved == 1


def test_a_processor_without_a_timeout_is_never_asked(shop):
    shop.processor("never", fails())
    shop.deploy("states new late\nnew -> late : expire\nevent expire manual processor=never")
    (item,) = shop.place()
    shop.later(days=10)
    assert shop.engine.run_timeouts().examined == 0
    assert shop.fire("expire", item).moved == 1


def test_the_oldest_fire_first_under_a_limit_and_stores_can_be_run_apart(shop):
    shop.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour")
    items = []
    for store in ("DE", "US", "DE"):
        items += shop.place(store=store)
        shop.later(minutes=1)
    shop.later(hours=2)
    assert shop.engine.run_timeouts(limit=1).moved == 1
    assert shop.states(*items) == ["late", "new", "new"]
    assert shop.engine.run_timeouts(store="DE").moved == 1
    assert shop.states(*items) == ["late", "new", "late"]
