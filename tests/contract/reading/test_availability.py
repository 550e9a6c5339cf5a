"""Asking for availability and stock: the numbers, the terms behind them, and what is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import UnknownSku, UnknownStore
from engine.reading import availability


@pytest.fixture
def shop(two_stores):
    two_stores.flagged_states(
        new=(False, True), paid=(True, True), shipped=(True, True), closed=(False, False)
    )
    return two_stores


def terms(view, kind: str) -> list[dict]:
    return [dict(term) for term in view.terms if term["term"] == kind]


def test_rows_come_in_the_order_asked_and_an_abstract_sku_sums_up(shop):
    shop.item("AT", "001_1", 7, "paid")
    found = availability.availability(shop.runtime, ["001", "001_2", "001_1"], "AT")
    assert [(v.sku, v.abstract, v.stock, v.reserved, v.available, v.shortfall) for v in found] == [
        ("001", True, 9, 7, 4, 2),
        ("001_2", False, 4, 0, 4, 0),
        ("001_1", False, 5, 7, 0, 2),
    ]
    assert all(view.terms is None for view in found)


def test_an_unknown_sku_does_not_keep_the_others_from_being_answered(shop):
    found = availability.availability(shop.runtime, ["x", "001_1", "x"], "DE", explain=True)
    assert [(view.sku, view.known, view.available) for view in found] == [
        ("x", False, 0),
        ("001_1", True, 15),
        ("x", False, 0),
    ]


def test_everything_unknown_is_told_at_once(shop):
    with pytest.raises(UnknownSku) as skus:
        availability.availability(shop.runtime, ["x", "y"], "DE")
    assert skus.value.parameters == {"skus": ["x", "y"]}
    with pytest.raises(UnknownStore) as both:
        availability.availability(shop.runtime, ["x"], "XX")
    assert both.value.parameters == {"store": "XX", "skus": ["x"]}
    assert "'XX'" in both.value.message
    assert "'x'" in both.value.message
    with pytest.raises(UnknownSku):
        availability.stock(shop.runtime, "x")


def test_the_json_has_plain_decimal_strings(shop):
    shop.item("AT", "001_1", "0.5", "paid")
    shown = shop.view("001_1", "AT").as_dict()
    assert {key: shown[key] for key in ("sku", "store", "stock", "reserved", "held", "available")} == {
        "sku": "001_1", "store": "AT", "stock": "5", "reserved": "0.5", "held": "0", "available": "4.5",
    }  # fmt: skip
    assert shown["never_out_of_stock"] is False
    assert "terms" not in shown


class TestExplain:
    def test_every_warehouse_is_shown_and_whether_it_counts(self, shop):
        shop.topology(warehouses=[{"name": "South", "active": False}])
        shop.count("001_1,North,10,1")
        found = {term["warehouse"]: term for term in terms(shop.view("001_1", "AT", explain=True), "stock")}
        assert found["North"]["quantity"] == 10
        assert (found["North"]["counts"], found["North"]["active"], found["North"]["serves_store"]) == (
            False,
            True,
            False,
        )
        assert (found["South"]["counts"], found["South"]["active"], found["South"]["serves_store"]) == (
            False,
            False,
            True,
        )
        assert found["North"]["never_out_of_stock"]
        assert found["North"]["counted_at"].isoformat().startswith("2026-01-01T00:00:00")

    def test_the_items_behind_own_and_shared_reservations_are_shown(self, shop):
        for number in range(4):
            shop.item("DE", "001_1", 1, "paid", order=f"R{number}")
        shop.item("DE", "001_1", 2, "paid", order="R0")
        shop.item("DE", "001_1", 1, "shipped", order="R9")
        shop.item("AT", "001_1", 3, "new", order="A1")
        shop.item("AT", "001_1", 3, "closed", order="A2")
        shop.topology(stores=[{"name": "FR"}])
        shop.item("FR", "001_1", 1, "paid", order="F1")
        view = shop.view("001_1", "DE", explain=True)
        own, shipped = terms(view, "reserved")
        assert own == {
            "sku": "001_1", "term": "reserved", "store": "DE", "shared": False, "process": "Sale", "state": "paid",
            "quantity": 6, "items": 5, "orders": ["R0", "R1", "R2"],
        }  # fmt: skip
        assert (shipped["state"], shipped["quantity"], shipped["orders"]) == ("shipped", 1, ["R9"])
        [held] = terms(view, "held")
        assert (held["store"], held["shared"], held["quantity"], held["items"], held["orders"]) == (
            "AT",
            True,
            3,
            1,
            ["A1"],
        )

    def test_the_terms_add_up_to_the_numbers(self, shop):
        shop.item("DE", "001_1", 4, "paid")
        shop.item("AT", "001_1", "1.5", "shipped")
        shop.item("AT", "001_1", 2, "new")
        view = shop.view("001_1", "AT", explain=True)
        assert sum(t["quantity"] for t in terms(view, "stock") if t["counts"]) == view.stock == 5
        assert sum(t["quantity"] for t in terms(view, "reserved")) == view.reserved == Decimal("5.5")
        assert sum(t["quantity"] for t in terms(view, "held")) == view.held == 2

    def test_what_no_item_explains_is_a_term_of_its_own(self, shop):
        shop.item("DE", "001_1", 1, "paid")
        shop.post(("DE", "001_1", 2))
        known, unknown = terms(shop.view("001_1", "DE", explain=True), "reserved")
        assert known["quantity"] == 1
        assert (unknown["quantity"], unknown["items"], unknown["state"]) == (2, 0, None)

    def test_an_abstract_product_shows_the_terms_of_its_concrete_ones(self, shop):
        shop.item("DE", "001_2", 1, "paid")
        view = shop.view("001", "DE", explain=True)
        assert [(t["sku"], t["warehouse"]) for t in terms(view, "stock")] == [
            ("001_1", "North"),
            ("001_1", "South"),
            ("001_2", "South"),
        ]
        assert [t["sku"] for t in terms(view, "reserved")] == ["001_2"]

    def test_the_terms_can_be_printed_as_json(self, shop):
        shop.item("DE", "001_1", "0.25", "paid")
        shown = shop.view("001_1", "DE", explain=True).as_dict()["terms"]
        assert [term["quantity"] for term in shown] == ["10", "5", "0.25"]

    def test_the_number_of_statements_does_not_depend_on_the_number_of_skus(self, shop):
        one = shop.statements(lambda: availability.availability(shop.runtime, ["001_1"], "DE", explain=True))
        all_of_them = shop.statements(
            lambda: availability.availability(
                shop.runtime, ["001_1", "001_2", "002_1", "001"], "DE", explain=True
            )
        )
        assert one == all_of_them


def test_stock_is_shown_per_warehouse(shop, clock):
    shop.topology(warehouses=[{"name": "South", "active": False}])
    north, south = availability.stock(shop.runtime, "001_1")
    assert (north.warehouse, north.quantity, north.active) == ("North", 10, True)
    assert (south.warehouse, south.quantity, south.active) == ("South", 5, False)
    assert [(row.sku, row.warehouse) for row in availability.stock(shop.runtime, "001")] == [
        ("001_1", "North"),
        ("001_1", "South"),
        ("001_2", "South"),
    ]
