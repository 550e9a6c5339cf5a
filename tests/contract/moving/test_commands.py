"""Commands: who is called with what, under which key, and what failures hold back."""

from __future__ import annotations

import json

import pytest

from engine.hooks import CommandResult, Scope
from tests.helpers.shop import codes

SALE = """
    states new paid* shipped* lost
    new -> paid : pay
    new -> lost : lose
    paid -> shipped : ship
    event pay command=charge manual
"""


def two_orders(world):
    return [*world.place("tea-1", "tea-2", reference="A"), *world.place("tea-1", reference="B")]


def test_a_command_per_item_is_called_once_for_each(sale):
    charge = sale.command("charge")
    items = two_orders(sale)
    assert sale.trigger("pay", *items).moved == 3
    assert charge.members == [(item,) for item in items]
    assert charge.keys == [f"item {item} step 0 pay" for item in items]


def test_a_command_per_order_is_called_once_with_the_items_of_the_order_that_take_the_event(sale):
    charge = sale.command("charge", Scope.ORDER)
    first, second, third = two_orders(sale)
    extra = sale.place("tea-1", "tea-1", reference="C")
    sale.trigger("lose", extra[0])
    report = sale.trigger("pay", first, second, third, *extra)
    assert (report.moved, codes(report.blocked)) == (4, {extra[0]: "event_not_available"})
    assert charge.members == [(first, second), (third,), (extra[1],)]
    assert len(set(charge.keys)) == 3


def test_a_command_per_batch_is_called_once_for_all(sale):
    charge = sale.command("charge", Scope.BATCH)
    items = two_orders(sale)
    sale.trigger("pay", *items)
    assert charge.members == [tuple(items)]


def test_a_command_is_told_the_event_the_time_and_the_data_and_stands_in_the_log(sale):
    charge = sale.command("charge", does=lambda item, context: {"receipt": item.id * 10})
    (item,) = sale.place()
    sale.trigger("pay", item, data={"card": "4711"})
    (context,) = charge.contexts
    assert (context.event, dict(context.data)) == ("pay", {"card": "4711"})
    entry = sale.history(item)[-1]
    assert (entry.command, entry.outcome) == ("charge", "moved")
    assert entry.duration_ms is not None
    key, data = sale.query("SELECT command_key, data FROM transition_run ORDER BY id DESC LIMIT 1")[0]
    assert key == context.key
    calls = [{"key": context.key, "data": {"receipt": item * 10}}]
    assert json.loads(data) == {"calls": calls, "given": {"card": "4711"}}


def test_conditions_see_what_the_command_of_their_own_item_returned(world):
    world.deploy("""
        states new paid* declined
        new -> declined : pay
        new -> paid : pay [accepted]
        event pay command=charge
    """)
    first, second, third = world.place("tea-1", "tea-1", "tea-1")
    answers = {first: {"ok": True}, second: {"ok": False}, third: None}
    world.command("charge", does=lambda item, context: answers[item.id])
    world.plugins.add_condition("accepted", lambda item, context: bool(context.command_data.get("ok")))
    assert world.trigger("pay", first, second, third).moved == 3
    assert world.states(first, second, third) == ["paid", "declined", "declined"]
    assert world.drift() == []


def test_the_key_is_the_same_in_a_retry_and_another_one_in_the_next_step(sale):
    attempts = []

    def charge(item, context):
        attempts.append(context.key)
        if len(attempts) == 1:
            raise RuntimeError("no answer")

    sale.command("charge", does=charge)
    (item,) = sale.place()
    assert codes(sale.trigger("pay", item).failed) == {item: "command_failed"}
    assert sale.trigger("pay", item).moved == 1
    assert attempts[0] == attempts[1]


def test_the_key_differs_from_step_to_step(world):
    world.deploy("states new done\nnew -> new : remind\nevent remind command=mail")
    mail = world.command("mail", Scope.ORDER)
    (item,) = world.place()
    world.trigger("remind", item)
    world.trigger("remind", item)
    assert len(set(mail.keys)) == 2


def test_a_failing_command_per_item_holds_back_that_item_only(sale):
    first, second, third = two_orders(sale)
    sale.command("charge", does=lambda item, context: 1 / 0 if item.id == second else None)
    report = sale.trigger("pay", first, second, third)
    assert (report.examined, report.moved) == (3, 2)
    assert codes(report.failed) == {second: "command_failed"}
    assert report.failed[0].message == f"item {second}: charge: ZeroDivisionError: division by zero"
    assert (sale.states(first, second, third), sale.step(second)) == (["paid", "new", "paid"], 0)
    assert sale.history(second)[-1].error == "command_failed: charge: ZeroDivisionError: division by zero"
    assert sale.drift() == []


def test_a_failing_command_per_order_holds_back_that_order_only(sale):
    first, second, third = two_orders(sale)
    sale.command("charge", Scope.ORDER, lambda items, context: 1 / 0 if len(items) == 2 else None)
    report = sale.trigger("pay", first, second, third)
    assert codes(report.failed) == dict.fromkeys([first, second], "command_failed")
    assert sale.states(first, second, third) == ["new", "new", "paid"]


def test_a_failing_command_per_batch_holds_back_all(sale):
    items = two_orders(sale)
    sale.command("charge", Scope.BATCH, lambda items, context: 1 / 0)
    assert codes(sale.trigger("pay", *items).failed) == dict.fromkeys(items, "command_failed")
    assert set(sale.states(*items)) == {"new"}


def test_a_failed_item_is_free_at_once(sale):
    (item,) = sale.place()
    sale.command("charge", does=lambda *_: 1 / 0)
    sale.trigger("pay", item)
    assert sale.query("SELECT * FROM item_claim") == []
    assert sale.trigger("lose", item).moved == 1


@pytest.mark.parametrize(
    "returned",
    [
        7,
        "text",
        [1],
        True,
        CommandResult(data=7),  # type: ignore[arg-type]
        CommandResult(warehouses=[1]),  # type: ignore[arg-type]
        CommandResult(warehouses={1: 5}),  # type: ignore[dict-item]
        CommandResult(warehouses={4711: "North"}),
        {("no", "text"): 1},
        {"deep": {("no", "text"): 1}},
    ],
    ids=repr,
)
@pytest.mark.parametrize("transactional", [True, False])
def test_an_answer_of_another_shape_is_a_failure(sale, returned, transactional):
    (item,) = sale.place()
    sale.command("charge", does=lambda *_: returned, transactional=transactional)
    report = sale.trigger("pay", item)
    assert codes(report.failed) == {item: "command_failed"}
    assert "charge" in report.failed[0].message
    assert (sale.state(item), sale.query("SELECT * FROM item_claim")) == ("new", [])


def test_a_command_sets_the_warehouse_an_item_is_shipped_from(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.command("charge", does=lambda item, context: CommandResult({"ok": 1}, {item.id: "South"}))
    assert sale.trigger("pay", first).moved == 1
    shown = {item.id: item.warehouse for item in sale.engine.order("order-1").items}
    assert shown == {first: "South", second: None}


def test_a_warehouse_that_does_not_exist_fails_the_item_it_was_named_for(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    named = {first: "North", second: "Nowhere"}
    sale.command("charge", Scope.ORDER, lambda items, context: CommandResult(warehouses=named))
    report = sale.trigger("pay", *items)
    assert report.moved == 1
    assert codes(report.failed) == {second: "unknown_warehouse"}
    assert "charge named the warehouse 'Nowhere'" in report.failed[0].message
    assert sale.states(*items) == ["paid", "new"]
    assert [item.warehouse for item in sale.engine.order("order-1").items] == ["North", None]


def test_a_warehouse_is_set_only_for_items_that_take_the_step(world):
    world.deploy("states new paid*\nnew -> paid : pay [ok]\nevent pay command=charge")
    first, _ = items = world.place("tea-1", "tea-1")
    named = dict.fromkeys(items, "South")
    world.command("charge", Scope.BATCH, lambda items, context: CommandResult(warehouses=named))
    world.plugins.add_condition("ok", lambda item, context: item.id == first or 1 / 0)
    world.trigger("pay", *items)
    assert world.states(*items) == ["paid", "new"]
    assert [item.warehouse for item in world.engine.order("order-1").items] == ["South", None]


def test_commands_run_with_no_transaction_open(sale):
    (item,) = sale.place()
    other = sale.place()[0]

    def charge(one, context):
        sale.sql("UPDATE warehouse SET name = 'Charged' WHERE name = 'South'")
        assert sale.engine.order("order-2").items[0].id == other

    sale.command("charge", does=charge)
    assert sale.trigger("pay", item).moved == 1
    assert sale.value("SELECT count(*) FROM warehouse WHERE name = 'Charged'") == 1


def test_only_a_transactional_command_can_publish(sale):
    (item,) = sale.place()
    sale.command("charge", does=lambda item, context: context.publish("receipt", {}))
    report = sale.trigger("pay", item)
    assert codes(report.failed) == {item: "command_failed"}
    assert "only a transactional command can publish" in report.failed[0].message


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("done", "returned str, not a mapping or CommandResult"),
        (CommandResult("done"), "returned a CommandResult whose data or warehouses are no mapping"),
        (CommandResult({}, "North"), "returned a CommandResult whose data or warehouses are no mapping"),
    ],
)
def test_what_a_command_may_not_return_is_told_in_plain_words(world, answer, text):
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay command=charge manual")
    world.command("charge", does=lambda *_: answer)
    (item,) = world.place()
    (refusal,) = world.trigger("pay", item).failed
    assert (refusal.code, refusal.message) == ("command_failed", f"item {item}: charge {text}")


def test_a_command_may_name_a_warehouse_for_some_items_and_return_data_for_some(world):
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay command=pick manual")
    answers = iter([CommandResult({"box": 1}, {}), CommandResult({}, {2: "South"}), None])
    world.command("pick", does=lambda *_: next(answers))
    items = world.place("tea-1", "tea-1", "tea-1")
    assert world.trigger("pay", *items).moved == 3
    assert [entry.data for entry in (world.history(item)[-1] for item in items)] == [{"box": 1}, {}, {}]
    named = world.query(
        "SELECT i.id, w.name FROM order_item i LEFT JOIN warehouse w ON w.id = i.warehouse_id ORDER BY i.id"
    )
    assert named == [(items[0], None), (items[1], "South"), (items[2], None)]
    (data,) = world.query("SELECT data FROM transition_run WHERE command = 'pick'")[0]
    assert "item 2" not in data  # a call without data is not written down
    (more,) = world.place("tea-1")
    answers = iter([None])
    world.command("pick", does=lambda *_: next(answers))
    world.trigger("pay", more)
    assert world.value("SELECT data FROM transition_run ORDER BY id DESC LIMIT 1") is None
