"""Carts on the command line: what is held, for whom, until when, and what becomes of it."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

LINES = [{"sku": "chair-oak", "quantity": 2}, {"sku": "lamp-brass", "quantity": 1}]


@pytest.fixture
def hold(shop, earmark):
    """Hold a cart; what it is comes from a file."""

    def held(cart=LINES, *options, code=0, age="15 minutes", store="DE"):
        Path("cart.json").write_text(json.dumps(cart))
        named = ("--store", store) if store else ()
        return earmark("cart", "hold", "cart.json", "--for", age, *named, "--json", *options, code=code)

    return held


def available(earmark, sku="chair-oak"):
    (row,) = earmark("availability", sku, "--store", "DE", "--json").shaped("availability")
    return int(row["held"]), int(row["available"])


def order(reference, hold, *lines):
    items = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    Path("order.json").write_text(
        json.dumps({"reference": reference, "store": "DE", "hold": hold, "items": items})
    )
    return "order", "place", "order.json"


def test_a_cart_is_held_shown_and_becomes_an_order(earmark, hold):
    before = available(earmark)
    held = hold(LINES, "--reference", "cart-17").shaped("cart")
    assert (held["reference"], held["status"], held["order"]) == ("cart-17", "held", None)
    assert [(line["sku"], line["quantity"]) for line in held["items"]] == [
        ("chair-oak", "2"),
        ("lamp-brass", "1"),
    ]
    lasts = datetime.fromisoformat(held["until"]) - datetime.fromisoformat(held["taken_at"])
    assert lasts.total_seconds() == 900
    assert available(earmark) == (2, before[1] - 2)
    longer = earmark("cart", "extend", "cart-17", "--for", "PT1H", "--json").shaped("cart")
    assert longer["until"] > held["until"]
    again = hold(LINES, "--reference", "cart-17").json
    assert (again["existing"], again["until"]) == (True, longer["until"])

    earmark(*order("DE-17", "cart-17", ("chair-oak", 2), ("lamp-brass", 1)))
    shown = earmark("cart", "show", "cart-17", "--json").shaped("cart")
    assert (shown["status"], shown["order"]) == ("placed", "DE-17")
    assert available(earmark) == (0, before[1] - 2)
    error = earmark(*order("DE-18", "cart-17", ("chair-oak", 1)), "--json", code=1).error
    assert (error["code"], error["parameters"]["order"]) == ("cart_hold_ended", "DE-17")
    assert earmark("reservation", "reconcile", "--json").json["drift"] == []


def test_what_is_short_is_told_as_data_and_nothing_is_held(earmark, hold):
    error = hold([{"sku": "chair-oak", "quantity": 99}, LINES[1]], code=1).error
    assert error["code"] == "not_available"
    (short,) = error["parameters"]["short"]
    assert (short["sku"], short["asked"]) == ("chair-oak", "99")
    assert earmark("cart", "list", "--json").shaped("cart-list") == {"carts": [], "next": None}


def test_it_is_released_once_and_again(earmark, hold):
    before = available(earmark)
    reference = hold(LINES).json["reference"]
    released = earmark("cart", "release", reference, "--json").shaped("cart")
    assert (released["status"], released["existing"]) == ("released", False)
    assert earmark("cart", "release", reference, "--json").json["existing"] is True
    assert available(earmark) == before


def test_without_a_reference_each_call_holds_another_time(hold):
    assert hold(LINES).json["reference"] != hold(LINES).json["reference"]


def test_a_cart_may_be_the_order_that_is_to_come(earmark, hold):
    cart = {"reference": "C-1", "store": "DE", "currency": "EUR", "customer": {"id": 7}, "items": LINES}
    assert hold(cart, store=None).json["reference"] == "C-1"
    assert "on the command line" in hold(cart, store="AT", code=1).error["message"]


def test_a_cart_comes_from_standard_input(shop, run):
    asked = ("cart", "hold", "-", "--store", "DE", "--for", "1 hour", "--json")
    for text, code in ((json.dumps(LINES), 0), ("", 1)):
        Path("cart.json").write_text(text)
        with Path("cart.json").open() as stream:
            done = run(*asked, code=code, stdin=stream, folder=shop)
        told = done.shaped("cart")["status"] if code == 0 else done.error["message"]
        assert told == ("held" if code == 0 else "stdin: there is no cart in it")


@pytest.mark.parametrize(
    ("cart", "store", "message"),
    [
        ([], "DE", "cart.json: items: a cart needs at least one item"),
        (3, "DE", "cart.json: a cart is a JSON array or object, not a number"),
        ([{"sku": "chair-oak"}], "DE", "cart.json: items[0].quantity: is missing"),
        (LINES, None, "the cart names no store"),
    ],
)
def test_what_is_no_cart_is_refused(hold, cart, store, message):
    error = hold(cart, store=store, code=1).error
    assert (error["code"], error["message"]) == ("input_invalid", message)


def test_a_time_that_is_none_is_told_as_one_of_carts(hold):
    error = hold(age="15", code=1).error
    assert error["message"].startswith('not a span of time: "15"')
    assert error["remedy"] == "Write a span of time such as '15 minutes' or 'PT15M'."


def test_what_people_see(earmark, hold):
    hold(LINES, "--reference", "cart-1")
    hold([LINES[0]], "--reference", "cart-2")
    earmark(*order("DE-1", "cart-1", ("chair-oak", 2)))
    shown = earmark("cart", "show", "cart-2").out.splitlines()
    assert shown[0].startswith("cart cart-2 of store DE: held until ")
    assert shown[-1].split() == ["chair-oak", "2", "-"]
    assert " as order DE-1" in earmark("cart", "show", "cart-1").out
    rows = earmark("cart", "list").out.splitlines()[2:]
    assert [row.split()[:3] for row in rows] == [["cart-2", "DE", "held"], ["cart-1", "DE", "placed"]]
    assert len(earmark("cart", "list", "--status", "held").out.splitlines()) == 3
    told = earmark("availability", "chair-oak", "--store", "DE", "--explain").out
    assert "1 cart (cart-2)" in " ".join(told.split())


def test_a_hold_goes_along_into_a_copy_and_is_purged_when_it_has_ended(earmark, hold):
    hold(LINES, "--reference", "cart-1")
    for number in (2, 3):
        hold([LINES[0]], "--reference", f"cart-{number}")
        earmark("cart", "release", f"cart-{number}")
    tables = earmark("db", "copy", "sqlite:///earmark.db", "sqlite:///copy.db", "--json").json["tables"]
    assert (tables["cart_hold"], tables["cart_hold_line"]) == (3, 4)
    earmark(*order("DE-1", "cart-1", ("chair-oak", 2)), "--db", "sqlite:///copy.db")
    assert earmark("reservation", "reconcile", "--json", "--db", "sqlite:///copy.db").json["drift"] == []
    _long_ago("UPDATE cart_hold SET taken_at = 1, ended_at = 1 WHERE ended_at IS NOT NULL")
    assert earmark("purge", "--older-than", "1 day", "--json").shaped("purge")["cart_holds"] == 1
    assert "nothing deleted" in earmark("purge", "--older-than", "1 day").out


def test_doctor_tells_of_holds_that_nobody_ends(earmark, hold):
    hold(LINES)
    past = "hold_until = hold_until - 86400000000"
    _long_ago(f"UPDATE cart_hold SET {past}", f"UPDATE cart_hold_line SET {past}")
    assert available(earmark)[0] == 0
    assert earmark("doctor", code=None).out.count("2 holds") == 1
    assert 'earmark_due{kind="hold"} 2.0' in earmark("metrics").out
    earmark("run", "timeouts")
    assert 'earmark_due{kind="hold"} 0.0' in earmark("metrics").out


def _long_ago(*statements):
    connection = sqlite3.connect("earmark.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
