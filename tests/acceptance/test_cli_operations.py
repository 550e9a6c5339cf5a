"""What operators look at: why an item waits, and what can be done about it."""

import json
import sqlite3
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
        database.execute("UPDATE job_run SET finished_at = NULL, lease_until = 4e15 WHERE job = 'purge'")
    database.close()
    assert earmark("purge", "--older-than", "90 days", "--json", code=1).error["code"] == "job_running"
    earmark("purge", "--older-than", "90 days", "--dry-run")
