"""Commands that run inside the transaction that applies their step: both happen, or neither does."""

from __future__ import annotations

import json

import pytest

from engine.hooks import CommandResult, Scope
from engine.requests import Selection
from tests.helpers.shop import codes

SALE = """
    states new paid*
    new -> paid : pay
    event pay command=book manual
"""


def book(item, context):
    context.publish("booking", {"item": item.id, "key": context.key})


def booked(world):
    return [json.loads(payload)["item"] for payload in world.payloads("booking")]


def test_what_it_publishes_is_committed_with_the_move(sale):
    calls = sale.command("book", does=book, transactional=True)
    items = sale.place("tea-1", "tea-1")
    names = sale.statements(lambda: sale.trigger("pay", *items))
    assert sale.states(*items) == ["paid", "paid"]
    assert booked(sale) == list(items)
    assert calls.keys == [f"item {item} step 0 pay" for item in items]
    assert {"outbox_add", "move_group_counting", "insert_history"} <= set(names[: names.index("commit")])
    assert "insert_claims" not in names
    assert sale.drift() == []


def test_one_that_raises_leaves_nothing_behind_and_the_others_stay(sale):
    first, second = sale.place("tea-1", "tea-1")

    def failing(item, context):
        book(item, context)
        if item.id == first:
            raise RuntimeError("too late")

    sale.command("book", does=failing, transactional=True)
    report = sale.trigger("pay", first, second)
    assert (report.moved, codes(report.failed)) == (1, {first: "command_failed"})
    assert booked(sale) == [second]
    assert sale.states(first, second) == ["new", "paid"]
    assert sale.history(first)[-1].outcome == "failed"


def test_one_that_returns_what_it_may_not_leaves_nothing_behind(sale):
    (item,) = sale.place()

    def wrong(one, context):
        book(one, context)
        return 7

    sale.command("book", does=wrong, transactional=True)
    assert codes(sale.trigger("pay", item).failed) == {item: "command_failed"}
    assert (booked(sale), sale.state(item)) == ([], "new")


@pytest.mark.parametrize("scope", [Scope.ORDER, Scope.BATCH])
def test_a_group_that_raises_leaves_nothing_behind(sale, scope):
    items = sale.place("tea-1", "tea-1")

    def failing(members, context):
        for item in members:
            book(item, context)
        raise RuntimeError("too late")

    sale.command("book", scope, failing, transactional=True)
    assert codes(sale.trigger("pay", *items).failed) == dict.fromkeys(items, "command_failed")
    assert booked(sale) == []


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER, Scope.BATCH])
def test_it_happens_once_even_when_something_after_it_fails_first(world, scope):
    world.deploy(SALE.replace("new -> paid : pay", "new -> paid : pay [ok]"))
    first, second = items = world.place("tea-1", "tea-1")
    troubled = [second]

    def publishing(asked, context):
        for item in [asked] if scope is Scope.ITEM else asked:
            book(item, context)

    world.command("book", scope, publishing, transactional=True)
    world.plugins.add_condition("ok", lambda item, context: item.id not in troubled or 1 / 0)
    report = world.trigger("pay", *items)
    assert codes(report.failed) == {second: "condition_failed"}
    assert (booked(world), world.states(*items)) == ([first], ["paid", "new"])
    troubled.clear()
    assert world.trigger("pay", second).moved == 1
    assert booked(world) == [first, second]


def test_a_warehouse_that_does_not_exist_undoes_its_call(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    named = {first: "North", second: "Nowhere"}

    def ship(item, context):
        book(item, context)
        return CommandResult(warehouses={item.id: named[item.id]})

    sale.command("book", does=ship, transactional=True)
    report = sale.trigger("pay", *items)
    assert codes(report.failed) == {second: "unknown_warehouse"}
    assert (booked(sale), sale.states(*items)) == ([first], ["paid", "new"])


def test_it_sees_items_as_they_are_within_the_transaction(world):
    world.deploy("states new paid*\nnew -> new : note\nnew -> paid : pay\nevent pay command=book manual")
    (item,) = world.place()
    seen = []
    world.command(
        "book",
        does=lambda one, context: seen.append((one.step, one.sku, one.order_reference)),
        transactional=True,
    )
    world.trigger("note", item)
    world.trigger("pay", item)
    assert seen == [(1, "tea-1", "order-1")]


def test_nobody_comes_between_looking_at_an_item_and_moving_it(sale, monkeypatch):
    """Whatever another caller does between two transactions of the call, both get a clean answer."""
    sale.command("book", does=book, transactional=True)
    (item,) = sale.place()
    other, database, reports = sale.another(), sale.engine.runtime.database, []
    transact, units = database.transact, []

    def interrupted(body):
        if units:
            reports.append(other.trigger("pay", Selection(items=(item,))))
        units.append(body)
        return transact(body)

    monkeypatch.setattr(database, "transact", interrupted)
    reports.append(sale.trigger("pay", item))
    reports.append(other.trigger("pay", Selection(items=(item,))))
    other.close()
    assert sorted(report.moved for report in reports) == [0] * (len(reports) - 1) + [1]
    refused = [codes([*report.blocked, *report.failed]) for report in reports if report.refused]
    assert refused == [{item: "event_not_available"}] * (len(reports) - 1)
    assert booked(sale) == [item]


def test_items_that_need_no_plugin_are_moved_along_with_it(world):
    """An event that some items take with the command and others without: all of it is one transaction."""
    world.deploy(SALE, name="Booked")
    world.deploy(SALE.replace("command=book", ""), name="Plain")
    world.command("book", does=book, transactional=True)
    plain, booking = *world.place(process="Plain"), *world.place(process="Booked")
    report = world.trigger("pay", plain, booking)
    assert (report.examined, report.moved, report.refused) == (2, 2, False)
    assert (booked(world), world.states(plain, booking)) == ([booking], ["paid", "paid"])
    assert world.drift() == []
