"""Which process an order gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rules import EngineRules, ProcessNotDeployed, ProcessSelection, RuleFileError, load_rules, select_process
from rules.selection import considered

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


NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "order", "fits"),
    [
        ("order.total > 500.0", {"total": 600}, True),
        ("order.total > 500.0", {"total": 5}, False),
        ("order.total > 500.0", {}, False),
        ("!(order.total > 500.0)", {"total": "5"}, False),
        ("'vip' in order.tags && order.store == 'DE'", {"store": "DE", "tags": ["vip", 3]}, True),
        ("order.data.customer.group == 'B2B'", {"customer": {"group": "B2B"}}, True),
        ("order.payment_method == 'card'", {"payment": {"method": "card"}}, True),
        ("now.getMonth() == 11", {}, True),
    ],
)
def test_a_condition_must_be_true_and_an_error_is_not(when, order, fits):
    rules = EngineRules(process_selection=(ProcessSelection(process="a", when=when),))
    assert select_process(rules, order, DEPLOYED, NOON) == ("a" if fits else None)


def test_a_rule_counts_between_its_times():
    since, until = "2026-12-01T13:00:00+01:00", "2026-12-01T12:00:00.000001Z"
    rule = ProcessSelection(process="a", since=since, until=until)
    rules = EngineRules(process_selection=(rule, ProcessSelection(process="b")))
    moments = [NOON - timedelta(microseconds=1), NOON, NOON + timedelta(microseconds=1)]
    assert [select_process(rules, {}, DEPLOYED, at) for at in moments] == ["b", "a", "b"]


def test_it_is_told_why_a_rule_does_not_fit():
    rules = EngineRules(
        process_selection=(
            ProcessSelection(process="a", store="DE"),
            ProcessSelection(process="a", when="order.total > 5.0"),
            ProcessSelection(process="b"),
            ProcessSelection(process="prepayment"),
        )
    )
    told = considered(rules, {"store": "AT", "total": 3}, NOON)
    assert [(one.number, one.unfit) for one in told] == [
        (1, "its store is 'DE', the order's 'AT'"),
        (2, "'order.total > 5.0' is false"),
        (3, None),
    ]


def test_conditions_and_times_are_checked_when_rules_are_read(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "process_selection:\n  - {process: a, when: order.totl > 5.0}\n  - {process: a, when: item.available}\n"
        "  - {process: a, since: 2026-12-01}\n"
    )
    with pytest.raises(RuleFileError) as caught:
        load_rules(path)
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (2, '"process_selection.1.when", line 1, column 7 of the expression: "order" has no field "totl"'),
        (
            3,
            '"process_selection.2.when" asks for item.available, which is not known before an order is stored',
        ),
        (4, "\"process_selection[3].since\" is '2026-12-01', which is no time with an offset"),
    ]
