"""The log of an item, as ``earmark history --json`` prints it."""

from __future__ import annotations

import socket

import pytest

from tests.helpers.plugins import fails


@pytest.fixture
def history(shop, earmark, monkeypatch):
    """The steps of an item, and the shop's database as that of the command line."""

    def steps(item):
        return earmark("history", item, "--json").shaped("history")

    monkeypatch.setenv("EARMARK_DATABASE_URL", shop.url)
    return steps


def test_every_step_tells_what_set_it_off_and_how_it_ended(shop, history):
    charge = shop.command("charge", does=fails("declined"))
    shop.condition("big", False)
    shop.condition("paid", True)
    shop.deploy("""
        states new open gone
        new -> open : pay [big]
        new -> open : pay [paid]
        open -> gone
        event pay onEnter command=charge
    """)
    (item,) = shop.place()
    charge.does = None
    shop.later(minutes=1)
    shop.fire("pay", item)
    shop.engine.run_conditions()
    placed, failed, moved, waited = history(item)
    assert (placed["trigger"], placed["source"], placed["target"]) == ("place", None, "new")
    assert (failed["trigger"], failed["event"], failed["command"]) == ("on-enter", "pay", "charge")
    assert (failed["source"], failed["target"], failed["outcome"]) == ("new", None, "failed")
    assert "RuntimeError: declined" in failed["error"]
    assert (moved["trigger"], moved["outcome"], moved["error"]) == ("api", "moved", None)
    assert (moved["source"], moved["target"]) == ("new", "open")
    assert moved["conditions"] == {"big": False, "paid": True}
    assert moved["at"] == "2026-01-01T00:01:00Z"
    assert moved["host"] == socket.gethostname()
    assert moved["duration_ms"] is not None
    assert (waited["trigger"], waited["event"], waited["target"]) == ("conditions", None, "gone")


def test_a_failure_is_noted_for_the_item_that_failed_only(shop, history):
    shop.command("charge", does=lambda item, _: 1 / 0 if item.sku == "green" else None)
    shop.deploy("states new paid\nnew -> paid : pay\nevent pay command=charge")
    green, black = shop.place("green", "black")
    shop.fire("pay", green, black)
    assert [step["error"] for step in history(black)] == [None, None]
    assert "ZeroDivisionError" in history(green)[-1]["error"]


def test_who_asked_is_noted_and_automatic_steps_name_the_same(shop, history, earmark, monkeypatch):
    shop.deploy("states new a b\nnew -> a : go\na -> b : on\nevent on onEnter")
    (item,) = shop.place()
    monkeypatch.setenv("EARMARK_ACTOR", "olga")
    earmark("trigger", "go", "--item", item)
    assert [(step["event"], step["actor"]) for step in history(item)[1:]] == [("go", "olga"), ("on", "olga")]


def test_an_event_that_is_not_available_leaves_no_trace(shop, history):
    shop.deploy("states new a b\nnew -> a : go\na -> b : on")
    (item,) = shop.place()
    shop.fire("on", item)
    assert len(history(item)) == 1
