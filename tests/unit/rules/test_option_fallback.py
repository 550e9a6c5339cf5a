"""From which level an option comes: tables of levels and results, and the cost of asking for many products."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rules.options.model import Options
from rules.options.resolve import CategoryCycle, Resolver, Surroundings
from rules.options.values import DEFAULTS, NAMES

AROUND = Surroundings(
    parents={
        "All": None,
        "Clothes": "All",
        "Shoes": "Clothes",
        "Boots": "Shoes",
        "Rain": "Boots",
        "Red": "Rain",
    },
    organisations={"DE": "Acme", "AT": None},
)


def resolver(**levels) -> Resolver:
    return Resolver(Options.model_validate(levels), AROUND)


def found(
    rules: Resolver, option: str, *, store: str = "DE", category: str | None = "Red", sku: str = "boot-1"
):
    effective = rules.effective(sku, store, category, "boot")
    return {name: (value, str(level)) for name, value, level in effective.options()}[option]


CHAIN = {
    "products": {"boot-1": {"inventory_threshold": 2.5}},
    "categories": {
        "Red": {"inventory_threshold": 3.5},
        "Boots": {"inventory_threshold": 4},
        "All": {"inventory_threshold": 5},
    },
    "websites": {"DE": {"inventory_threshold": 6}},
    "organisations": {"Acme": {"inventory_threshold": 7}},
    "system": {"inventory_threshold": 8},
}


@pytest.mark.parametrize(
    ("left_out", "value", "level"),
    [
        ((), "2.5", "product boot-1"),
        (("products",), "3.5", "category Red"),
        (("products", "Red"), "4", "category Boots"),
        (("products", "Red", "Boots"), "5", "category All"),
        (("products", "categories"), "6", "website DE"),
        (("products", "categories", "websites"), "7", "organisation Acme"),
        (("products", "categories", "websites", "organisations"), "8", "system"),
        (("products", "categories", "websites", "organisations", "system"), "0", "default"),
    ],
)
def test_the_nearest_level_counts(left_out, value, level):
    levels = {name: dict(said) for name, said in CHAIN.items() if name not in left_out}
    for name in left_out:
        levels.get("categories", {}).pop(name, None)
    assert found(resolver(**levels), "inventory_threshold") == (Decimal(value), level)


@pytest.mark.parametrize(
    ("option", "above", "own"),
    [
        ("inventory_threshold", 5, 0),
        ("low_inventory_threshold", 5, 0),
        ("backorder_limit", 5, 0),
        ("minimum_quantity_to_order", 5, 0),
        ("maximum_quantity_to_order", 5, 0),
        ("manage_inventory", True, False),
        ("decrement_inventory", True, False),
        ("highlight_low_inventory", True, False),
        ("upcoming", True, False),
        ("backorders", True, False),
        ("hide_labels_past_availability_date", True, False),
        ("inventory_status", "discontinued", "in_stock"),
    ],
)
@pytest.mark.parametrize(
    "levels",
    [
        ("products", "boot-1", "product boot-1"),
        ("products", "boot", "product boot"),
        ("categories", "Boots", "category Boots"),
        ("websites", "DE", "website DE"),
        ("organisations", "Acme", "organisation Acme"),
    ],
)
def test_an_own_zero_or_false_is_a_value_at_every_level(option, above, own, levels):
    section, name, level = levels
    rules = resolver(system={option: above}, **{section: {name: {option: own}}})
    value, came_from = found(rules, option)
    assert (value, came_from) == (own, level)
    assert found(rules, option, store="AT", category=None, sku="mug-1")[0] == (
        own if name == "boot" else above
    )


@pytest.mark.parametrize(
    "option", ["backorder_limit", "minimum_quantity_to_order", "maximum_quantity_to_order"]
)
def test_none_lifts_a_limit_and_null_says_nothing(option):
    lifted = resolver(system={option: 5}, products={"boot-1": {option: "none"}})
    assert found(lifted, option) == (None, "product boot-1")
    silent = resolver(system={option: 5}, products={"boot-1": {option: None}})
    assert found(silent, option) == (Decimal(5), "system")


def test_a_date_belongs_to_the_level_that_says_upcoming():
    rules = resolver(
        categories={"Boots": {"upcoming": True, "availability_date": "2026-12-24"}},
        products={
            "boot-1": {"upcoming": True},
            "boot-2": {"upcoming": True, "availability_date": "2026-12-24T09:30:00+02:00"},
            "boot-3": {"upcoming": False},
        },
    )
    assert found(rules, "availability_date", sku="boot-9") == (
        datetime(2026, 12, 24, tzinfo=UTC),
        "category Boots",
    )
    assert found(rules, "availability_date") == (None, "product boot-1")
    assert found(rules, "availability_date", sku="boot-2")[0] == datetime(2026, 12, 24, 7, 30, tzinfo=UTC)
    assert found(rules, "availability_date", sku="boot-3") == (None, "product boot-3")


def test_a_concrete_product_comes_before_its_abstract_one_and_that_before_the_category():
    rules = resolver(
        products={"boot-1": {"backorders": True}, "boot": {"backorders": False, "inventory_threshold": 1}},
        categories={"Red": {"inventory_threshold": 2, "backorder_limit": 3}},
    )
    assert found(rules, "backorders") == (True, "product boot-1")
    assert found(rules, "inventory_threshold") == (Decimal(1), "product boot")
    assert found(rules, "backorder_limit") == (Decimal(3), "category Red")


def test_without_anything_said_every_option_has_its_default():
    effective = resolver().effective("boot-1", "DE", "Red")
    assert effective.values == DEFAULTS
    assert {str(level) for level in effective.levels} == {"default"}
    assert tuple(name for name, _, _ in effective.options()) == NAMES


def test_a_cycle_among_categories_is_told_with_its_way():
    around = Surroundings({"A": "B", "B": "C", "C": "A"}, {"DE": None})
    with pytest.raises(CategoryCycle) as caught:
        Resolver(Options(), around).effective("x", "DE", "A")
    assert caught.value.path == ("A", "B", "C", "A")


def test_products_without_options_of_their_own_share_what_they_have():
    rules = resolver(categories={"All": {"inventory_threshold": 1}})
    one, other = (rules.effective(sku, "DE", "Red", "boot") for sku in ("boot-1", "boot-2"))
    assert one is other
