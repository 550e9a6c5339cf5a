"""Firing an event for items: which of them take it, and what becomes of the others."""

from __future__ import annotations

import pytest

from engine.errors import UnknownEvent, UnknownItem, UnknownOrder
from engine.requests import Selection
from tests.helpers.shop import codes

TWO_STEPS = """
    states new packed sent
    new -> packed : pack
    packed -> sent : send
"""


def test_unknown_items_and_orders_are_named_and_nothing_is_done(shop):
    shop.deploy(TWO_STEPS)
    (item,) = shop.place()
    with pytest.raises(UnknownItem, match=r"98.*99"):
        shop.fire("pack", item, 99, 98)
    with pytest.raises(UnknownOrder, match="order-7"):
        shop.engine.trigger("pack", Selection(orders=("order-1", "order-7")))
    assert shop.states(item) == ["new"]


def test_an_event_that_no_process_has_is_refused_with_one_that_is_close(shop):
    shop.deploy(TWO_STEPS)
    with pytest.raises(UnknownEvent, match="did you mean 'pack'"):
        shop.fire("pakc", *shop.place())


def test_an_item_whose_state_lacks_the_event_is_told_and_the_others_move(shop):
    shop.deploy(TWO_STEPS)
    ready, early = shop.place("green", "green")
    shop.fire("pack", ready)
    report = shop.fire("send", ready, early)
    assert (report.examined, report.moved, report.refused) == (2, 1, True)
    assert codes(report.blocked) == {early: "event_not_available"}
    assert report.blocked[0].message == (
        f"item {early}: the state 'new' of 'Sale' has no event 'send'; it has: pack"
    )
    assert shop.states(ready, early) == ["sent", "new"]
    assert shop.outcomes(early) == ["placed"]


def test_an_item_that_is_named_twice_takes_the_event_once(shop):
    work = shop.command("work")
    shop.deploy("states new done\nnew -> done : go\nevent go command=work")
    (item,) = shop.place()
    report = shop.engine.trigger("go", Selection(items=(item, item), orders=("order-1",)))
    assert (report.examined, report.moved, work.calls) == (1, 1, [(item,)])


@pytest.mark.parametrize("flags", ["", "manual", "onEnter", "timeout=5days", "onEnter manual timeout=5days"])
def test_who_is_meant_to_fire_an_event_restricts_nobody(shop, flags):
    shop.deploy(f"""
        states new open done
        new -> open : begin
        open -> done : go
        event go {flags}
        event begin
    """)
    (item,) = shop.place()
    shop.fire("begin", item)
    if "onEnter" not in flags:
        assert shop.fire("go", item).moved == 1
    assert shop.states(item) == ["done"]


def test_an_automatic_event_that_failed_can_be_fired_by_hand(shop):
    charge = shop.command("charge", does=lambda *_: 1 / 0)
    shop.deploy("states new paid\nnew -> paid : pay\nevent pay onEnter command=charge")
    (item,) = shop.place()
    charge.does = None
    assert shop.fire("pay", item).moved == 1
    assert shop.states(item) == ["paid"]


def test_items_of_several_orders_and_processes_follow_their_own_process(shop):
    shop.deploy(TWO_STEPS)
    shop.deploy("states begun boxed\nbegun -> boxed : pack", name="Gift")
    items = [*shop.place(), *shop.place(process="Gift"), *shop.place()]
    report = shop.fire("pack", *items)
    assert (report.examined, report.moved) == (3, 3)
    assert shop.states(*items) == ["packed", "boxed", "packed"]


def test_what_the_caller_gives_reaches_commands_conditions_and_automatic_steps(shop):
    pack, send = shop.command("pack"), shop.command("send", per="order")
    ready = shop.condition("ready", does=lambda item, context: context.data["by"] == "olga")
    shop.deploy("""
        states new packed sent
        new -> packed : pack [ready]
        packed -> sent : send
        event pack command=pack
        event send onEnter command=send
    """)
    (item,) = shop.place()
    shop.fire("pack", item, by="olga")
    assert shop.states(item) == ["sent"]
    for plugin in (pack, ready, send):
        assert [dict(context.data) for context in plugin.contexts] == [{"by": "olga"}]


def test_a_plugin_cannot_change_what_the_caller_or_the_order_gave(shop):
    meddler = shop.command("meddle", does=lambda item, context: context.data.update(by="nobody"))
    shop.deploy("states new done\nnew -> done : go\nevent go command=meddle")
    (item,) = shop.place(gift=True)
    assert codes(shop.fire("go", item, by="olga").failed) == {item: "command_failed"}
    meddler.does = lambda item, context: item.order_data.update(gift=False)
    assert codes(shop.fire("go", item, by="olga").failed) == {item: "command_failed"}
    meddler.does = lambda item, context: {"order": item.order_data, "given": context.data}
    assert shop.fire("go", item, by="olga").moved == 1


def test_the_command_line_fires_events_for_items_orders_and_whole_states(shop, earmark, monkeypatch):
    shop.deploy(TWO_STEPS)
    first, second = shop.place("green", "black")
    shop.place()
    monkeypatch.setenv("EARMARK_DATABASE_URL", shop.url)
    by_item = earmark("trigger", "pack", "--item", first, "--json").shaped("move")
    by_order = earmark("trigger", "pack", "--order", "order-1", "--json", code=1).shaped("move")
    whole = ("--process", "Sale", "--state", "new", "--data", '{"a": 1}')
    by_state = earmark("trigger", "pack", *whole, "--json").shaped("move")
    assert (by_item["examined"], by_item["moved"]) == (1, 1)
    assert (by_order["moved"], [entry["item"] for entry in by_order["blocked"]]) == (1, [first])
    assert (by_state["examined"], by_state["moved"]) == (1, 1)
    assert shop.states(first, second) == ["packed", "packed"]
