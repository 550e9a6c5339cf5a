"""Triggering an event: what moves, what is blocked and why, and what is refused before anything is done."""

from __future__ import annotations

import pytest

from engine.errors import (
    InputError,
    PluginError,
    ProcessNotFound,
    UnknownEvent,
    UnknownItem,
    UnknownOrder,
    UnknownState,
)
from engine.requests import Selection
from tests.helpers.clock import HOUR, START
from tests.helpers.shop import codes

SALE = """
    states new paid* shipped* done cancelled
    new -> paid : pay
    new -> new : note
    paid -> shipped : ship
    shipped -> done : close
    new -> cancelled : cancel
    paid -> cancelled : cancel
    event cancel timeout=1day manual
"""


def test_an_item_moves_and_the_step_the_time_and_the_history_tell_of_it(sale):
    (item,) = sale.place("tea-1 2")
    sale.forward(HOUR)
    report = sale.trigger("pay", item)
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert (sale.state(item), sale.step(item)) == ("paid", 1)
    assert sale.since(item) == START + HOUR * 1_000_000
    entry = sale.history(item)[-1]
    assert (entry.trigger, entry.event, entry.source, entry.target) == ("api", "pay", "new", "paid")
    assert (entry.outcome, entry.error, entry.host) == ("moved", None, "host")


def test_reservation_and_availability_follow_the_item(sale):
    (item,) = sale.place("tea-1 2")
    assert (sale.reserved(), sale.held(), sale.available()) == (0, 2, 98)
    sale.trigger("pay", item)
    assert (sale.reserved(), sale.held(), sale.available()) == (2, 0, 98)
    assert sale.counted(item) == (2, 0)
    sale.trigger("ship", item)
    assert sale.available() == 98
    sale.trigger("close", item)
    assert (sale.reserved(), sale.available(), sale.available(store="AT")) == (0, 100, 100)
    assert sale.drift() == []


def test_a_hold_ends_when_no_reserved_state_can_be_reached_any_more(sale):
    (item,) = sale.place("tea-1 2")
    sale.trigger("cancel", item)
    assert (sale.counted(item), sale.held(), sale.available()) == ((0, 0), 0, 100)
    assert sale.drift() == []


def test_an_item_whose_state_does_not_know_the_event_is_blocked_with_what_it_could_take(sale):
    first, second = sale.place("tea-1", "tea-2")
    sale.trigger("pay", first)
    report = sale.trigger("ship", first, second)
    assert (report.examined, report.moved) == (2, 1)
    (blocked,) = report.blocked
    assert (blocked.item, blocked.code) == (second, "event_not_available")
    assert blocked.message == (
        f"item {second}: the state 'new' of 'Sale' has no event 'ship'; it has: pay, note, cancel"
    )
    assert blocked.parameters == {
        "state": "new",
        "process": "Sale",
        "event": "ship",
        "offered": ["pay", "note", "cancel"],
    }
    assert (sale.state(second), sale.step(second)) == ("new", 0)


def test_an_item_at_the_end_is_told_that_no_event_leaves_its_state(sale):
    (item,) = sale.place()
    sale.trigger("cancel", item)
    assert sale.trigger("pay", item).blocked[0].message.endswith("has no event 'pay'; no event leaves it")


@pytest.mark.parametrize(
    ("event", "selection", "error", "told"),
    [
        ("pay", Selection(items=(1, 77, 99)), UnknownItem, "there is no order item 77, 99"),
        ("pay", Selection(orders=("order-1", "nope")), UnknownOrder, "there is no order 'nope'"),
        (
            "pai",
            Selection(items=(1,)),
            UnknownEvent,
            "no deployed process has an event 'pai'; did you mean 'pay'?",
        ),
        ("quite-else", Selection(items=(1,)), UnknownEvent, "no deployed process has an event 'quite-else'"),
        ("pay", Selection(process="Sales", state="new"), ProcessNotFound, "no deployed process 'Sales'"),
        (
            "pay",
            Selection(process="Sale", state="gone"),
            UnknownState,
            "the process 'Sale' has no state 'gone'; it has: new, paid, shipped, done, cancelled",
        ),
        (
            "ship",
            Selection(process="Sale", state="new"),
            UnknownEvent,
            "the state 'new' of 'Sale' has no event 'ship'; it has: pay, note, cancel",
        ),
        ("pay", Selection(), InputError, "no items are selected"),
    ],
)
def test_what_does_not_exist_is_named_and_nothing_is_done(sale, event, selection, error, told):
    (item,) = sale.place()
    with pytest.raises(error) as raised:
        sale.engine.trigger(event, selection)
    assert told in raised.value.message
    assert (sale.state(item), sale.step(item), len(sale.history(item))) == ("new", 0, 1)


@pytest.mark.parametrize("chunk", [1, 100])
def test_an_id_given_twice_counts_once(make_shop, chunk):
    sale = make_shop(execution={"chunk": chunk, "lock_wait_s": 0.0}).stocked(tea_1=100)
    sale.deploy(SALE)
    (item,) = sale.place()
    report = sale.trigger("pay", item, item)
    assert (report.examined, report.moved, report.refused, sale.step(item)) == (1, 1, False, 1)


def test_orders_select_all_of_their_items(sale):
    first = sale.place("tea-1", "tea-2", reference="A")
    second = sale.place("tea-1", reference="B")
    other = sale.place("tea-1", reference="C")
    assert sale.trigger_orders("pay", "A", "B", "A").moved == 3
    assert sale.states(*first, *second, *other) == ["paid"] * 3 + ["new"]


def test_a_state_selects_everything_in_it_chunk_by_chunk(make_shop):
    sale = make_shop(execution={"chunk": 3, "lock_wait_s": 0.0}).stocked(tea_1=100)
    sale.deploy(SALE)
    items = sale.place_many(10)
    told = []
    report = sale.engine.trigger(
        "pay", Selection(process="Sale", state="new"), progress=lambda done, total: told.append((done, total))
    )
    assert (report.examined, report.moved) == (10, 10)
    assert set(sale.states(*items)) == {"paid"}
    assert told == [(3, None), (6, None), (9, None), (10, None)]
    assert sale.drift() == []


def test_a_self_transition_of_a_whole_state_takes_every_item_once(make_shop):
    sale = make_shop(execution={"chunk": 2, "lock_wait_s": 0.0}).stocked(tea_1=100)
    sale.deploy(SALE)
    items = sale.place_many(5)
    assert sale.trigger_state("note", "new").moved == 5
    assert [sale.step(item) for item in items] == [1] * 5


def test_a_stop_ends_after_the_chunk_in_hand_and_says_so(make_shop):
    sale = make_shop(execution={"chunk": 2, "lock_wait_s": 0.0}).stocked(tea_1=100)
    sale.deploy(SALE)
    items = sale.place_many(5)
    asked = iter([False, True])
    sale.engine.runtime.stop = lambda: next(asked, True)
    report = sale.trigger("pay", *items)
    assert (report.complete, report.moved) == (False, 2)
    assert sale.states(*items) == ["paid"] * 2 + ["new"] * 3


def test_one_call_moves_items_of_several_processes_states_and_versions(sale):
    (old,) = sale.place()
    sale.deploy(SALE.replace("new -> paid : pay", "new -> shipped : pay"))
    (new,) = sale.place()
    sale.deploy("states open* busy* end\nopen -> end : pay\nbusy -> end : pay", name="Repair")
    (other,) = sale.place(process="Repair")
    report = sale.trigger("pay", old, new, other)
    assert (report.examined, report.moved) == (3, 3)
    assert sale.states(old, new, other) == ["paid", "shipped", "end"]
    assert sale.drift() == []


def test_a_state_name_selects_the_items_of_every_version(sale):
    (old,) = sale.place()
    sale.deploy(SALE.replace("new -> paid : pay", "new -> shipped : pay"))
    (new,) = sale.place()
    assert sale.trigger_state("pay", "new").moved == 2
    assert sale.states(old, new) == ["paid", "shipped"]


def test_items_of_a_version_that_lacks_the_event_in_that_state_are_blocked_not_passed_over(sale):
    (old,) = sale.place()
    sale.deploy(SALE.replace("new -> paid : pay", "new -> paid : pay\nnew -> shipped : express"))
    (new,) = sale.place()
    report = sale.trigger_state("express", "new")
    assert (report.examined, report.moved) == (2, 1)
    assert codes(report.blocked) == {old: "event_not_available"}
    assert sale.states(old, new) == ["new", "shipped"]


def test_a_self_transition_counts_a_step_and_leaves_everything_else_as_it_is(world):
    world.deploy("""
        states new open* end
        new -> open : start
        open -> open : note
        open -> end : enter
        open -> end : late
        event enter onEnter command=never
        event late timeout=1day
    """)
    world.command("never", does=lambda *_: 1 / 0)
    (item,) = world.place()
    world.trigger("start", item)
    since, timeouts = world.since(item), world.timeouts(item)
    world.forward(HOUR)
    report = world.trigger("note", item)
    assert (report.moved, world.state(item), world.step(item)) == (1, "open", 2)
    assert (world.since(item), world.timeouts(item)) == (since, timeouts)
    assert [entry.event for entry in world.history(item)] == [None, "start", "enter", "note"]


def test_a_false_condition_counts_a_step_that_is_logged_and_changes_nothing_else(world):
    world.deploy("""
        states new open* end
        new -> open : start
        open -> end : close [ready]
        open -> end : late
        event late timeout=1day
    """)
    world.plugins.add_condition("ready", lambda item, context: False)
    (item,) = world.place()
    world.trigger("start", item)
    since, timeouts = world.since(item), world.timeouts(item)
    world.forward(HOUR)
    report = world.trigger("close", item)
    assert (report.examined, report.moved, report.stayed, report.refused) == (1, 0, 1, False)
    assert (world.state(item), world.step(item)) == ("open", 2)
    assert (world.since(item), world.timeouts(item)) == (since, timeouts)
    entry = world.history(item)[-1]
    assert (entry.event, entry.source, entry.target, entry.outcome) == (
        "close",
        "open",
        None,
        "condition_false",
    )
    assert entry.conditions == {"ready": False}


def test_what_one_call_sets_off_shares_a_correlation(world):
    world.deploy("states a b* c\na -> b : go\nb -> c : on\nevent on onEnter")
    (item,) = world.place()
    world.trigger("go", item)
    placed, went, entered = world.history(item)
    assert went.correlation == entered.correlation != placed.correlation
    assert (entered.trigger, entered.event) == ("on-enter", "on")


def test_a_failing_reservation_handler_undoes_the_move(sale):
    (item,) = sale.place()
    sale.plugins.handlers.append(lambda changes, work: 1 / 0)
    with pytest.raises(PluginError, match=r"reservation handler .* ZeroDivisionError"):
        sale.trigger("pay", item)
    assert (sale.state(item), sale.step(item), sale.counted(item)) == ("new", 0, (0, 1))
    sale.plugins.handlers.pop()
    assert sale.trigger("pay", item).moved == 1
    assert sale.drift() == []


def test_items_selected_in_two_ways_at_once_are_refused(sale):
    (item,) = sale.place()
    with pytest.raises(InputError, match="two ways at once"):
        sale.engine.trigger("pay", Selection(items=(item,), process="Sale", state="new"))
    assert sale.state(item) == "new"


def test_where_only_conditions_decide_all_items_of_a_state_are_looked_at_once(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy("states new paid*\nnew -> paid : pay [small]")
    asked = []
    world.plugins.add_condition("small", lambda item, _: bool(asked.append(item.id)) or item.quantity < 2)
    items = [world.place(f"tea-1 {1 + number % 2}")[0] for number in range(5)]
    report = world.trigger_state("pay", "new")
    assert (report.examined, report.moved, report.stayed, report.refused) == (5, 3, 2, False)
    assert asked == items
    assert world.states(*items) == ["paid", "new", "paid", "new", "paid"]


def test_items_at_many_different_steps_are_moved_by_one_call(world):
    world.deploy("states new paid*\nnew -> new : note\nnew -> paid : pay [odd]")
    world.plugins.add_condition("odd", lambda item, _: item.id % 2 == 1)
    items = world.place_many(12)
    for number in range(12):
        world.trigger("note", *items[number:])
    steps = [world.step(item) for item in items]
    report = world.trigger("pay", *items)
    assert (report.examined, report.moved, report.stayed, report.refused) == (12, 6, 6, False)
    assert world.states(*items) == ["paid" if item % 2 else "new" for item in items]
    assert [world.step(item) for item in items] == [step + 1 for step in steps]
    assert world.drift() == []
