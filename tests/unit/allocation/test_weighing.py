"""What each strategy minds about a warehouse: a table, and the way between two places on the earth."""

from __future__ import annotations

import pytest

from engine.allocation.weighing import FARTHEST_KM, Destination, destination_of, distance_km, weighed
from engine.versions.names import House
from rules.allocation import Allocation

BERLIN, PARIS, NOWHERE = (52.52, 13.405), (48.8566, 2.3522), None


def house(number, at=None, *, priority=None, external=False):
    place = (None, None) if at is None else tuple(round(degrees * 1_000_000) for degrees in at)
    return House(number, f"W{number}", True, external, *place, priority)


def order(told, houses, **rules):
    """Return the warehouses by what the strategies mind."""
    allocation = Allocation.model_validate(rules)
    choice = allocation.for_store("DE")
    to = destination_of(allocation, choice, "DE", told)
    return [one.name for one in weighed(allocation, choice, houses, to, {"plugin:mine": {"W2": 0.0}})]


@pytest.mark.parametrize(
    ("strategy", "more", "first"),
    [
        ("priority", {}, "W2"),
        ("own_first", {}, "W1"),
        ("external_first", {}, "W3"),
        ("default", {"default": "W3"}, "W3"),
        ("nearest", {}, "W2"),
        ("cheapest", {"costs": {"W1": {"*": 5}, "W2": {"FR": 9, "*": 1}, "W3": {"FR": 2}}}, "W3"),
        ("plugin:mine", {}, "W2"),
        ("fewest", {}, "W1"),
    ],
)
def test_the_first_warehouse(strategy, more, first):
    told = {"shipping": {"country": "FR", "latitude": PARIS[0], "longitude": str(PARIS[1])}}
    houses = [house(1, BERLIN, priority=2), house(2, PARIS, priority=1), house(3, external=True)]
    assert order(told, houses, strategies=[strategy], **more)[0] == first


def test_an_order_that_says_no_place_is_as_near_to_all():
    houses = [house(1), house(2, PARIS)]
    shipping = ("Paris", {"latitude": 99, "longitude": 2}, {"latitude": True}, None)
    for told in ({}, *({"shipping": one} for one in shipping)):
        assert order(told, houses, strategies=["nearest"]) == ["W1", "W2"]


def test_a_warehouse_without_a_place_is_the_farthest():
    told = {"to": {"lat": PARIS[0], "lon": PARIS[1]}}
    rules = {"strategies": ["nearest"], "latitude": "to.lat", "longitude": "to.lon"}
    assert order(told, [house(1), house(2, (-48.8566, -177.6478))], **rules) == ["W2", "W1"]


def test_a_destination_without_a_name_is_the_store():
    rules = {"strategies": ["cheapest"], "costs": {"W2": {"DE": 1}, "W1": {"*": 2}}}
    assert order({}, [house(1), house(2)], **rules) == ["W2", "W1"]
    assert order({"shipping": {"country": "FR"}}, [house(1), house(2)], **rules) == ["W1", "W2"]


def test_the_way_between_two_places():
    assert distance_km(BERLIN, BERLIN) == 0
    assert distance_km(BERLIN, PARIS) == pytest.approx(877.5, abs=1)
    assert distance_km((0, 179.5), (0, -179.5)) == pytest.approx(111.2, abs=0.1)
    assert distance_km((90, 0), (-90, 0)) < FARTHEST_KM


def test_a_store_may_have_strategies_of_its_own():
    rules = Allocation.model_validate(
        {
            "at": "placement",
            "strategies": ["fewest"],
            "stores": {"DE": {"strategies": ["priority"], "at": "event"}},
        }
    )
    assert rules.for_store("DE") == ("event", ("priority",), True, None)
    assert rules.for_store("FR") == ("placement", ("fewest",), True, None)
    assert rules.at_placement


def test_a_destination_is_told_only_where_a_strategy_asks():
    rules = Allocation.model_validate({"strategies": ["priority"]})
    told = {"shipping": {"country": "FR", "latitude": 1, "longitude": 2}}
    assert destination_of(rules, rules.for_store("DE"), "DE", told) == Destination("DE", name="DE")
