"""Stock by hand on the command line: one correction, many of them, and what the history tells."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

BROKEN = ("stock", "correct", "chair-oak", "--warehouse", "Berlin", "--by", "-3", "--reason", "broken")


BERLIN = ("stock", "history", "chair-oak", "--warehouse", "Berlin", "--json")


def stock(earmark, sku="chair-oak"):
    return {row["warehouse"]: row["quantity"] for row in earmark("stock", "show", sku, "--json").json}


@pytest.fixture
def many(shop, run):
    """Correct what a text says, from standard input."""

    def corrected(text, *options, code=0):
        Path("corrections").write_text(text)
        with Path("corrections").open() as stream:
            return run("stock", "correct", "-", "--json", *options, code=code, stdin=stream, folder=shop)

    return corrected


def test_one_is_made_once_and_its_history_says_who_and_why(shop, earmark, monkeypatch):
    monkeypatch.setenv("EARMARK_ACTOR", "ina")
    before = int(stock(earmark)["Berlin"])
    made = earmark(*BROKEN, "--reference", "C-1", "--json").shaped("stock-correct")
    assert (made["corrected"], made["existing"]) == (1, 0)
    assert made["corrections"][0]["quantity"] == str(before - 3)
    again = earmark(*BROKEN, "--reference", "C-1", "--json").shaped("stock-correct")
    assert (again["corrected"], again["existing"]) == (0, 1)
    assert stock(earmark)["Berlin"] == str(before - 3)
    page = earmark(*BERLIN).shaped("stock-history")
    corrected, counted = page["changes"]
    assert (corrected["kind"], corrected["actor"], corrected["reason"]) == ("correction", "ina", "broken")
    assert (counted["kind"], counted["file"], counted["by"]) == ("count", "data/stock.csv", str(before))
    error = earmark(*BROKEN[:-1], "lost", "--reference", "C-1", "--json", code=1).error
    assert error["code"] == "correction_conflict"


def test_what_people_see(shop, earmark):
    shown = earmark(*BROKEN, "--reference", "C-1").out.splitlines()
    assert shown[-2].split()[:3] == ["chair-oak", "Berlin", "-3"]
    assert shown[-1] == "1 correction made, 0 made before"
    told = " ".join(earmark("stock", "history", "chair-oak").out.split())
    assert "broken (C-1)" in told
    assert "data/stock.csv:" in told
    first = earmark("stock", "history", "chair-oak", "--limit", "1", "--json").json
    assert f"add --after {first['next']}\n" in earmark("stock", "history", "chair-oak", "--limit", "1").out
    rest = earmark("stock", "history", "chair-oak", "--after", first["next"], "--json").json
    assert rest["changes"][0]["kind"] == "count"


def test_what_is_missing_or_would_go_below_zero_is_told(shop, earmark):
    error = earmark("stock", "correct", "chair-oak", "--by", "1", "--json", code=1).error
    assert error["message"] == "a correction needs --warehouse, --reason"
    error = earmark(*BROKEN[:6], "-999", *BROKEN[7:], "--json", code=1).error
    assert (error["code"], error["parameters"]["below_zero"][0]["by"]) == ("stock_below_zero", "-999")
    error = earmark(*BROKEN[:6], "3,5", *BROKEN[7:], "--json", code=1).error
    assert error["message"] == "by: '3,5' is not a number"
    assert earmark("stock", "correct", "-", "--by", "1", "--json", code=1).error["code"] == "input_invalid"


@pytest.mark.parametrize(
    "text",
    [
        '{"sku": "chair-oak", "warehouse": "Berlin", "by": -1, "reason": "broken"}\n\n'
        '{"sku": "chair-oak", "by": "0.5", "reference": "C-2"}\n',
        '[{"sku": "chair-oak", "warehouse": "Berlin", "by": -1, "reason": "broken"},\n'
        ' {"sku": "chair-oak", "by": 0.5, "reference": "C-2"}]',
        'reference,sku,by,warehouse,reason\n,chair-oak,-1,Berlin,"broken"\nC-2,chair-oak,+0.5,,\n',
    ],
)
def test_many_come_from_standard_input(many, text):
    made = many(text, "--warehouse", "Berlin", "--reason", "looked").shaped("stock-correct")
    assert [(one["by"], one["reason"], one["reference"]) for one in made["corrections"]] == [
        ("-1", "broken", None),
        ("0.5", "looked", "C-2"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "stdin: there is no correction in it"),
        ("sku,warehouse,amount\n", "stdin:1: unknown columns: 'amount'"),
        ("sku,by\nchair-oak\n", "stdin:2: the row has 1 field, the first line 2"),
        ('sku,by\n"chair-oak,1\n', "stdin:2: the quotes do not match"),
        (
            '{"sku": "chair-oak", "by": 1}\n',
            "stdin:1: warehouse: is missing; reason: is missing; nothing was",
        ),
        ('{"sku": "chair-oak", "byy": 1}\n{"sku": 3}\n3\n', "stdin:1: warehouse: is missing"),
        ('{"sku": "chair-oak",\n', "stdin:1:21: this is not JSON"),
        ("sku,warehouse,by,reason\nx,Berlin,1,found\n", "there is no concrete product 'x'"),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_nothing_is_corrected(many, earmark, text, told):
    before = stock(earmark)
    assert told in many(text, code=1).error["message"]
    assert stock(earmark) == before


def test_the_history_goes_along_into_a_copy_and_is_purged_but_for_the_newest_counts(shop, earmark):
    for number in range(3):
        earmark(*BROKEN[:6], "1", *BROKEN[7:], "--reference", f"C-{number}")
    kept = len(earmark("stock", "list", "--json").json["stock"])
    tables = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///copy.db", "--json").json["tables"]
    assert tables["stock_change"] == kept + 3
    with sqlite3.connect("earmark.db") as connection:
        connection.execute("UPDATE stock_change SET at = 1")
    dry = earmark("purge", "--older-than", "1 day", "--dry-run", "--json").shaped("purge")
    assert dry["stock_changes"] == 2
    assert earmark("purge", "--older-than", "1 day", "--json").json["stock_changes"] == 2
    changes = earmark(*BERLIN).json["changes"]
    assert [one["kind"] for one in changes] == ["correction", "count"]
    assert json.loads(earmark("reservation", "reconcile", "--json").out)["drift"] == []


def test_what_is_to_be_looked_after_is_listed(shop, earmark):
    every = earmark("stock", "list", "--json").json["stock"]
    one = every[0]
    earmark("stock", "correct", one["sku"], "--warehouse", one["warehouse"], "--by", f"-{one['quantity']}",
            "--reason", "lost")  # fmt: skip
    assert earmark("stock", "list", "--counted-before", "PT1H", "--json").shaped("stock-list")["stock"] == []
    assert earmark("stock", "list", "--short").out == "no stock\n"
    told = earmark("stock", "list", "--sold-out", "--warehouse", one["warehouse"], "--json").shaped(
        "stock-list"
    )
    assert {row["warehouse"] for row in told["stock"]} <= {one["warehouse"]}
    assert (
        earmark("stock", "list", "--never-counted", "--short", "--json", code=1).error["code"]
        == "input_invalid"
    )
    assert earmark("stock", "list", "--never-counted", "--json").shaped("stock-list")["next"] is None
