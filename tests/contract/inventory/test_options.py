"""Inventory options where stock is sold: placement, carts, can-sell, availability, events; what changes them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from engine.errors import (
    AboveMaximum,
    BelowMinimum,
    EarmarkError,
    InputError,
    NotAvailable,
    NotFound,
    NotOrderable,
    RulesInvalid,
    UnknownSku,
    UnknownStore,
)
from rules.options.model import Options
from tests.helpers.shop import SHARED

SALE = """
    states new* shipped
    new -> shipped : ship
"""

TREE = {
    **SHARED,
    "stores": [{**store, "organisation": "Acme"} for store in SHARED["stores"]],
    "categories": [{"name": "Food"}, {"name": "Drinks", "parent": "Food"}],
    "products": [
        {"sku": "tea", "category": "Drinks", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}


def say(shop, **levels):
    return shop.engine.use_options(Options.model_validate(levels))


def tea(shop, **options):
    """Say options of tea-1 alone."""
    return say(shop, products={"tea-1": options})


def told(shop, sku="tea-1", store="DE"):
    return shop.engine.availability([sku], store)[0]


def line(shop, quantity, sku="tea-1", store="DE"):
    return shop.engine.can_sell([{"sku": sku, "quantity": quantity}], store).lines[0]


def place(shop, quantity, sku="tea-1", **fields) -> str:
    """Place an order; return 'ok', or the code of what refused it."""
    try:
        shop.place(f"{sku} {quantity}", **fields)
    except EarmarkError as error:
        return error.code
    return "ok"


@pytest.fixture
def stall(shop):
    shop.stocked(TREE, tea_1=10, tea_2=10)
    shop.deploy(SALE)
    return shop


@pytest.mark.parametrize(
    ("options", "stock", "quantity", "code"),
    [
        ({}, 10, 10, "ok"),
        ({}, 10, 11, "not_available"),
        ({"inventory_threshold": 1}, 10, 9, "ok"),
        ({"inventory_threshold": 1}, 10, 10, "not_available"),
        ({"inventory_threshold": 5}, 99, 94, "ok"),
        ({"inventory_threshold": 5}, 99, 99, "not_available"),
        ({"inventory_threshold": 12}, 10, 1, "not_available"),
        ({"manage_inventory": False}, 0, 1000, "ok"),
        ({"manage_inventory": False, "inventory_threshold": 5}, 3, 4, "ok"),
        ({"decrement_inventory": False}, 99, 100, "ok"),
        ({"backorders": True}, 99, 100, "ok"),
        ({"backorders": True, "inventory_threshold": 5}, 3, 7, "ok"),
        ({"backorders": True, "backorder_limit": 20}, 0, 15, "ok"),
        ({"backorders": True, "backorder_limit": 20}, 0, 20, "ok"),
        ({"backorders": True, "backorder_limit": 20}, 0, 21, "not_available"),
        ({"backorders": True, "backorder_limit": 20}, 5, 25, "ok"),
        ({"backorders": True, "backorder_limit": 20}, 5, 26, "not_available"),
        ({"backorders": False, "backorder_limit": 20}, 5, 6, "not_available"),
        ({"backorders": True, "orderable_statuses": ["in_stock"]}, 5, 6, "not_available"),
        ({"minimum_quantity_to_order": 3}, 10, 2, "below_minimum"),
        ({"minimum_quantity_to_order": 3}, 10, 3, "ok"),
        ({"maximum_quantity_to_order": 3}, 10, 3, "ok"),
        ({"maximum_quantity_to_order": 3}, 10, 4, "above_maximum"),
        ({"maximum_quantity_to_order": 0}, 10, 1, "not_orderable"),
        ({"maximum_quantity_to_order": "none"}, 2000, 1500, "ok"),
        ({"maximum_quantity_to_order": 3, "manage_inventory": False}, 0, 4, "above_maximum"),
        ({"inventory_status": "discontinued"}, 10, 1, "not_orderable"),
        ({"inventory_status": "discontinued", "manage_inventory": False}, 10, 1, "not_orderable"),
        ({"inventory_status": "out_of_stock"}, 10, 1, "ok"),
        ({"inventory_status": "out_of_stock", "orderable_statuses": ["in_stock"]}, 10, 1, "not_orderable"),
        ({"upcoming": True, "availability_date": "2099-01-01"}, 10, 10, "ok"),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 20}, 10, 10, "ok"),
    ],
)
def test_orders_carts_and_questions_obey_the_same_options(stall, options, stock, quantity, code):
    stall.restock(f"tea-1,North,{stock}")
    tea(stall, **options)
    asked = line(stall, quantity)
    assert asked.ok is (code == "ok")
    if code != "not_available":
        assert asked.code == (None if code == "ok" else code)
    if code == "ok":
        stall.hold("cart", f"tea-1 {quantity}")
        stall.engine.release_cart_hold("cart")
    else:
        with pytest.raises(EarmarkError) as caught:
            stall.hold("cart", f"tea-1 {quantity}")
        assert caught.value.code == code
    assert place(stall, quantity) == code
    assert not stall.engine.reconcile(dry_run=True).drift


@pytest.mark.parametrize(
    ("options", "order", "available", "level", "endless"),
    [
        ({}, 3, "7", "7", False),
        ({"inventory_threshold": 3}, 0, "7", "10", False),
        ({"inventory_threshold": 3}, 5, "2", "5", False),
        ({"manage_inventory": False}, 4, "10", "6", True),
        ({"decrement_inventory": False}, 4, "10", "6", True),
        ({"backorders": True}, 13, "0", "-3", True),
        ({"backorders": True, "backorder_limit": 5}, 13, "2", "-3", False),
        ({"backorders": True, "backorder_limit": 5}, 15, "0", "-5", False),
    ],
)
def test_what_is_told_after_an_order(stall, options, order, available, level, endless):
    tea(stall, **options)
    if order:
        assert place(stall, order) == "ok"
    seen = told(stall)
    assert (seen.available, seen.level, seen.never_out_of_stock) == (
        Decimal(available),
        Decimal(level),
        endless,
    )
    assert seen.shortfall == 0
    assert [m for m in messages(stall) if m[0] == "shortfall"] == []


def messages(shop) -> list[tuple[str, dict]]:
    return [
        (kind, json.loads(text)) for kind, text in shop.query("SELECT kind, payload FROM outbox ORDER BY id")
    ]


def test_a_threshold_makes_out_of_stock_at_its_level_and_a_count_brings_it_back(stall):
    tea(stall, inventory_threshold=1)
    assert place(stall, 9) == "ok"
    assert (told(stall).status, told(stall).available, line(stall, 1).code) == ("out_of_stock", 0, "sold_out")
    stall.forward(60)
    stall.restock("tea-1,North,12")
    assert (told(stall).status, told(stall).available) == ("in_stock", 2)


def test_a_threshold_counts_for_each_store_that_has_it_and_sharing_goes_on(stall):
    say(stall, websites={"DE": {"inventory_threshold": 4}})
    assert (told(stall, store="DE").available, told(stall, store="AT").available) == (6, 10)
    assert place(stall, 6) == "ok"
    assert (told(stall, store="DE").available, told(stall, store="AT").available) == (0, 4)
    assert place(stall, 4, store="AT") == "ok"
    assert place(stall, 1, store="AT") == "not_available"


def test_lines_of_one_product_add_up_against_the_limits(stall):
    tea(stall, minimum_quantity_to_order=3, maximum_quantity_to_order=5)
    stall.place("tea-1 2", "tea-1 2")
    with pytest.raises(AboveMaximum) as caught:
        stall.place("tea-1 3", "tea-1 3")
    assert caught.value.parameters["lines"] == [
        {"sku": "tea-1", "code": "above_maximum", "message": "at most 5 to order, 6 asked", "asked": "6"}
    ]
    with pytest.raises(BelowMinimum):
        stall.place("tea-1 1", "tea-1 1")


def test_everything_that_options_forbid_of_an_order_is_told_at_once(stall):
    say(
        stall,
        products={
            "tea-1": {"minimum_quantity_to_order": 3},
            "tea-2": {"maximum_quantity_to_order": 2},
            "mug": {"inventory_status": "discontinued"},
        },
    )
    with pytest.raises(NotOrderable) as caught:
        stall.place("tea-1 1", "tea-2 3", "mug-1 1")
    assert [(one["sku"], one["code"]) for one in caught.value.parameters["lines"]] == [
        ("tea-1", "below_minimum"),
        ("tea-2", "above_maximum"),
        ("mug-1", "not_orderable"),
    ]


def test_a_question_without_a_quantity_asks_for_no_minimum(stall):
    tea(stall, minimum_quantity_to_order=3)
    assert line(stall, 0).ok
    assert line(stall, 1).code == "below_minimum"


def test_a_line_that_names_a_warehouse_obeys_too(stall):
    named = {"sku": "tea-1", "quantity": 12, "warehouse": "North"}
    tea(stall, backorders=True, backorder_limit=2)
    assert stall.engine.can_sell([named], "DE").ok
    stall.place(named)
    tea(stall, backorders=True)
    stall.place(named)
    tea(stall, backorders=True, backorder_limit=2)
    assert not stall.engine.can_sell([named], "DE").ok
    with pytest.raises(NotAvailable):
        stall.place(named)


def test_what_is_delivered_later_is_told(stall):
    tea(stall, backorders=True, backorder_limit=5)
    asked = line(stall, 12)
    assert (asked.ok, asked.backordered, asked.status) == (True, 2, "in_stock")
    stall.place("tea-1 10")
    asked = line(stall, 2)
    assert (asked.ok, asked.backordered, asked.status) == (True, 2, "out_of_stock")
    assert line(stall, 6).code == "not_enough"


@pytest.mark.parametrize(
    ("options", "sold", "label", "low", "upcoming", "visible"),
    [
        ({}, 0, "in_stock", False, False, True),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 3}, 6, "in_stock", False, False, True),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 3}, 7, "low_inventory", True, False, True),
        ({"highlight_low_inventory": True, "low_inventory_threshold": 3}, 10, "out_of_stock", True, False, True),
        ({"upcoming": True}, 0, "upcoming", False, True, True),
        ({"inventory_status": "discontinued"}, 0, "discontinued", False, False, False),
        ({"inventory_status": "discontinued", "visible_statuses": ["discontinued"]},
         0, "discontinued", False, False, True),
        ({"visible_statuses": ["in_stock"]}, 10, "out_of_stock", False, False, False),
    ],
)  # fmt: skip
def test_what_a_storefront_is_told(stall, options, sold, label, low, upcoming, visible):
    if sold:
        stall.place(f"tea-1 {sold}")
    tea(stall, **options)
    for seen in (told(stall), line(stall, 1)):
        assert (seen.label, seen.low, seen.upcoming, seen.visible) == (label, low, upcoming, visible)


def test_a_date_is_told_until_it_is_past(stall, clock):
    tomorrow = "2026-01-02T00:00:00Z"
    clock.now = 1_767_225_600_000_000  # the first of January 2026
    tea(stall, upcoming=True, availability_date=tomorrow)
    for seen in (told(stall), line(stall, 1)):
        assert (seen.label, seen.as_dict()["availability_date"]) == ("upcoming", tomorrow)
    stall.forward(24 * 3600 + 1)
    for seen in (told(stall), line(stall, 1)):
        assert (seen.label, seen.upcoming, seen.availability_date) == ("in_stock", False, None)


def test_an_abstract_product_is_shown_by_its_concrete_ones(stall):
    say(stall, products={"tea-1": {"inventory_status": "discontinued"}})
    assert (told(stall, "tea").status, told(stall, "tea").available) == ("in_stock", 10)
    say(stall, products={"tea": {"inventory_status": "discontinued"}})
    assert (told(stall, "tea").label, told(stall, "tea").visible) == ("discontinued", False)


def test_a_missing_level_is_reported(stall):
    assert told(stall, "mug-1").level is None
    asked = line(stall, 1, "mug-1")
    assert (asked.code, asked.never_counted) == ("sold_out", True)
    with pytest.raises(NotAvailable) as caught:
        stall.place("mug-1 1")
    assert caught.value.parameters["short"][0]["never_counted"] is True
    stall.restock("mug-1,North,0")
    asked = line(stall, 1, "mug-1")
    assert (asked.code, asked.never_counted, told(stall, "mug-1").level) == ("sold_out", False, 0)


def test_changing_options_changes_availability_and_tells_of_it_at_once(stall):
    stall.sql("DELETE FROM outbox")
    report = say(stall, categories={"Food": {"inventory_threshold": 10}})
    assert (report.changes, report.changed) == (1, 2)
    assert told(stall).available == 0
    told_of = [m["abstract_sku"] for kind, m in messages(stall) if kind == "availability"]
    assert told_of == ["tea", "tea"]  # in DE and in AT; the warehouse of US has none
    stall.sql("DELETE FROM outbox")
    assert say(stall, categories={"Food": {"inventory_threshold": 10}}) is None
    assert messages(stall) == []
    assert say(stall).changed == 2
    assert (told(stall).available, len(messages(stall))) == (10, 2)
    assert stall.query("SELECT count(*) FROM availability WHERE option_set_id IS NOT NULL") == [(0,)]


def test_what_moves_in_the_topology_is_computed_afresh(stall):
    say(
        stall,
        categories={"Food": {"inventory_threshold": 2}, "Drinks": {"inventory_threshold": 3}, "New": {}},
        organisations={"Other": {"inventory_threshold": 4}},
        websites={"FR": {"inventory_threshold": 5}},
        products={"new-1": {"manage_inventory": False}},
    )
    assert told(stall).available == 7
    stall.topology(products=[{"sku": "tea", "category": "Food", "concretes": [{"sku": "tea-1"}]}])
    assert told(stall).available == 8
    stall.topology(stores=[{"name": "DE", "organisation": "Other"}],
                   products=[{"sku": "tea", "category": None, "concretes": [{"sku": "tea-1"}]}])  # fmt: skip
    assert (told(stall).available, told(stall, store="AT").available) == (6, 10)
    stall.topology(
        stores=[{"name": "FR", "warehouses": ["North"], "shares_reservations_with": ["DE", "AT"]}],
        products=[{"sku": "new", "concretes": [{"sku": "new-1"}]}],
    )
    assert told(stall, store="FR").available == 5
    assert place(stall, 7, "new-1") == "ok"


def test_what_the_database_says_counts_where_the_file_says_nothing(stall):
    stall.engine.set_option("category Drinks", "inventory_threshold", 3)
    stall.engine.set_option("product tea-1", "maximum_quantity_to_order", 2)
    tea(stall, maximum_quantity_to_order=4)
    options = stall.engine.explain_options("tea-1", "DE").as_dict()["options"]
    assert options["inventory_threshold"] == {"value": "3", "level": "category Drinks", "source": "database"}
    assert options["maximum_quantity_to_order"] == {"value": "4", "level": "product tea-1", "source": "file"}
    assert options["backorders"] == {"value": False, "level": "default", "source": None}
    assert place(stall, 4) == "ok"
    say(stall)
    assert place(stall, 3) == "above_maximum"
    stall.engine.set_option("product tea-1", "maximum_quantity_to_order", None)
    assert place(stall, 3) == "ok"
    assert stall.engine.set_option("product tea-1", "maximum_quantity_to_order", None).changes == 0


def test_who_changed_what_and_when_is_kept(stall):
    stall.runtime.actor = "ann"
    stall.engine.set_option("system", "backorders", True)
    stall.forward(5)
    stall.runtime.actor = "bob"
    tea(stall, inventory_threshold=2.5)
    stall.engine.set_option("system", "backorders", False)
    seen = [
        (one.actor, one.source, one.level, one.option, one.before, one.after)
        for one in stall.engine.option_history()
    ]
    assert seen == [
        ("bob", "database", "system", "backorders", True, False),
        ("bob", "file", "product tea-1", "inventory_threshold", None, 2.5),
        ("ann", "database", "system", "backorders", None, True),
    ]
    first, *_, last = stall.engine.option_history()
    assert (first.at - last.at).total_seconds() == 5
    assert [one.id for one in stall.engine.option_history(level="system", limit=1, before=first.id)] == [
        last.id
    ]


@pytest.mark.parametrize(
    ("level", "option", "value", "error"),
    [
        ("shop", "backorders", True, InputError),
        ("product", "backorders", True, InputError),
        ("product tea-1", "backorder", True, InputError),
        ("product tea-1", "backorders", "yes", RulesInvalid),
        ("product tea-1", "inventory_threshold", -1, RulesInvalid),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(stall, level, option, value, error):
    with pytest.raises(error):
        stall.engine.set_option(level, option, value)
    assert stall.engine.option_history() == []


@pytest.mark.parametrize(
    ("level", "error", "said"),
    [
        ("product tea_1", UnknownSku, "there is no product 'tea_1'. Did you mean \"tea-1\"?"),
        ("website DEE", UnknownStore, "there is no store 'DEE'. Did you mean \"DE\"?"),
        ("category Drink", NotFound, "there is no category 'Drink'. Did you mean \"Drinks\"?"),
        ("organisation Zebra", NotFound, "there is no organisation 'Zebra'"),
    ],
)
def test_options_of_what_is_not_there_are_refused_and_can_be_taken_back(stall, level, error, said):
    with pytest.raises(error) as caught:
        stall.engine.set_option(level, "inventory_threshold", 3)
    assert caught.value.message == said
    assert "topology" in caught.value.remedy
    assert stall.engine.option_history() == []
    assert stall.engine.set_option(level, "inventory_threshold", None).changes == 0


def test_the_history_of_what_is_no_level_is_refused(stall):
    with pytest.raises(InputError, match="'foo' is no level") as caught:
        stall.engine.option_history(level="foo")
    assert '"website DE"' in caught.value.remedy
    assert stall.engine.option_history(level="website DE") == []


def test_files_that_contradict_the_database_are_refused(stall):
    stall.engine.set_option("product tea-1", "minimum_quantity_to_order", 5)
    with pytest.raises(RulesInvalid) as caught:
        tea(stall, maximum_quantity_to_order=3)
    assert "the maximum 3 is below the minimum 5" in caught.value.message
    assert place(stall, 6) == "ok"


def test_names_that_are_not_there_and_limits_that_cross_are_told(stall):
    problems = stall.engine.option_problems(
        Options.model_validate(
            {
                "organisations": {"Acne": {"backorders": True}},
                "websites": {"DEE": {"backorders": True}},
                "categories": {"Drink": {"backorders": True}, "Food": {"minimum_quantity_to_order": 5}},
                "products": {"tea_1": {"backorders": True}, "tea-2": {"maximum_quantity_to_order": 3}},
            }
        )
    )
    assert [(".".join(one.path), one.message, one.remedy) for one in problems] == [
        ("options.organisations.Acne", "there is no organisation 'Acne'", 'Did you mean "Acme"?'),
        ("options.websites.DEE", "there is no store 'DEE'", 'Did you mean "DE"?'),
        ("options.categories.Drink", "there is no category 'Drink'", 'Did you mean "Drinks"?'),
        ("options.products.tea_1", "there is no product 'tea_1'", 'Did you mean "tea-1"?'),
        (
            "options.products.tea-2.maximum_quantity_to_order",
            "the maximum 3 of product tea-2 is below the minimum 5 of category Food: no quantity of 'tea-2' can be "
            "ordered in 'DE'",
            "Give both at the same level, or change one of them.",
        ),
    ]


def test_rules_that_say_nothing_leave_what_counts_unless_they_said_it(stall):
    options = Options.model_validate({"system": {"inventory_threshold": 2}})
    stall.engine.use_options(options, "/shop/rules")
    assert stall.engine.use_options(None) is None
    assert stall.engine.use_options(None, "/elsewhere/rules") is None
    assert told(stall).available == 8
    assert stall.engine.use_options(None, "/shop/rules").changed == 3
    assert told(stall).available == 10


def test_a_shop_without_options_asks_for_nothing_more(stall):
    names = stall.statements(lambda: stall.place("tea-1 1"))
    assert not [name for name in names if "option" in name]


@pytest.mark.parametrize(
    ("options", "quantity", "selling"),
    [
        ({"inventory_threshold": 3}, 3, "by_level"),
        ({"backorders": True, "backorder_limit": 20}, -20, "by_level"),
        ({"backorders": True}, 0, "beyond_level"),
        ({"manage_inventory": False}, 0, "without_level"),
        ({"inventory_status": "discontinued"}, 0, "not_at_all"),
    ],
)
def test_what_options_do_is_a_term_of_what_can_be_sold(shop, options, quantity, selling):
    shop.topology(**TREE)
    shop.count("tea-1,North,10")
    tea(shop, **options)
    (found,) = shop.engine.availability(["tea-1"], "DE", explain=True)
    (term,) = [term for term in found.terms if term["term"] == "options"]
    assert (term["quantity"], term["selling"]) == (Decimal(quantity), selling)
    (other,) = shop.engine.availability(["tea-2"], "DE", explain=True)
    assert [term for term in other.terms if term["term"] == "options"] == []
