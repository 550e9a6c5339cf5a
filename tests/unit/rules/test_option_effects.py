"""What follows from option values: tables of what can be sold, which orders are refused, and what is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from rules.options.effects import Selling, breach, can_be_sold, shown, terms_of
from rules.options.values import DEFAULTS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def values(**said):
    return DEFAULTS._replace(**said)


@pytest.mark.parametrize(
    ("said", "stock", "promised", "sold"),
    [
        ({}, 10, 0, 10),
        ({}, 10, 4, 6),
        ({}, 10, 12, 0),
        ({"inventory_threshold": 3}, 10, 0, 7),
        ({"inventory_threshold": 1}, 10, 0, 9),
        ({"inventory_threshold": 1}, 10, 9, 0),
        ({"inventory_threshold": Decimal("2.5")}, 10, 0, Decimal("7.5")),
        ({"inventory_threshold": 12}, 10, 0, 0),
        ({"manage_inventory": False}, 0, 0, None),
        ({"manage_inventory": False, "inventory_threshold": 3}, 15, 20, None),
        ({"decrement_inventory": False}, 99, 99, None),
        ({"backorders": True}, 15, 0, None),
        ({"backorders": True, "inventory_threshold": 5}, 15, 20, None),
        ({"backorders": True, "backorder_limit": 20}, 0, 0, 20),
        ({"backorders": True, "backorder_limit": 20}, 3, 20, 3),
        ({"backorders": True, "backorder_limit": 20}, 0, 20, 0),
        ({"backorders": True, "backorder_limit": 0}, 5, 0, 5),
        ({"backorders": True, "orderable_statuses": ("in_stock",), "inventory_threshold": 2}, 5, 0, 3),
        ({"backorder_limit": 20}, 5, 0, 5),
        ({"maximum_quantity_to_order": 0}, 10, 0, 0),
        ({"inventory_status": "discontinued"}, 10, 0, 0),
        ({"inventory_status": "discontinued", "manage_inventory": False}, 10, 0, 0),
        ({"inventory_status": "discontinued", "orderable_statuses": ("in_stock", "discontinued")}, 10, 0, 10),
        ({"inventory_status": "out_of_stock"}, 10, 0, 10),
        ({"inventory_status": "out_of_stock", "orderable_statuses": ("in_stock",)}, 10, 0, 0),
        ({"orderable_statuses": ()}, 10, 0, 0),
    ],
)
def test_what_can_be_sold(said, stock, promised, sold):
    assert can_be_sold(terms_of(values(**said)), stock, promised) == sold


@pytest.mark.parametrize(
    ("least", "most", "quantity", "broken"),
    [
        (None, None, 10**9, None),
        (3, 3, 1, "minimum"),
        (3, 3, 3, None),
        (3, 3, 4, "maximum"),
        (None, 5, 5, None),
        (None, 5, Decimal("5.000001"), "maximum"),
        (3, None, 3, None),
        (5, None, 3, "minimum"),
        (0, None, 1, None),
        (Decimal("0.5"), None, Decimal("0.25"), "minimum"),
    ],
)
def test_both_limits_are_inclusive_and_an_absent_one_is_none(least, most, quantity, broken):
    said = values(minimum_quantity_to_order=least, maximum_quantity_to_order=most)
    assert breach(said, quantity) == broken


@pytest.mark.parametrize(
    ("said", "level", "status"),
    [
        ({}, 1, "in_stock"),
        ({}, 0, "out_of_stock"),
        ({"inventory_threshold": 5}, 7, "in_stock"),
        ({"inventory_threshold": 5}, 5, "out_of_stock"),
        ({"backorders": True}, -3, "out_of_stock"),
        ({"manage_inventory": False}, 0, "in_stock"),
        ({"decrement_inventory": False}, 0, "in_stock"),
        ({"inventory_status": "discontinued"}, 9, "discontinued"),
        ({"inventory_status": "out_of_stock"}, 9, "out_of_stock"),
    ],
)
def test_the_status_follows_the_level(said, level, status):
    assert shown(values(**said), level, NOW).status == status


@pytest.mark.parametrize(
    ("said", "level", "low", "label"),
    [
        ({"low_inventory_threshold": 10}, 5, False, "in_stock"),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 10}, 5, True, "low_inventory"),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 10}, 10, True, "low_inventory"),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 10}, 15, False, "in_stock"),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 10}, 0, True, "out_of_stock"),
        ({"highlight_low_inventory": True}, 0, True, "out_of_stock"),
        (
            {"highlight_low_inventory": True, "low_inventory_threshold": 10, "upcoming": True},
            5,
            True,
            "upcoming",
        ),
    ],
)
def test_low_and_what_is_shown_first(said, level, low, label):
    seen = shown(values(**said), level, NOW)
    assert (seen.low, seen.label) == (low, label)


@pytest.mark.parametrize(
    ("date", "hide", "upcoming", "told"),
    [
        (None, True, True, None),
        (datetime(2026, 6, 2, tzinfo=UTC), True, True, datetime(2026, 6, 2, tzinfo=UTC)),
        (NOW, True, True, NOW),
        (datetime(2026, 5, 31, tzinfo=UTC), True, False, None),
        (datetime(2026, 5, 31, tzinfo=UTC), False, True, None),
        (datetime(2026, 6, 2, tzinfo=UTC), False, True, datetime(2026, 6, 2, tzinfo=UTC)),
    ],
)
def test_upcoming_ends_with_its_date_unless_it_stays_without_one(date, hide, upcoming, told):
    said = values(upcoming=True, availability_date=date, hide_labels_past_availability_date=hide)
    seen = shown(said, 5, NOW)
    assert (seen.upcoming, seen.availability_date) == (upcoming, told)
    assert seen.label == ("upcoming" if upcoming else "in_stock")


@pytest.mark.parametrize(
    ("status", "visible_statuses", "visible"),
    [
        ("discontinued", ("in_stock", "out_of_stock"), False),
        ("discontinued", ("discontinued",), True),
        ("in_stock", ("in_stock",), True),
        ("out_of_stock", ("in_stock",), False),
        ("in_stock", (), False),
    ],
)
def test_which_statuses_are_seen(status, visible_statuses, visible):
    said = values(inventory_status=status, visible_statuses=visible_statuses)
    assert shown(said, 5, NOW).visible is visible


def test_the_numbers_of_how_a_product_is_sold_are_stored_and_stay():
    assert [int(one) for one in Selling] == [0, 1, 2, 3]
