"""What an operator does with items that stand still: retry and force, on the real command line."""

import json

import pytest

FLAKY = """
from pathlib import Path

from plugins import command, condition


def ask():
    if not Path("mended").exists():
        raise RuntimeError("the carrier does not answer")


@command("Shop/Send", per="order")
def send(items, context):
    ask()
    return {"parcels": len(items)}


@condition("Shop/Arrived")
def arrived(item, context):
    ask()
    return True
"""

PROCESS = """<statemachine xmlns="urn:earmark:process:1"><process name="Parcel" main="true">
<states><state name="new" initial="true" reserved="true"/><state name="sent" reserved="true"/>
<state name="arrived"/><state name="lost"/></states>
<transitions>
<transition happy="true"><source>new</source><target>sent</target><event>send</event></transition>
<transition happy="true" condition="Shop/Arrived"><source>sent</source><target>arrived</target></transition>
<transition><source>sent</source><target>lost</target><event>lose</event></transition>
</transitions>
<events><event name="send" onEnter="true" command="Shop/Send"/><event name="lose" manual="true"/></events>
</process></statemachine>"""


@pytest.fixture
def parcel(shop, earmark):
    """An order of two items whose automatic step is stuck; a file named ``mended`` mends the plugin."""
    (shop / "plugins" / "flaky.py").write_text(FLAKY)
    (shop / "rules" / "retries.yaml").write_text("execution: {retry_attempts: 1}\n")
    (shop / "Parcel.xml").write_text(PROCESS)
    earmark("process", "deploy", "Parcel.xml")
    placed = {
        "reference": "P-1",
        "store": "DE",
        "process": "Parcel",
        "items": [{"sku": "chair-oak", "quantity": 2}, {"sku": "chair-oak", "quantity": 1}],
    }
    (shop / "parcel.json").write_text(json.dumps(placed))
    order = earmark("order", "place", "parcel.json", "--json").shaped("order")
    return [item["id"] for item in order["items"]]


def states(earmark):
    return [item["state"] for item in earmark("order", "show", "P-1", "--json").json["items"]]


def test_what_is_stuck_is_retried(shop, earmark, parcel, monkeypatch):
    monkeypatch.setenv("EARMARK_ACTOR", "olga")
    assert len(earmark("stuck", "--json").shaped("stuck")) == 2
    failed = earmark("retry", "--item", parcel[0], "--json", code=1).shaped("move")
    assert {entry["item"] for entry in failed["failed"]} == set(parcel)
    (shop / "mended").touch()
    done = earmark("retry", "--order", "P-1", "--json").shaped("move")
    assert (done["examined"], done["moved"], states(earmark)) == (2, 2, ["sent", "sent"])
    assert earmark("stuck", "--json").json == []
    last = earmark("history", parcel[0], "--json").shaped("history")[-1]
    assert (last["trigger"], last["event"], last["actor"], last["reason"]) == ("retry", "send", "olga", None)
    nothing = earmark("retry", "--order", "P-1", "--json", code=1).shaped("move")
    assert {entry["code"] for entry in nothing["blocked"]} == {"nothing_to_retry"}
    assert "nothing failed that could be retried" in earmark("retry", "--item", parcel[0], code=1).out


def test_conditions_that_are_stuck_are_listed_and_retried(shop, earmark, parcel):
    (shop / "mended").touch()
    earmark("retry", "--all", "--event", "send")
    (shop / "mended").unlink()
    assert len(earmark("run", "conditions", "--json", code=1).shaped("move")["stuck"]) == 2
    listed = earmark("stuck", "--json").shaped("stuck")
    assert [(entry["event"], entry["code"]) for entry in listed] == [(None, "condition_failed")] * 2
    assert "(condition)" in earmark("stuck").out
    (shop / "mended").touch()
    assert earmark("run", "conditions", "--json").shaped("move")["examined"] == 0
    assert earmark("retry", "--all", "--process", "DummyPayment", "--json").shaped("move")["examined"] == 0
    assert earmark("retry", "--all", "--process", "Parcel", "--json").shaped("move")["moved"] == 2
    assert states(earmark) == ["arrived", "arrived"]


def test_items_are_forced_with_a_reason(shop, earmark, parcel, monkeypatch):
    monkeypatch.setenv("EARMARK_ACTOR", "olga")
    told = earmark("force", "lost", "--item", parcel[0], "--reason", "a fire", "--dry-run", "--json")
    assert told.shaped("force-preview") == {
        "state": "lost",
        "items": 1,
        "from": [{"process": "Parcel", "state": "new", "items": 1}],
        "claims": [],
        "reservation": [{"store": "DE", "sku": "chair-oak", "reserved": "-2", "held": "0"}],
        "blocked": [],
    }
    shown = earmark("force", "lost", "--item", parcel[0], "--reason", "a fire", "--dry-run").out
    assert "1 item of Parcel from 'new' to 'lost'" in shown
    assert "1 item would be forced; nothing was done" in shown
    assert states(earmark) == ["new", "new"]
    forced = earmark("force", "lost", "--item", parcel[0], "--reason", "a fire", "--json").shaped("move")
    assert (forced["moved"], states(earmark)) == (1, ["lost", "new"])
    last = earmark("history", parcel[0], "--json").shaped("history")[-1]
    assert (last["outcome"], last["actor"], last["reason"]) == ("forced", "olga", "a fire")
    assert "by olga: a fire" in " ".join(earmark("history", parcel[0]).out.split())
    again = earmark("force", "lost", "--order", "P-1", "--reason", "the rest", "--json", code=1).shaped(
        "move"
    )
    assert [entry["code"] for entry in again["blocked"]] == ["already_there"]
    assert states(earmark) == ["lost", "lost"]
    earmark("force", "arrived", "--process", "Parcel", "--state", "lost", "--reason", "found")
    assert states(earmark) == ["arrived", "arrived"]
    assert earmark("reservation", "reconcile", "--dry-run", "--json").json["drift"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("retry", "--all", "--item", 1),
        ("retry", "--item", 1, "--order", "P-1"),
        ("retry", "--item", 1, "--process", "Parcel"),
        ("force", "lost", "--item", 1),
        ("force", "lost", "--item", 1, "--reason", "  "),
        ("force", "lost", "--reason", "because"),
        ("force", "lost", "--reason", "because", "--state", "new"),
        ("force", "lost", "--reason", "because", "--item", 1, "--order", "P-1"),
    ],
)
def test_wrong_usage(shop, earmark, arguments):
    assert earmark(*arguments, "--json", code=2).error["code"] == "usage"


def test_a_state_that_does_not_exist_is_refused_with_those_that_do(earmark, parcel):
    error = earmark("force", "nowhere", "--item", parcel[0], "--reason", "because", "--json", code=1).error
    assert error["code"] == "unknown_state"
    assert "it has: new, sent, arrived, lost" in error["message"]
