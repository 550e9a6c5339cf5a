"""Which of several transitions an item takes, and how conditions are asked."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

THREE_WAYS = """
    states new one two three rest
    new -> rest : go
    new -> one : go [a]
    new -> two : go [b]
    new -> three : go [c]
"""


def only(*ids):
    """A condition that is true for these items."""
    return lambda item, context: item.id in ids


@pytest.mark.parametrize(
    ("true", "own", "existing"),
    [
        ("", "rest", "rest"),
        ("a", "one", "one"),
        ("b", "two", "two"),
        ("ab", "one", "two"),
        ("bc", "two", "three"),
        ("abc", "one", "three"),
    ],
)
@pytest.mark.parametrize("constant", [True, False])
def test_the_first_true_condition_wins_in_the_own_dialect_and_the_last_in_existing_ones(
    world, true, own, existing, constant
):
    for name in "abc":
        answer = name in true
        world.plugins.add_condition(
            name, lambda *_, answer=answer: answer, constant=answer if constant else None
        )
    world.deploy(THREE_WAYS)
    (item,) = world.place()
    world.deploy(THREE_WAYS, name="Old", own=False)
    (other,) = world.place(process="Old")
    assert world.trigger("go", item, other).moved == 2
    assert world.states(item, other) == [own, existing]
    assert world.history(item)[-1].conditions == {name: name in true for name in "abc"}


def test_of_several_transitions_without_a_condition_the_first_is_taken(world):
    world.deploy("states new one two\nnew -> one : go\nnew -> two : go")
    (item,) = world.place()
    world.trigger("go", item)
    assert world.state(item) == "one"


def test_items_of_one_call_go_different_ways(world):
    world.deploy(THREE_WAYS)
    items = world.place("tea-1", "tea-1", "tea-1", "tea-1")
    for name, item in zip("abc", items, strict=False):
        world.plugins.add_condition(name, only(item))
    report = world.trigger("go", *items)
    assert (report.examined, report.moved) == (4, 4)
    assert world.states(*items) == ["one", "two", "three", "rest"]


def test_the_two_kinds_of_conditions_can_be_mixed(world):
    world.deploy(THREE_WAYS)
    first, second, third = items = world.place("tea-1", "tea-1", "tea-1")
    asked = []

    def batch(some, context):
        asked.append(([item.id for item in some], context.event))
        return {first, second}

    world.plugins.add_condition("a", only(second))
    world.plugins.add_condition("b", batch, Scope.BATCH)
    world.plugins.add_constant("c", False)
    world.trigger("go", *items)
    assert world.states(*items) == ["two", "one", "rest"]
    assert asked == [([first, second, third], "go")]


def test_a_condition_named_by_several_transitions_is_asked_once_per_item(world):
    world.deploy("states new one two rest\nnew -> one : go [a]\nnew -> two : go [a]\nnew -> rest : go")
    (item,) = world.place()
    asked = []
    world.plugins.add_condition("a", lambda one, context: bool(asked.append(one.id)))
    world.trigger("go", item)
    assert (asked, world.state(item)) == ([item], "rest")


def test_conditions_see_the_item_its_order_and_the_data_of_the_call(world):
    world.deploy("states new done\nnew -> done : go [a]")
    (item,) = world.place(
        {"sku": "tea-1", "quantity": "1.5", "reference": "line-1", "warehouse": "North", "gift": True},
        reference="A-1",
        store="AT",
        customer={"vip": True},
    )
    seen = []
    world.plugins.add_condition("a", lambda one, context: not seen.append((one, context)))
    world.trigger("go", item, data={"by": "clerk"})
    ((one, context),) = seen
    assert (one.id, one.reference, one.order_reference, one.store) == (item, "line-1", "A-1", "AT")
    assert (one.sku, str(one.quantity), one.process, one.state) == ("tea-1", "1.5", "Sale", "new")
    assert (one.step, one.warehouse) == (0, "North")
    assert one.order_data["customer"] == {"vip": True}
    assert one.order_data["items"][0]["gift"] is True
    assert (context.event, dict(context.data), dict(context.command_data)) == ("go", {"by": "clerk"}, {})
    assert context.now == one.state_since


def test_a_condition_that_raises_holds_back_only_its_items(world):
    world.deploy("states new done\nnew -> done : go [a]")
    first, second = world.place("tea-1", "tea-1")
    world.plugins.add_condition("a", lambda item, context: item.id == first or 1 / 0)
    report = world.trigger("go", first, second)
    assert (report.examined, report.moved) == (2, 1)
    (failed,) = report.failed
    assert (failed.item, failed.code) == (second, "condition_failed")
    assert failed.message == f"item {second}: a: ZeroDivisionError: division by zero"
    assert (world.states(first, second), world.step(second)) == (["done", "new"], 0)
    entry = world.history(second)[-1]
    assert (entry.outcome, entry.target) == ("failed", None)
    assert entry.error == "condition_failed: a: ZeroDivisionError: division by zero"


def test_a_batch_condition_that_raises_holds_back_everyone_it_was_asked_about(world):
    world.deploy("states new done\nnew -> done : go [a]")
    items = world.place("tea-1", "tea-1")
    world.plugins.add_condition("a", fails("down"), Scope.BATCH)
    report = world.trigger("go", *items)
    assert codes(report.failed) == dict.fromkeys(items, "condition_failed")
    assert "a: RuntimeError: down" in report.failed[0].message
    assert set(world.states(*items)) == {"new"}


@pytest.mark.parametrize("answer", [1, 0, None, "yes", []])
def test_an_answer_that_is_no_bool_is_a_failure(world, answer):
    world.deploy("states new done\nnew -> done : go [a]\nnew -> new : go")
    (item,) = world.place()
    world.plugins.add_condition("a", lambda *_: answer)
    report = world.trigger("go", item)
    assert codes(report.failed) == {item: "condition_failed"}
    assert f"a returned {answer!r}, which is not a bool" in report.failed[0].message
    assert (world.state(item), world.step(item)) == ("new", 0)


@pytest.mark.parametrize("answer", [None, True, "1", [4711], ["x"], [None]])
def test_a_batch_answer_that_is_no_collection_of_its_ids_is_a_failure(world, answer):
    world.deploy("states new done\nnew -> done : go [a]")
    (item,) = world.place()
    world.plugins.add_condition("a", lambda *_: answer, Scope.BATCH)
    assert codes(world.trigger("go", item).failed) == {item: "condition_failed"}
    assert world.state(item) == "new"


def test_constants_are_not_asked(world):
    world.deploy("states new done\nnew -> done : go [yes]")
    (item,) = world.place()
    world.plugins.add_condition("yes", fails(), constant=True)
    assert world.trigger("go", item).moved == 1
    assert world.history(item)[-1].conditions == {"yes": True}


def test_items_that_need_a_plugin_nobody_registered_fail_and_the_others_move(world):
    world.deploy("""
        states new busy done
        new -> busy : start
        new -> done : go [missing]
        busy -> done : go
        new -> done : pay
        event pay command=Nobody
    """)
    first, second = world.place("tea-1", "tea-1")
    world.trigger("start", second)
    report = world.trigger("go", first, second)
    assert report.moved == 1
    assert codes(report.failed) == {first: "plugin_missing"}
    assert report.failed[0].message == (
        f"item {first}: the condition 'missing' is not registered, which 'Sale' needs for 'go'"
    )
    report = world.trigger("pay", first)
    assert codes(report.failed) == {first: "plugin_missing"}
    assert "the command 'Nobody' is not registered" in report.failed[0].message
    assert world.states(first, second) == ["new", "done"]
