"""Suspending and resuming on the real command line: what operators see, and the shapes that programs get."""

import pytest


@pytest.fixture
def orders(shop, earmark, monkeypatch):
    """Three orders with four items, placed by olga."""
    monkeypatch.setenv("EARMARK_ACTOR", "olga")
    earmark("order", "place", "data/orders.jsonl")


def test_an_order_stands_still_until_it_is_resumed(orders, earmark):
    told = earmark("suspend", "--order", "DE-1001", "--reason", "fraud check").out
    assert "order 'DE-1001' is suspended since " in told
    assert "by olga: fraud check" in told
    refused = earmark("trigger", "pay", "--order", "DE-1001", code=1)
    assert "item 1 blocked item_suspended item 1: order 'DE-1001' is suspended since" in refused.out
    assert "item 1 stands still: order 'DE-1001'" in earmark("order", "show", "DE-1001").out
    assert "earmark resume --order DE-1001 --reason TEXT" in earmark("why", "1").out
    again = earmark("suspend", "--order", "DE-1001", "--reason", "me too", "--json", code=1).error
    assert (again["code"], "fraud check" in again["message"]) == ("already_suspended", True)
    assert "1 timeout moved by the pause" in earmark("resume", "--order", "DE-1001", "--reason", "fine").out
    earmark("trigger", "pay", "--order", "DE-1001")
    story = earmark("history", "1").out
    assert "suspended in 'payment pending' with order 'DE-1001' by olga: fraud check" in story
    assert "resumed in 'payment pending' with order 'DE-1001' by olga: fine" in story


def test_the_shapes_are_those_of_the_schemas(orders, earmark):
    state = ("--process", "DummyPayment", "--state", "payment pending")
    report = earmark("suspend", *state, "--reason", "down", "--json").shaped("suspend")
    assert (report["suspended"][0]["scope"], report["in_flight"]) == ("state", 0)
    (one,) = earmark("suspensions", "--json").shaped("suspensions")
    assert (one["items"], one["reserved"], one["reason"], one["by"]) == (4, "10", "down", "olga")
    assert earmark("order", "show", "DE-1001", "--json").shaped("order")["items"][0]["suspended"]["what"] == (
        "the state 'payment pending' of the process 'DummyPayment'"
    )
    earmark("item", "show", "1", "--json").shaped("item")
    earmark("item", "list", "--json").shaped("item-list")
    earmark("history", "1", "--json").shaped("history")
    assert earmark("why", "1", "--json").shaped("why")["waits"][0]["kind"] == "suspension"
    assert [row["suspended"] for row in earmark("matrix", "--json").shaped("matrix")] == [4]
    assert "suspended" in earmark("matrix").out
    assert "ok    suspended: 4 items by 1 suspension" in earmark("doctor", "--fast", code=None).out
    assert (
        'earmark_suspended_items{process="DummyPayment",state="payment pending"} 4.0'
        in earmark("metrics").out
    )
    resumed = earmark("resume", *state, "--reason", "up", "--timeouts", "fire", "--json").shaped("resume")
    assert (resumed["resumed"][0]["timeouts"], resumed["timeouts_moved"]) == ("fire", 0)
    assert earmark("suspensions", "--json").shaped("suspensions") == []
    assert len(earmark("suspensions", "--all", "--json").shaped("suspensions")) == 1
    assert "nothing is suspended" in earmark("suspensions").out


def test_a_suspended_item_is_forced_only_if_it_is_said(orders, earmark):
    earmark("suspend", "--item", "1", "--item", "2", "--reason", "lost")
    told = earmark("force", "cancelled", "--item", "1", "--reason", "lost", code=1).out
    assert "item 1: it is suspended since" in told
    forced = ("force", "cancelled", "--item", "1", "--although-suspended", "--reason", "lost")
    assert "1 item would be forced" in earmark(*forced, "--dry-run").out
    assert "1 moved" in earmark(*forced).out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--item", "1", "--store", "DE"),
        ("--state", "new"),
        ("--store", "DE", "--version", "f1e2"),
        ("--item", "1", "--reason", " "),
    ],
)
def test_what_is_not_clear_is_refused_as_wrong_usage(orders, earmark, words):
    reason = () if "--reason" in words else ("--reason", "because")
    for verb in ("suspend", "resume"):
        earmark(verb, *words, *reason, code=2)
    assert earmark("suspensions", "--json").json == []
