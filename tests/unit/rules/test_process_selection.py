"""Which process an order gets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules import EngineRules, ProcessNotDeployed, ProcessSelection, select_process

DEPLOYED = ["a", "b", "prepayment"]


def chosen(order: dict, *selections: dict) -> str | None:
    rules = EngineRules(process_selection=tuple(ProcessSelection(**one) for one in selections))
    return select_process(rules, order, DEPLOYED)


def test_without_rules_nothing_is_chosen():
    assert chosen({"store": "DE"}) is None


def test_the_first_rule_that_fits_decides():
    selections = [{"process": "a", "store": "DE"}, {"process": "b"}]
    assert chosen({"store": "DE"}, *selections) == "a"
    assert chosen({"store": "AT"}, *selections) == "b"
    assert chosen({"store": "DE"}, *reversed(selections)) == "b"


def test_nothing_is_chosen_when_no_rule_fits():
    assert chosen({"store": "AT"}, {"process": "a", "store": "DE"}) is None
    assert chosen({}, {"process": "a", "store": "DE"}) is None


def test_every_given_key_must_fit():
    selection = {"process": "a", "store": "DE", "payment_method": "card", "match": {"express": True}}
    order = {"store": "DE", "payment_method": "card", "express": True}
    assert chosen(order, selection) == "a"
    for key, other in (("store", "AT"), ("payment_method", "cash"), ("express", False)):
        assert chosen({**order, key: other}, selection) is None


@pytest.mark.parametrize(
    ("order", "fits"),
    [
        ({"payment_method": "card"}, True),
        ({"payment": {"method": "card"}}, True),
        ({"payment_method": None, "payment": {"method": "card"}}, True),
        ({"payment_method": "cash", "payment": {"method": "card"}}, False),
        ({"payment": "card"}, False),
        ({"payment": {}}, False),
        ({}, False),
    ],
)
def test_the_payment_method_stands_in_one_of_two_places(order, fits):
    assert chosen(order, {"process": "a", "payment_method": "card"}) == ("a" if fits else None)


@pytest.mark.parametrize(
    ("rule", "actual", "fits"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (1, Decimal("1.00"), True),
        (0.1, Decimal("0.1"), True),
        (0.1, Decimal("0.2"), False),
        (1, "1", False),
        ("1", 1, False),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (None, None, True),
        ("B2B", "B2B", True),
        ("B2B", "b2b", False),
        ([1, "a"], [Decimal(1), "a"], True),
        ([1, "a"], ["a", 1], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": Decimal(1)}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, 1, False),
        ([1], 1, False),
    ],
)
def test_values_are_compared_as_json(rule, actual, fits):
    assert chosen({"x": actual}, {"process": "a", "match": {"x": rule}}) == ("a" if fits else None)


def test_a_dot_leads_into_an_object():
    selection = {"process": "a", "match": {"customer.address.country": "DE"}}
    assert chosen({"customer": {"address": {"country": "DE"}}}, selection) == "a"
    assert chosen({"customer": {"address": "DE"}}, selection) is None
    assert chosen({"customer.address.country": "DE"}, selection) is None


def test_an_absent_field_is_null():
    for order in ({}, {"coupon": None}):
        assert chosen(order, {"process": "a", "match": {"coupon": None}}) == "a"
    assert chosen({"coupon": "X"}, {"process": "a", "match": {"coupon": None}}) is None
    assert chosen({}, {"process": "a", "match": {"coupon": "X"}}) is None


def test_a_rule_is_never_passed_over_because_its_process_is_not_deployed():
    with pytest.raises(ProcessNotDeployed) as caught:
        chosen({"store": "DE"}, {"process": "prepaymnt", "store": "DE"}, {"process": "b"})
    assert "rule 1 of process_selection names the process 'prepaymnt'" in caught.value.message
    assert 'Did you mean "prepayment"?' in caught.value.message
    assert caught.value.code == "process_not_found"
    assert chosen({"store": "AT"}, {"process": "prepaymnt", "store": "DE"}, {"process": "b"}) == "b"
