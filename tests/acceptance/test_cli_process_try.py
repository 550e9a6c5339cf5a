"""``earmark process try``: a process is played without a database and without plugins."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from tests.acceptance.test_cli_versions import FIRST

SCRIPT = """\
place 2          # somebody orders
fire pay
wait 1 hour
fire ship
count 8
"""


@pytest.fixture
def script(project):
    path = Path("a.trial")
    path.write_text(SCRIPT)
    return path


def test_a_script_is_played_and_told_in_words(script, earmark):
    said = earmark("process", "try", "DummyPayment", "--script", script, "--assume", "true").out
    assert "item 1: 'payment pending' -> 'paid', 'pay' was fired" in said
    assert "DummyPayment/IsPaid is true (assumed); DummyPayment/Pay runs" in said
    assert "product: stock 8, reserved 0, held 0, available 8" in said
    assert not Path("earmark.db").exists()


def test_the_answer_for_programs_has_every_step(script, earmark):
    told = earmark(
        *("process", "try", "DummyPayment", "--script", script, "--json"),
        *("--answer", "DummyPayment/IsAuthorized=true", "--answer", "DummyPayment/IsPaid=true"),
        *("--stock", "5", "--start", "2026-03-01"),
    ).shaped("process-try")
    assert told["start"]["clock"] == "2026-03-01T00:00:00Z"
    placed = told["steps"][0]
    assert placed["items"][0]["state"] == "payment pending"
    assert placed["stock"][0] == {
        "sku": "product",
        "stock": "5",
        "reserved": "2",
        "held": "0",
        "available": "3",
    }
    assert [fired["trigger"] for fired in told["steps"][2]["fired"]] == ["timeout"]
    assert told["steps"][-1]["items"][0]["state"] == "delivered"


def test_a_step_that_is_refused_is_told_by_the_exit_code(project, earmark, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("place 11\n"))
    told = earmark("process", "try", "DummyPayment", "--json", code=1).shaped("process-try")
    (refused,) = told["steps"][0]["refused"]
    assert refused["code"] == "not_available"


def test_bad_names_are_all_told_with_their_line(project, earmark):
    Path("bad.trial").write_text("place\nfire payy\nanswer DummyPayment/IsPayed true\n")
    said = earmark("process", "try", "DummyPayment", "--script", "bad.trial", code=1).err
    assert "bad.trial:2: 'DummyPayment' has no event 'payy'; did you mean 'pay'?" in said
    assert "bad.trial:3: 'DummyPayment' has no condition" in said


@pytest.mark.parametrize(
    "wrong",
    [
        ("--answer", "DummyPayment/IsPaid"),
        ("--answer", "DummyPayment/IsPaid=maybe"),
        ("--timeout", "close"),
        ("--assume", "ask"),
    ],
)
def test_wrong_options_are_wrong_usage(script, earmark, wrong):
    earmark("process", "try", "DummyPayment", "--script", script, *wrong, code=2)


@pytest.mark.parametrize(
    "refused",
    [
        ("--answer", "DummyPayment/IsPayed=true"),
        ("--timeout", "close=soon"),
        ("--timeout", "clothe=1 day"),
        ("--stock", "many"),
        ("--start", "tomorrow"),
    ],
)
def test_options_that_mean_nothing_are_refused(script, earmark, refused):
    earmark("process", "try", "DummyPayment", "--script", script, *refused, code=1)


def test_a_processor_is_named_and_its_span_is_taken(project, earmark, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("place\n"))
    Path("Timed.xml").write_text(
        FIRST.replace('<event name="', '<event timeout="2 days" timeoutProcessor="Own/Days" name="', 1)
    )
    said = earmark("process", "try", "Timed.xml").err
    assert "Own/Days computes the timeout of" in said
    assert "taken is '2 days'" in said


def test_a_script_that_cannot_be_read_is_refused(project, earmark):
    Path("latin.trial").write_bytes("place as gr\xfcn".encode("latin-1"))
    assert "not UTF-8" in earmark("process", "try", "DummyPayment", "--script", "latin.trial", code=1).err
    assert "none.trial" in earmark("process", "try", "DummyPayment", "--script", "none.trial", code=1).err


def test_taking_back_a_wait_says_what_time_it_is_again(project, earmark):
    Path("back.trial").write_text("wait 1 day\nundo\n")
    said = earmark("process", "try", "DummyPayment", "--script", "back.trial").out
    assert said.count("nothing was due until Fri 2026-01-02 00:00 UTC") == 1
    assert "> undo wait 1 day\n  it is Thu 2026-01-01 00:00 UTC again\n" in said


class Typing(StringIO):
    """A terminal at which somebody types."""

    def isatty(self):
        return True


def test_at_a_prompt_lines_are_done_and_conditions_asked_for(project, earmark, monkeypatch):
    typed = iter(["help", "place", "y", "fire pay", "n", "fire shipp", "undo", "", "quit"])
    monkeypatch.setattr("sys.stdin", Typing())
    monkeypatch.setattr("builtins.input", lambda prompt="": next(typed))
    said = earmark("process", "try", "DummyPayment").out
    assert "place an item, or put one into a state" in said
    assert "'new' -> 'payment pending'" in said
    assert "item 1: stays in 'payment pending', 'pay' was fired" in said
    assert "no event 'shipp'; did you mean 'ship'?" in said
    assert "> undo fire pay" in said
    assert next(typed, "over") == "over"


def test_a_prompt_ends_with_the_input(project, earmark, monkeypatch):
    def ended(prompt=""):
        raise EOFError

    monkeypatch.setattr("sys.stdin", Typing())
    monkeypatch.setattr("builtins.input", ended)
    earmark("process", "try", "DummyPayment")
