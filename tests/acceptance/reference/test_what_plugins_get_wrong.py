"""Whatever a plugin raises, returns or tries to change is the failure of its own items, told so that it helps."""

from __future__ import annotations

import asyncio
import copy
import json
from datetime import date, datetime, timedelta

import pytest

from earmark.sinks.jsonl import JsonLinesSink
from engine.hooks import CommandResult
from tests.helpers.shop import codes

GOING = "states new done late\nnew -> done : go [ready]\nevent go command=work"
WAITING = """
    states new open late
    new -> open : go
    open -> late : expire
    event expire timeout=1day processor=when
"""


class Mute(Exception):
    """An exception that cannot even be told."""

    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


RAISED = [Mute(), Mute, asyncio.CancelledError(), GeneratorExit(), SystemExit(3), RecursionError("deep")]


def raises(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["command", "condition", "batch", "processor"])
def test_whatever_is_raised_holds_back_the_items_of_the_call_and_frees_them(shop, where, error):
    if where == "processor":
        shop.processor("when", raises(error))
        shop.deploy(WAITING)
    else:
        shop.command("work", does=raises(error) if where == "command" else None)
        per = "batch" if where == "batch" else "item"
        shop.condition("ready", raises(error) if where in ("condition", "batch") else True, per=per)
        shop.deploy(GOING)
    (item,) = shop.place()
    code = {"command": "command_failed", "processor": "timeout_processor_failed"}.get(
        where, "condition_failed"
    )
    assert codes(shop.fire("go", item).failed) == {item: code}
    assert codes(shop.fire("go", item).failed) == {item: code}  # and not item_locked
    assert shop.engine.history(item)[-1].error.startswith(code)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda items: {item.id: False for item in items}, "dict"),
        (lambda items: [True for _ in items], "True"),
        (lambda items: [float(item.id) for item in items], "1.0"),
        (lambda items: [str(item.id) for item in items], "'1'"),
        (lambda items: "1", "str"),
        (lambda items: True, "bool"),
        (lambda items: None, "NoneType"),
        (lambda items: [[]], "[]"),
        (list, "item.id"),
        (lambda items: [99], "99"),
    ],
    ids=["mapping", "bools", "floats", "texts", "text", "bool", "none", "unhashable", "items", "stranger"],
)
def test_a_condition_of_a_batch_answers_with_ids_and_nothing_else(shop, answer, told):
    shop.command("work")
    shop.condition("ready", lambda items, _: answer(items), per="batch")
    shop.deploy(GOING)
    items = shop.place("green", "black")
    report = shop.fire("go", *items)
    assert codes(report.failed) == dict.fromkeys(items, "condition_failed")
    assert told in report.failed[0].message
    assert shop.states(*items) == ["new", "new"]


def test_ids_may_come_in_any_collection(shop):
    shop.command("work")
    ready = shop.condition("ready", per="batch")
    shop.deploy(GOING)
    for collect in (list, tuple, set, frozenset, iter, lambda ids: dict.fromkeys(ids).keys()):
        items = shop.place("green", "black")
        ready.does = lambda asked, _, collect=collect: collect([asked[0].id])
        assert shop.fire("go", *items).moved == 1
        assert shop.states(*items) == ["done", "new"]


def test_items_returned_in_place_of_their_ids_are_told_as_such(shop):
    shop.command("work", per="order", does=lambda items, _: CommandResult(items=[items[0]]))
    shop.condition("ready")
    shop.deploy(GOING)
    items = shop.place("green", "black")
    message = shop.fire("go", *items).failed[0].message
    assert f"<item {items[0]}>" in message
    assert "item.id" in message


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "None"),
        ("2030-01-01", "'2030-01-01'"),
        (date(2030, 1, 1), "datetime.date"),
        (timedelta(days=1), "datetime.timedelta"),
        (datetime(2030, 1, 1), "no offset"),
    ],
)
def test_a_timeout_processor_answers_with_a_moment(shop, answer, told):
    shop.processor("when", lambda *_: answer)
    shop.deploy(WAITING)
    (item,) = shop.place()
    message = shop.fire("go", item).failed[0].message
    assert "when returned" in message
    assert told in message


def test_a_long_text_is_cut(shop):
    shop.command("work", does=raises(RuntimeError("page " * 50_000)))
    shop.condition("ready")
    shop.deploy(GOING)
    (item,) = shop.place()
    message = shop.fire("go", item).failed[0].message
    assert "RuntimeError: page page" in message
    assert len(message) < 3000
    assert "more characters" in message


@pytest.mark.parametrize(
    "change",
    [
        lambda item, context: item.order_data["gift"].update(to="nobody"),
        lambda item, context: item.order_data["gift"].__setitem__("to", "nobody"),
        lambda item, context: item.order_data["gift"]["cards"].append("x"),
        lambda item, context: item.order_data["gift"]["cards"].sort(),
        lambda item, context: item.order_data["gift"]["rows"][0].pop(),
        lambda item, context: item.order_data["items"][0].pop("sku"),
        lambda item, context: context.data["by"]["names"].clear(),
        lambda item, context: context.data["by"].setdefault("more", 1),
        lambda item, context: context.data["by"].__ior__({"more": 1}),
        lambda item, context: context.data["by"]["names"].__iadd__(["x"]),
    ],
)
def test_a_plugin_cannot_change_what_lies_deeper_in_what_it_is_given(shop, change):
    work = shop.command("work", does=change)
    shop.condition("ready")
    shop.deploy(GOING)
    (item,) = shop.place(gift={"to": "olga", "cards": ["b", "a"], "rows": [[1]]})
    given = {"names": ["olga"]}
    report = shop.fire("go", item, by=given)
    assert codes(report.failed) == {item: "command_failed"}
    assert "read only" in report.failed[0].message
    assert given == {"names": ["olga"]}
    work.does = lambda item, context: {"gift": item.order_data["gift"], "by": context.data["by"]}
    shop.fire("go", item, by=given)
    told = {"gift": {"to": "olga", "cards": ["b", "a"], "rows": [[1]]}, "by": {"names": ["olga"]}}
    assert shop.engine.history(item)[-1].data == told


def test_what_it_is_given_can_be_written_as_json_and_copied(shop):
    seen = []

    def work(item, context):
        for given in (item.order_data, context.data):
            seen.append(json.loads(json.dumps(given)))
            mine = copy.deepcopy(given)
            mine["gift"]["cards"].append("c")
            seen.append(mine)
            assert (isinstance(given["gift"], dict), isinstance(given["gift"]["cards"], list)) == (True, True)

    shop.command("work", does=work)
    shop.condition("ready")
    shop.deploy(GOING)
    gift = {"cards": ["b", "a"], "deep": [[{"x": [1]}]]}
    (item,) = shop.place(gift=gift)
    assert shop.fire("go", item, gift=gift).failed == []
    assert [one["gift"]["cards"] for one in seen] == [["b", "a"], ["b", "a", "c"]] * 2


def test_a_condition_cannot_change_what_the_command_returned(shop):
    shop.command("work", does=lambda *_: {"paid": 5, "parts": [2, 3]})
    ready = shop.condition("ready", lambda item, context: context.command_data.update(paid=0))
    shop.deploy(GOING)
    (item,) = shop.place()
    assert codes(shop.fire("go", item).failed) == {item: "condition_failed"}
    ready.does = lambda item, context: context.command_data["parts"].append(4)
    assert codes(shop.fire("go", item).failed) == {item: "condition_failed"}
    ready.does = lambda item, context: context.command_data == {"paid": 5, "parts": [2, 3]}
    assert shop.fire("go", item).moved == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        ([{"deep": float("-inf")}], [{"deep": "-Infinity"}]),
        ({"NaN": "NaN of Infinity"}, {"NaN": "NaN of Infinity"}),
    ],
)
def test_numbers_that_json_does_not_know_are_logged_as_text(shop, value, told):
    shop.command("work", does=lambda *_: {"value": value})
    shop.condition("ready")
    shop.deploy(GOING)
    (item,) = shop.place()
    shop.fire("go", item)

    def refuse(name):
        raise AssertionError(name)

    text = json.dumps([step.as_dict() for step in shop.engine.history(item)])
    assert json.loads(text, parse_constant=refuse)[-1]["data"]["value"] == told


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        ("mine", [1], "list"),
        ("mine", None, "NoneType"),
        ("mine", {"value": float("nan")}, "JSON"),
        ("mine", {"value": {1, 2}}, "JSON"),
        (5, {}, "5"),
        ("", {}, "''"),
        (None, {}, "None"),
    ],
)
def test_a_message_that_no_sink_could_write_is_refused_and_stops_no_other(shop, kind, payload, told):
    work = shop.command("work", does=lambda item, context: context.publish(kind, payload), transactional=True)
    shop.condition("ready")
    shop.deploy(GOING)
    bad, good = shop.place("green", "black")
    report = shop.fire("go", bad)
    assert codes(report.failed) == {bad: "command_failed"}
    assert told in report.failed[0].message
    work.does = lambda item, context: context.publish("mine", {"item": item.id, "order": item.order_data})
    assert shop.fire("go", good).moved == 1
    file = shop.folder / "events.jsonl"
    shop.engine.publish(JsonLinesSink(file))
    last = json.loads(file.read_text().splitlines()[-1])
    assert (last["_kind"], last["item"]) == ("mine", good)
