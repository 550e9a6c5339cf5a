"""Asking on the command line whether a cart can be sold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def can_sell(shop, earmark):
    """Ask about what is written into a file."""

    def asked(cart, *options, code=0, store="DE"):
        Path("cart.json").write_text(json.dumps(cart))
        named = ("--store", store) if store else ()
        return earmark("can-sell", "cart.json", *named, *options, code=code)

    return asked


def line(sku, quantity=1):
    return {"sku": sku, "quantity": quantity}


def test_each_line_is_answered_and_the_exit_code_is_of_all(can_sell):
    assert can_sell([line("chair-oak", 2)], "--json").shaped("can-sell")["ok"] is True
    asked = [line("chair-oak", 1000), line("lamp-brass"), line("sofa"), line("chair"), line("chair-oak", "x")]
    told = can_sell(asked, "--json", code=1).shaped("can-sell")
    assert [(one["sku"], one["ok"], one["code"]) for one in told["lines"]] == [
        ("chair-oak", False, "not_enough"),
        ("lamp-brass", True, None),
        ("sofa", False, "unknown_sku"),
        ("chair", False, "not_concrete"),
        ("chair-oak", False, "bad_quantity"),
    ]
    shown = can_sell(asked, code=1).out
    assert "not all of it can be sold in DE" in shown
    assert "1000 asked" in shown


def test_a_whole_order_can_be_asked_about_with_what_is_in_the_cart(can_sell, earmark):
    order = {
        "reference": "A",
        "store": "DE",
        "items": [line("chair-oak", 1)],
        "in_cart": [line("chair-oak", 2)],
    }
    (told,) = can_sell(order, "--json", store=None).shaped("can-sell")["lines"]
    assert (told["asked"], told["in_all"]) == ("1", "3")
    Path("hold.json").write_text(json.dumps([line("chair-oak", told["available"])]))
    earmark("cart", "hold", "hold.json", "--store", "DE", "--reference", "C", "--for", "1 hour")
    assert can_sell([line("chair-oak")], "--json", code=1).json["lines"][0]["code"] == "sold_out"
    assert can_sell([line("chair-oak")], "--hold", "C", "--json").json["ok"] is True


@pytest.mark.parametrize(
    ("cart", "store", "said"),
    [
        ([], "DE", "there are no lines in it"),
        ({}, "DE", "there are no lines in it"),
        ("chair-oak", "DE", "a cart is a JSON array or object, not text"),
        ({"items": {}}, "DE", "items is a JSON array of lines"),
        ({"items": [line("chair-oak")], "in_cart": 3}, "DE", "in_cart is a JSON array of lines"),
        ([{"quantity": 1}], "DE", "lines[0].sku"),
        (["chair-oak"], "DE", "lines[0]"),
        ([line("chair-oak")], None, "the cart names no store"),
        ({"items": [line("chair-oak")], "store": "AT"}, "DE", "the store is 'AT' in the cart"),
        ([line("chair-oak")], "XX", "there is no store 'XX'"),
    ],
)
def test_what_cannot_be_asked_is_refused(can_sell, cart, store, said):
    assert said in can_sell(cart, "--json", store=store, code=1).error["message"]
