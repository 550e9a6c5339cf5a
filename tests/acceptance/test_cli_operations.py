"""What operators look at: why an item waits, and what can be done about it."""

import json
import re
import sqlite3
import time
from pathlib import Path

import pytest


def order(reference="R-1", sku="chair-oak", quantity=2, **more):
    return {"reference": reference, "store": "DE", "items": [{"sku": sku, "quantity": quantity}], **more}


@pytest.fixture
def place(shop, earmark):
    """Place orders; return the ids of their items."""

    def placed(*orders):
        ids = []
        for one in orders:
            Path("order.json").write_text(json.dumps(one))
            ids += [item["id"] for item in earmark("order", "place", "order.json", "--json").json["items"]]
        return ids

    return placed


def test_why_names_what_an_item_waits_for_and_what_helps(place, earmark):
    (item,) = place(order())
    view = earmark("why", item, "--json").shaped("why")
    assert (view["order"], view["state"], view["reserved"]) == ("R-1", "payment pending", "2")
    assert {(wait["kind"], wait["event"]) for wait in view["waits"]} == {
        ("timeout", "payment overdue"),
        ("manual_event", "pay"),
        ("manual_event", "cancel"),
    }
    assert f"earmark trigger cancel --item {item}" in {action["command"] for action in view["next"]}
    text = earmark("why", item).out
    assert "stands in 'payment pending' (Waiting for payment) of DummyPayment" in text
    assert "the timeout 'payment overdue', due at " in text
    assert "\x1b" not in text


def test_the_command_that_why_names_works(place, earmark):
    (item,) = place(order())
    earmark("trigger", "cancel", "--item", item)
    final = earmark("why", item, "--json").shaped("why")
    assert ([wait["kind"] for wait in final["waits"]], final["next"]) == (["final"], [])
    assert "nothing: no transition leaves 'cancelled'" in earmark("why", item).out


def test_why_asks_conditions_only_when_told_to(shop, place, earmark):
    (shop / "plugins" / "asked.py").write_text(
        "from pathlib import Path\nfrom plugins import condition\n\n"
        '@condition("Shop/Ready", per="item")\ndef ready(item, context):\n'
        '    Path("asked").touch()\n    return False\n'
    )
    (shop / "Waiting.xml").write_text(
        """<statemachine xmlns="urn:earmark:process:1"><process name="Waiting" main="true">
<states><state name="new"/><state name="done"/></states><transitions>
<transition condition="Shop/Ready"><source>new</source><target>done</target></transition></transitions>
</process></statemachine>"""
    )
    earmark("process", "deploy", "Waiting.xml")
    (item,) = place(order(process="Waiting"))
    earmark("why", item)
    assert not Path("asked").exists()
    (wait,) = earmark("why", item, "--ask", "--json").shaped("why")["waits"]
    assert (wait["kind"], wait["answers"]) == ("conditions", {"Shop/Ready": False})
    assert Path("asked").exists()
    assert "asked now: Shop/Ready false" in earmark("why", item, "--ask").out


@pytest.mark.parametrize("command", ["why", "history"])
def test_an_item_that_does_not_exist(shop, earmark, command):
    assert earmark(command, "999", "--json", code=1).error["code"] == "unknown_item"
    assert earmark(command, "9" * 30, code=2).err


def age(days):
    """Make everything in the database so many days older."""
    with sqlite3.connect("earmark.db") as database:
        for table, columns in {
            "transition_run": ("at",),
            "order_item": ("state_since",),
            "outbox": ("created_at", "published_at"),
        }.items():
            moved = ", ".join(f"{column} = {column} - {days} * 86400000000" for column in columns)
            database.execute(f"UPDATE {table} SET {moved}")
    database.close()


def test_purge_deletes_what_is_old_and_tells_of_it(place, earmark):
    closed, live = place(order("A"), order("B"))
    earmark("trigger", "cancel", "--item", closed)
    age(100)
    counted = earmark("purge", "--older-than", "90 days", "--dry-run", "--json").shaped("purge")
    assert (counted["dry_run"], counted["history"], counted["messages"] > 0) == (True, 3, True)
    assert "3 steps, " in earmark("purge", "--older-than", "90 days", "--dry-run").out
    done = earmark("purge", "--older-than", "90 days", "--json").shaped("purge")
    assert {**done, "before": "", "dry_run": True} == {**counted, "before": ""}
    assert earmark("history", closed, "--json").shaped("history") == []
    assert "its steps were purged" in earmark("history", closed).out
    assert len(earmark("history", live, "--json").json) == 2
    assert "purged" not in earmark("history", live).out
    assert earmark("purge", "--older-than", "P3M").out.endswith("nothing deleted\n")


def test_a_purge_needs_an_age(shop, earmark):
    error = earmark("purge", "--older-than", "soon", "--json", code=1).error
    assert error["code"] == "input_invalid"
    assert "90 days" in error["remedy"]
    assert earmark("purge", code=2).err


def test_a_purge_is_a_job_and_never_runs_twice_at_once(shop, earmark):
    earmark("purge", "--older-than", "90 days")
    with sqlite3.connect("earmark.db") as database:
        until = time.time_ns() // 1000 + 60_000_000
        database.execute(
            "UPDATE job_run SET finished_at = NULL, lease_until = ? WHERE job = 'purge'", (until,)
        )
    database.close()
    assert earmark("purge", "--older-than", "90 days", "--json", code=1).error["code"] == "job_running"
    earmark("purge", "--older-than", "90 days", "--dry-run")


def test_lists_of_orders_and_items(place, earmark):
    first, second = place(order("A"), order("B", "lamp-brass", 1))
    earmark("trigger", "cancel", "--item", first)
    orders = earmark("order", "list", "--json").shaped("order-list")
    assert [one["reference"] for one in orders["orders"]] == ["B", "A"]
    assert orders["orders"][1]["states"] == {"cancelled": 1}
    assert [one["cancellable"] for one in orders["orders"]] == [True, False]
    items = earmark("item", "list", "--flag", "cancellable", "--json").shaped("item-list")
    assert [(one["id"], one["order"]) for one in items["items"]] == [(second, "B")]
    page = earmark("order", "list", "--limit", "1", "--json").shaped("order-list")
    rest = earmark("order", "list", "--limit", "1", "--after", page["next"], "--json").json
    assert ([one["reference"] for one in rest["orders"]], rest["next"]) == (["A"], None)
    assert f"add --after {page['next']}" in earmark("order", "list", "--limit", "1").out
    for arguments in (
        ("--flag", "cancellable"),
        ("--some-flag", "cancellable"),
        ("--process", "DummyPayment", "--state", "payment pending"),
        ("--sku", "lamp-brass", "--store", "DE", "--younger-than", "1 day"),
    ):
        listed = earmark("order", "list", *arguments, "--json").shaped("order-list")["orders"]
        assert [one["reference"] for one in listed] == ["B"]
    assert "no items" in earmark("item", "list", "--older-than", "1 day").out


def test_an_unknown_flag_is_no_empty_list(shop, earmark):
    error = earmark("item", "list", "--flag", "canceled", "--json", code=1).error
    assert (error["code"], "cancellable" in error["remedy"]) == ("input_invalid", True)
    assert earmark("item", "list", "--limit", "0", code=2).err


def test_one_item_and_what_it_can_take(place, earmark):
    (item,) = place(order())
    view = earmark("item", "show", item, "--json").shaped("item")
    assert (view["order"], view["display_name"], view["flags"]) == (
        "R-1",
        "Waiting for payment",
        ["cancellable"],
    )
    assert "payment pending" in earmark("item", "show", item).out
    taken = earmark("item", "events", item, "--json").shaped("order-events")
    assert taken == earmark("order", "events", "R-1", "--item", item, "--json").shaped("order-events")
    assert {event["event"] for event in taken} == {"pay", "cancel", "payment overdue"}
    manual = earmark("item", "events", item, "--manual", "--json").json
    assert {event["event"] for event in manual} == {"pay", "cancel"}
    earmark("trigger", "cancel", "--item", item)
    assert "can take no event now" in earmark("item", "events", item).out
    for command in (
        ("item", "show", "999"),
        ("item", "events", "999"),
        ("order", "events", "R-1", "--item", "999"),
    ):
        assert earmark(*command, "--json", code=1).error["code"] == "unknown_item"


def test_an_order_tells_its_flags_and_ages(place, earmark):
    place(order())
    view = earmark("order", "show", "R-1", "--json").shaped("order")
    assert (view["flags"], view["cancellable"], view["excluded_from_customer"]) == (
        ["cancellable"],
        True,
        False,
    )
    assert view["items"][0]["flags"] == ["cancellable"]
    assert "all items are flagged cancellable" in earmark("order", "show", "R-1").out


def test_lists_fit_80_columns(place, earmark):
    place(order("R" * 100), order("S" * 60))
    for arguments in (
        ("order", "list"),
        ("item", "list"),
        ("order", "show", "R" * 100),
        ("item", "events", "1"),
    ):
        tables = [line for line in earmark(*arguments).out.splitlines() if "\u2500" in line]
        assert tables and all(len(line) <= 80 for line in tables)


def test_the_matrix_by_process_store_and_age(place, earmark):
    place(order("A"), {**order("B"), "store": "AT"})
    age(3)
    place(order("C"))
    (row,) = earmark("matrix", "--json").shaped("matrix")
    assert (row["items"], row["day"], row["week"], row["older"]) == (3, 1, 2, 0)
    (row,) = earmark("matrix", "--store", "AT", "--process", "DummyPayment", "--json").shaped("matrix")
    assert (row["items"], row["day"], row["week"]) == (1, 0, 1)
    assert earmark("matrix").out.startswith("DummyPayment\n")
    assert re.search(r"payment +Waiting for +3 +1 +2 +0 ", earmark("matrix").out)
    assert all(len(line) <= 80 for line in earmark("matrix").out.splitlines() if "\u2500" in line)
    assert earmark("matrix", "--store", "XX", "--json", code=1).error["code"] == "unknown_store"
    assert earmark("matrix", "--process", "XX", "--json", code=1).error["code"] == "process_not_found"


def test_stock_is_listed_in_pages(shop, earmark):
    whole = earmark("stock", "list", "--json").shaped("stock-list")
    assert (len(whole["stock"]), whole["next"]) == (5, None)
    first = earmark("stock", "list", "--limit", "3", "--json").shaped("stock-list")
    rest = earmark("stock", "list", "--after", first["next"], "--json").shaped("stock-list")
    assert first["stock"] + rest["stock"] == whole["stock"]
    assert f"add --after {first['next']}\n" in earmark("stock", "list", "--limit", "3").out
    assert "Vienna" not in earmark("stock", "list", "--warehouse", "Berlin").out
    assert earmark("stock", "list", "--warehouse", "X", "--json", code=1).error["code"] == "unknown_warehouse"
