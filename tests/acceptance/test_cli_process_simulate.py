"""``earmark process simulate`` and ``learn``: many items on a virtual clock, with what the history says."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.acceptance.test_cli_commands import order, place  # noqa: F401
from tests.acceptance.test_cli_versions import tiny  # noqa: F401

QUICK = ("--items", "500", "--for", "90 days")


def test_figures_are_told_in_words_and_for_programs(project, earmark):
    told = earmark("process", "simulate", "DummyPayment", *QUICK, "--json").shaped("process-simulate")
    assert told["items"] == 500
    states = {state["state"]: state for state in told["states"]}
    assert states["new"]["visits"] == 500
    assert states["paid"]["mean_s"] == 1.0
    assert told["never_reached"] == ["closed"]
    assert told["without_stock_update"]["mean"] > told["bound"]["mean"]
    assert "DummyPayment/IsPaid is true for one of two items" in told["assumed"]
    said = earmark("process", "simulate", "DummyPayment", *QUICK).out
    assert "never reached: closed" in said
    assert "without counts of stock:" in said
    assert not Path("earmark.db").exists()


def test_the_same_seed_gives_the_same_answer(project, earmark):
    run = ("process", "simulate", "DummyPayment", *QUICK, "--json")
    assert earmark(*run, "--seed", "3").out == earmark(*run, "--seed", "3").out
    assert earmark(*run, "--seed", "3").out != earmark(*run, "--seed", "4").out


def test_options_say_what_is_assumed(project, earmark):
    told = earmark(
        *("process", "simulate", "DummyPayment", *QUICK, "--json", "--stock-update", "never"),
        *(
            "--probability",
            "DummyPayment/IsAuthorized=0",
            "--event",
            "pay=1 hour",
            "--timeout",
            "close=1 day",
        ),
    ).shaped("process-simulate")
    states = {state["state"]: state["visits"] for state in told["states"]}
    assert (states["invalid"], states["payment pending"]) == (500, 0)
    assert told["without_stock_update"] is None
    assert not any("pay " in text for text in told["assumed"])


@pytest.mark.parametrize(
    "wrong",
    [
        ("--probability", "DummyPayment/IsPayed=1"),
        ("--probability", "DummyPayment/IsPaid=2"),
        ("--event", "payy=1 day"),
        ("--event", "pay=soon"),
        ("--stock-update", "often"),
        ("--for", "1 dai"),
        ("--with", "none.yaml"),
    ],
)
def test_what_means_nothing_is_refused(project, earmark, wrong):
    earmark("process", "simulate", "DummyPayment", *wrong, code=1)


def test_a_plot_shows_what_is_bound(project, earmark):
    earmark("process", "simulate", "DummyPayment", *QUICK, "--plot", "bound.svg")
    root = etree.parse("bound.svg").getroot()
    texts = [text.text for text in root.iter("{*}text")]
    assert {"reserved", "held", "without counts"} <= set(texts)
    assert len(list(root.iter("{*}polyline"))) == 3


def test_what_was_learned_is_simulated(tiny, earmark):  # noqa: F811
    earmark("process", "learn", "Tiny", "-o", "learned.yaml")
    assert "Learned from the history of 2 items" in Path("learned.yaml").read_text()
    told = earmark("process", "learn", "Tiny", "--json").shaped("process-learn")
    assert told["states"]["new"]["exits"]["go"]["share"] == 1
    done = earmark("process", "simulate", "Tiny", "--with", "learned.yaml", "--items", "10", "--json")
    assert [state["visits"] for state in done.shaped("process-simulate")["states"]][:2] == [10, 10]
    assert "exits:" in earmark("process", "learn", "Tiny").out
    earmark("process", "learn", "Tinny", code=1)


def test_mistakes_of_a_file_are_told_with_their_lines(project, earmark):
    Path("a.yaml").write_text("conditons: {}\nevents: {payy: 1 day}\n")
    said = earmark("process", "simulate", "DummyPayment", "--with", "a.yaml", code=1).err
    assert 'a.yaml:1: there is no key "conditons". Did you mean "conditions"?' in said
    assert 'a.yaml:2: there is no event "payy". Did you mean "pay"?' in said
