"""Whether lines can be sold: a product page, a cart and a checkout, each line answered by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import (
    CartHoldConflict,
    CartHoldEnded,
    EarmarkError,
    InputError,
    NotAvailable,
    UnknownCartHold,
    UnknownStore,
)
from engine.requests import SaleLine, Topology
from tests.helpers.shop import order

SALE = "states new paid*\nnew -> paid : pay"
SHOP = {
    "warehouses": [{"name": "North"}, {"name": "South"}, {"name": "Far"}],
    "stores": [
        {"name": "DE", "warehouses": ["North", "South"], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": ["South"], "shares_reservations_with": ["DE"]},
        {"name": "US", "remote": True},
    ],
    "products": [
        {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}, {"sku": "tea-3"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}


@pytest.fixture
def shop(make_shop):
    """DE has 5 + 2 of tea-1, 3 of tea-2, none of tea-3, and any number of mug-1 though none lies there."""
    world = make_shop().stocked(SHOP)
    world.restock("tea-1,North,5", "tea-1,South,2", "tea-2,South,3", "mug-1,North,0,1", "tea-1,Far,9")
    world.deploy(SALE)
    return world


def line(sku, quantity=1, **more):
    return {"sku": sku, "quantity": quantity, **more}


def asked(shop, *lines, store="DE", **options):
    return shop.engine.can_sell(list(lines), store, **options)


def told(view):
    return [(one.sku, one.ok, one.code, one.available) for one in view.lines]


def test_sold_out_and_only_so_many_left_are_told_apart_and_no_line_fails_another(shop):
    view = asked(shop, line("tea-2", 4), line("tea-3"), line("none"), line("tea-1", 7), line("mug-1", 99))
    assert told(view) == [
        ("tea-2", False, "not_enough", 3),
        ("tea-3", False, "sold_out", 0),
        ("none", False, "unknown_sku", 0),
        ("tea-1", True, None, 7),
        ("mug-1", True, None, 0),
    ]
    assert not view.ok
    assert [one.status for one in view.lines] == [
        "in_stock",
        "out_of_stock",
        "unknown",
        "in_stock",
        "in_stock",
    ]
    assert [one.message for one in view.lines[:3]] == [
        "only 3 left, 4 asked",
        "sold out: no active warehouse of the store has ever counted it",
        "there is no product 'none'",
    ]
    assert asked(shop, line("tea-1", 7), line("tea-2", 3)).ok
    assert view.as_dict()["lines"][0]["code"] == "not_enough"
    assert view.as_dict()["lines"][3]["available"] == "7"


def test_lines_of_one_product_add_up_with_what_lies_in_the_cart(shop):
    view = asked(shop, line("tea-2", 2), line("tea-2", "1.5"), line("tea-1"))
    assert told(view) == [
        ("tea-2", False, "not_enough", 3),
        ("tea-2", False, "not_enough", 3),
        ("tea-1", True, None, 7),
    ]
    assert [(one.asked, one.in_all) for one in view.lines] == [
        (2, Decimal("3.5")),
        (Decimal("1.5"), Decimal("3.5")),
        (1, 1),
    ]
    assert asked(shop, line("tea-2", 2), in_cart=[line("tea-2")]).ok
    (added,) = asked(shop, line("tea-2", 2), in_cart=[line("tea-2", 2), line("tea-3")]).lines
    assert (added.code, added.in_all) == ("not_enough", 4)


def test_a_line_without_quantity_asks_whether_there_is_any(shop):
    view = asked(shop, {"sku": "tea-2"}, {"sku": "tea-3"}, line("tea-1", 0), {"sku": "tea"}, {"sku": "mug"})
    assert told(view) == [
        ("tea-2", True, None, 3),
        ("tea-3", False, "sold_out", 0),
        ("tea-1", True, None, 7),
        ("tea", True, None, 10),
        ("mug", True, None, 0),
    ]
    assert [one.abstract for one in view.lines] == [False, False, False, True, True]
    assert [one.never_out_of_stock for one in view.lines] == [False, False, False, False, True]


def test_an_abstract_product_is_shown_and_not_sold(shop):
    assert told(asked(shop, line("tea", 2), line("tea-1"))) == [
        ("tea", False, "not_concrete", 10),
        ("tea-1", True, None, 7),
    ]


def test_what_is_promised_in_a_store_that_shares_is_not_left(shop):
    shop.place("tea-2 2", store="AT")
    assert told(asked(shop, line("tea-2", 2))) == [("tea-2", False, "not_enough", 1)]
    assert told(asked(shop, line("tea-1", 3), store="AT")) == [("tea-1", False, "not_enough", 2)]


def test_a_hold_whose_time_is_over_does_not_count_before_anybody_ends_it(shop):
    shop.hold("cart-1", "tea-2 3", hold_for="10 minutes")
    assert told(asked(shop, line("tea-2"))) == [("tea-2", False, "sold_out", 0)]
    assert told(asked(shop, {"sku": "tea"})) == [("tea", True, None, 7)]
    shop.forward(601)
    assert told(asked(shop, line("tea-2", 3))) == [("tea-2", True, None, 3)]
    assert told(asked(shop, {"sku": "tea"})) == [("tea", True, None, 10)]
    assert shop.value("SELECT count(*) FROM cart_hold WHERE ended_at IS NULL") == 1


def test_what_a_cart_holds_is_its_own(shop):
    shop.hold("cart-1", "tea-2 2", hold_for="10 minutes")
    assert told(asked(shop, line("tea-2", 3), hold="cart-1")) == [("tea-2", True, None, 3)]
    assert told(asked(shop, line("tea-2", 3))) == [("tea-2", False, "not_enough", 1)]
    shop.restock("tea-2,South,0")
    assert told(asked(shop, line("tea-2", 2), hold="cart-1")) == [("tea-2", True, None, 2)]
    shop.forward(601)
    assert told(asked(shop, line("tea-2", 2), hold="cart-1")) == [("tea-2", False, "sold_out", 0)]


def test_in_a_warehouse_too_a_hold_whose_time_is_over_does_not_count(shop):
    here = line("tea-1", 2, warehouse="South")
    shop.hold("cart-1", here, hold_for="10 minutes")
    shop.hold("cart-2", line("tea-2", 3, warehouse="South"), hold_for="30 minutes")
    assert told(asked(shop, here)) == [("tea-1", False, "sold_out", 0)]
    assert told(asked(shop, here, hold="cart-1")) == [("tea-1", True, None, 2)]
    shop.forward(601)
    assert told(asked(shop, here)) == [("tea-1", True, None, 2)]
    assert told(asked(shop, here, hold="cart-1")) == [("tea-1", True, None, 2)]
    assert told(asked(shop, line("tea-2", warehouse="South"))) == [("tea-2", False, "sold_out", 0)]
    assert told(asked(shop, line("tea-1", 3, warehouse="South"), hold="cart-1"))[0][1:3] == (
        False,
        "not_enough",
    )
    with pytest.raises(NotAvailable):
        shop.engine.place(order("A", line("tea-1", 3, warehouse="South"), hold="cart-1"))
    shop.engine.place(order("B", here, hold="cart-1"))
    assert told(asked(shop, here)) == [("tea-1", False, "sold_out", 0)]
    assert shop.drift() == []


def test_in_a_warehouse_the_hold_of_an_order_ends_with_its_time(make_shop):
    shop = make_shop(checkout={"hold_timeout_s": 600}).stocked(SHOP)
    shop.restock("tea-1,South,2")
    shop.deploy(SALE)
    here = line("tea-1", 2, warehouse="South")
    shop.engine.place(order("A", here))
    assert told(asked(shop, here)) == [("tea-1", False, "sold_out", 0)]
    shop.forward(601)
    assert told(asked(shop, here)) == [("tea-1", True, None, 2)]
    shop.engine.place(order("B", here))
    assert told(asked(shop, here)) == [("tea-1", False, "sold_out", 0)]


def test_a_hold_that_cannot_be_the_askers_is_refused_as_it_is_of_an_order(shop):
    shop.hold("cart-1", "tea-2 2", hold_for="10 minutes")
    refusals = []
    for verb in (
        lambda **named: asked(shop, line("tea-2"), **named),
        lambda store="DE", **named: shop.engine.place(order("R", line("tea-2"), store=store, **named)),
        lambda **named: asked(shop, **named),
    ):
        for named, expected in (
            ({"hold": "cart-2"}, UnknownCartHold),
            ({"hold": "cart-1", "store": "AT"}, CartHoldConflict),
        ):
            with pytest.raises(expected, match=named["hold"]) as refused:
                verb(**named)
            refusals.append(refused.value.code)
    assert refusals == ["unknown_cart_hold", "cart_hold_conflict"] * 3
    shop.engine.place(order("R", line("tea-2", 2), hold="cart-1"))
    with pytest.raises(CartHoldEnded, match="is the order 'R' already"):
        asked(shop, line("tea-2"), hold="cart-1")


def test_a_line_that_names_a_warehouse_must_be_there_as_well(shop):
    view = asked(
        shop,
        line("tea-1", 2, warehouse="South"),
        line("tea-1", 1, warehouse="South"),
        line("tea-1", 3, warehouse="North"),
        line("tea-2", warehouse="Far"),
        line("tea-2", warehouse="Moon"),
        line("none", warehouse="North"),
    )
    assert told(view) == [
        ("tea-1", False, "not_enough", 2),
        ("tea-1", False, "not_enough", 2),
        ("tea-1", True, None, 5),
        ("tea-2", False, "warehouse_not_for_store", 3),
        ("tea-2", False, "unknown_warehouse", 3),
        ("none", False, "unknown_sku", 0),
    ]
    assert view.lines[0].message == "only 2 left in South, 3 asked"


def test_a_quantity_that_is_none_fails_its_own_line_only(shop):
    view = asked(
        shop,
        line("tea-1", -1),
        line("tea-1", "two"),
        line("tea-1", "0.0000001"),
        line("tea-2", True),
        line("tea-2"),
    )
    assert [(one.code, one.asked) for one in view.lines] == [("bad_quantity", None)] * 4 + [(None, 1)]
    assert view.lines[0].message == "-1 is negative"
    assert view.lines[1].message == "'two' is not a number"


def test_what_is_no_line_is_refused_with_its_place(shop):
    for lines, place in (
        ([line("tea-1"), {"quantity": 1}], r"lines\[1\]\.sku"),
        ([line(7)], r"lines\[0\]\.sku"),
        (["tea-1"], r"lines\[0\]"),
        ([None], r"lines\[0\]"),
    ):
        with pytest.raises(InputError, match=place):
            asked(shop, *lines)
    with pytest.raises(InputError, match="no list of lines"):
        shop.engine.can_sell("tea-1", "DE")
    with pytest.raises(InputError, match=r"in_cart\[0\]"):
        asked(shop, line("tea-1"), in_cart=[{}])
    with pytest.raises(UnknownStore, match="known: AT, DE, US"):
        asked(shop, line("tea-1"), store="FR")
    with pytest.raises(UnknownStore, match="another database"):
        asked(shop, line("tea-1"), store="US")
    assert asked(shop).ok


def test_blanks_around_names_do_not_count_and_lines_may_be_validated_before(shop):
    view = asked(shop, line(" tea-2 ", "3"), SaleLine(sku="tea-1", quantity=Decimal(7)), store=" DE ")
    assert told(view) == [("tea-2", True, None, 3), ("tea-1", True, None, 7)]


def test_what_somebody_else_has_added_meanwhile_is_seen(shop):
    assert told(asked(shop, line("new-1"))) == [("new-1", False, "unknown_sku", 0)]
    other = shop.another()
    other.apply_topology(
        Topology.model_validate({"products": [{"sku": "new", "concretes": [{"sku": "new-1"}]}]})
    )
    assert told(asked(shop, line("new-1"))) == [("new-1", False, "sold_out", 0)]


def test_many_lines_take_as_many_statements_as_few(shop):
    asked(shop, line("tea-1"), line("tea-2"))
    few = shop.statements(lambda: asked(shop, line("tea-1")))
    many = shop.statements(lambda: asked(shop, *[line("tea-1"), line("tea-2")] * 500))
    assert few == many == ["sell_concretes"]


_LINES = st.lists(
    st.tuples(
        st.sampled_from(["tea-1", "tea-2", "tea-3", "mug-1", "none"]),
        st.integers(1, 6),
        st.sampled_from([None, None, "North", "South", "Far", "Moon"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(_LINES, min_size=1, max_size=4), store=st.sampled_from(["DE", "AT"]))
def test_what_can_be_sold_is_placed_and_what_cannot_is_refused(shop, orders, store):
    for lines in orders:
        wanted = [line(sku, quantity, warehouse=house) for sku, quantity, house in lines]
        can = asked(shop, *wanted, store=store).ok
        number = shop.value("SELECT count(*) FROM sales_order") + 1
        try:
            shop.engine.place(order(f"R{number}-{len(lines)}", *wanted, store=store))
            placed = True
        except EarmarkError:
            placed = False
        assert can == placed
