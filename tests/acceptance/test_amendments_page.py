"""The page about amendments: who writes what it shows gets what it tells. And what users see who get it wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "amendments.md").read_text(encoding="utf-8")
PROCESS, ORDER, CALL, DRY_RUN, TOLD = re.findall(r"^```(?:xml|json|bash|text)\n(.*?)^```$", PAGE, re.M | re.S)
TOPOLOGY = """
warehouses: [{name: Ulm}]
stores: [{name: DE, warehouses: [Ulm]}]
products: [{sku: furniture, concretes: [{sku: chair}, {sku: bench}]}]
"""
STOCK = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\nchair,Ulm,10,0,0\nbench,Ulm,1,0,0\n"


@pytest.fixture
def placed(project, earmark):
    """The order of the page, placed."""
    files = {"t.yaml": TOPOLOGY, "s.csv": STOCK, "p.xml": PROCESS, "order.json": ORDER, "call.json": CALL}
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    found = earmark("process", "check", "p.xml", "--json").json["findings"]
    assert [finding for finding in found if finding["severity"] != "info" or "amend" in finding["rule"]] == []
    for words in (
        "topology apply t.yaml",
        "stock import s.csv",
        "process deploy p.xml",
        "order place order.json",
    ):
        earmark(*words.split())
    return earmark


def test_the_example_comes_to_what_the_page_tells(placed):
    for words in DRY_RUN.splitlines():
        _, *arguments = words.split()
        shown = placed(*arguments).out
        told = TOLD.splitlines()[1:]
        assert [line for line in told if line not in shown.splitlines()] == []
        assert ("nothing is changed" in shown) == ("--dry-run" in words)
    assert shown.splitlines()[0] == TOLD.splitlines()[0]
    again = placed("order", "amend", "A-1", "call.json", "--json").shaped("order-amend")
    assert (again["existing"], again["dry_run"], again["amendment"]["key"]) == (True, False, "call-4711")
    assert "was amended so before" in placed("order", "amend", "A-1", "call.json").out


def test_it_is_told_before_and_after(placed):
    placed("order", "amend", "A-1", "call.json")
    order = placed("order", "show", "A-1", "--json").shaped("order")
    assert [(line["quantity"], line["removed"]) for line in order["lines"]] == [("2", "1"), ("1", "0")]
    (amendment,) = order["amendments"]
    assert (amendment["reason"], amendment["fields"]["address"]["after"]["street"]) == (
        "customer called",
        "Am Hafen 7",
    )
    shown = placed("order", "show", "A-1").out
    assert "(call-4711): customer called" in shown
    assert "line 2, bench: 0 -> 1" in shown
    history = placed("history", "1").out
    assert "1 went as item 2 from 'new' by an amendment of the order" in history
    assert "reason: customer called" in history
    entries = placed("history", "3", "--json").shaped("history")
    entries = entries if isinstance(entries, list) else entries["history"]
    assert entries[0]["data"]["amendment"]["fields"]["address"]["before"]["street"] == "Am Markt 1"


def test_the_history_of_what_stays_tells_what_changed(placed):
    Path("more.json").write_text('{"lines": [{"line": 1, "quantity": 4}], "set": {"note": "ring"}}')
    placed("order", "amend", "A-1", "more.json", "--reason", "asked", "--key", "k")
    history = " ".join(placed("history", "1").out.split())
    assert "amended in 'new': quantity 3 -> 4, note null -> \"ring\"" in history


def test_all_that_is_wrong_is_told_with_its_place(placed):
    wrong = {
        "lines": [{"line": 1, "quantity": 99}, {"line": 5, "remove": True}],
        "add": [{"sku": "x", "quantity": 1}],
    }
    Path("wrong.json").write_text(json.dumps(wrong))
    error = placed("order", "amend", "A-1", "wrong.json", "--json", code=1).error
    assert error["code"] == "amendment_refused"
    assert {problem["path"] for problem in error["parameters"]["problems"]} == {
        "lines[0].quantity", "lines[1].line", "add[0].sku",
    }  # fmt: skip
    shown = placed("order", "amend", "A-1", "wrong.json", code=1).err
    assert "cannot be amended: 3 problems" in shown
    assert "lines[0].quantity: chair: only 10 available, 99 asked" in shown
    Path("much.json").write_text('{"lines": [{"line": 1, "quantity": 99}]}')
    assert placed("order", "amend", "A-1", "much.json", "--json", code=1).error["code"] == "not_available"
    assert placed("order", "show", "A-1", "--json").json["lines"][0]["quantity"] == "3"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "an amendment is a JSON object, not a JSON array"),
        ("{", "this is not JSON"),
        ("", "there is no amendment in it"),
        ("{}", "it amends nothing"),
        ('{"lines": [{"line": 1, "quantity": -1}], "ad": []}', "lines[0].quantity: "),
        ('{"lines": [{"line": 1, "quantity": 1}], "ad": []}', "ad: is none of the fields of an amendment"),
        ('{"lines": [{"line": "1", "quantity": 1}]}', "lines[0].line: "),
        ('{"lines": [{"quantity": 1}]}', "lines[0]: name it by one of line, reference and item"),
        (
            '{"set": {"store": "AT"}}',
            "set and merge are for fields that Earmark does not know, not for store",
        ),
        ('{"key": "a", "set": {"x": 1}}', "the key is 'a' in the amendment, and 'b' on the command line"),
    ],
)
def test_what_is_no_amendment_is_refused(placed, text, told):
    Path("a.json").write_text(text)
    arguments = ["--key", "b"] if "'b'" in told else []
    error = placed("order", "amend", "A-1", "a.json", *arguments, "--json", code=1).error
    assert (error["code"], told in error["message"]) == ("input_invalid", True), error["message"]


def test_an_order_or_a_file_that_is_not_there(placed):
    assert placed("order", "amend", "nobody", "call.json", "--json", code=1).error["code"] == "unknown_order"
    assert placed("order", "amend", "A-1", "none.json", "--json", code=1).error["code"] == "file_unreadable"
