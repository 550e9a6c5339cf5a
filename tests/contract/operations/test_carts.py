"""Pieces are held for a cart before there is an order: taken, prolonged, released, and over at their time."""

from __future__ import annotations

import pytest

from engine.errors import (
    CartHoldConflict,
    CartHoldEnded,
    InputError,
    NotAvailable,
    UnknownCartHold,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
    WarehouseNotForStore,
)
from tests.helpers.clock import MINUTE
from tests.helpers.shop import cart, order

SALE = "states new paid*\nnew -> paid : pay"


@pytest.fixture
def shop(make_shop):
    """Five pieces of tea-1 and three of tea-2 in DE and AT, which share them."""
    world = make_shop().stocked(tea_1=5, tea_2=3)
    world.deploy(SALE)
    return world


def amounts(world, sku="tea-1", store="DE"):
    found = world.engine.availability([sku], store)[0]
    return found.reserved, found.held, found.available


def test_what_is_held_nobody_else_can_have_in_no_store_that_shares(shop):
    held = shop.hold("cart-1", "tea-1 4", "tea-2", hold_for="15 minutes")
    assert (held.reference, held.store, held.status, held.existing) == ("cart-1", "DE", "held", False)
    assert (held.until - held.taken_at).total_seconds() == 15 * MINUTE
    assert [(line.sku, line.quantity) for line in held.items] == [("tea-1", 4), ("tea-2", 1)]
    assert shop.engine.cart_hold(" cart-1 ") == held
    assert amounts(shop) == amounts(shop, store="AT") == (0, 4, 1)
    for store in ("DE", "AT"):
        with pytest.raises(NotAvailable) as refused:
            shop.place("tea-1 2", store=store)
        assert refused.value.parameters["short"] == [{"sku": "tea-1", "asked": "2", "available": "1"}]
        with pytest.raises(NotAvailable):
            shop.hold(f"cart-{store}", "tea-1 2", store=store)
    shop.place("tea-1")
    assert shop.drift() == []


def test_a_cart_is_held_as_a_whole_or_not_at_all(shop):
    with pytest.raises(NotAvailable) as refused:
        shop.hold("cart-1", "tea-1 2", "tea-2 2", "tea-2 2")
    assert refused.value.parameters["short"] == [{"sku": "tea-2", "asked": "4", "available": "3"}]
    assert refused.value.message.startswith("the cart 'cart-1' asks for more than is available in DE: tea-2")
    with pytest.raises(UnknownCartHold):
        shop.engine.cart_hold("cart-1")
    assert amounts(shop) == (0, 0, 5)
    shop.hold("cart-1", "tea-1 2", "tea-2 3")
    assert amounts(shop, "tea-2") == (0, 3, 0)


def test_the_same_cart_again_is_answered_alike_and_another_one_is_a_conflict(shop):
    first = shop.hold("cart-1", "tea-1 2")
    shop.forward(MINUTE)
    again = shop.hold("cart-1", "tea-1 2.000", hold_for="3 hours")
    assert again.existing
    assert again.as_dict() == {**first.as_dict(), "existing": True}
    for lines, store in ((("tea-1 3",), "DE"), (("tea-1 2", "tea-2"), "DE"), (("tea-1 2",), "AT")):
        with pytest.raises(CartHoldConflict):
            shop.hold("cart-1", *lines, store=store)
    assert amounts(shop) == (0, 2, 3)


@pytest.mark.parametrize("tidied", [False, True])
def test_it_is_over_at_its_time_whether_or_not_a_job_runs(shop, tidied):
    shop.hold("cart-1", "tea-1 5")
    shop.forward(15 * MINUTE - 1)
    shop.engine.run_timeouts()
    with pytest.raises(NotAvailable):
        shop.place("tea-1", store="AT")
    shop.forward(1)
    if tidied:
        shop.engine.run_timeouts()
    assert shop.engine.cart_hold("cart-1").status == "expired"
    assert (shop.engine.cart_hold("cart-1").ended_at is not None) == tidied
    assert amounts(shop) == amounts(shop, store="AT") == (0, 0, 5)
    assert [term["term"] for term in shop.engine.availability(["tea-1"], "DE", explain=True)[0].terms] == [
        "stock"
    ]
    shop.place("tea-1 5", store="AT")
    assert shop.engine.cart_hold("cart-1").ended_at is not None
    assert shop.drift() == []
    with pytest.raises(CartHoldEnded) as over:
        shop.hold("cart-1", "tea-1 5")
    assert over.value.parameters["status"] == "expired"


def test_a_cart_gets_what_the_hold_of_another_cart_has_left_when_it_is_over(shop):
    shop.hold("cart-1", "tea-1 5", hold_for="1 minute")
    shop.forward(MINUTE)
    shop.hold("cart-2", "tea-1 5", store="AT")
    assert (amounts(shop), shop.drift()) == ((0, 5, 0), [])
    assert shop.engine.cart_hold("cart-1").status == "expired"


def test_it_can_be_prolonged_and_is_never_cut_short(shop):
    held = shop.hold("cart-1", "tea-1 5")
    shop.forward(10 * MINUTE)
    longer = shop.engine.extend_cart_hold("cart-1", hold_for="PT15M")
    assert (longer.until - held.until).total_seconds() == 10 * MINUTE
    assert shop.engine.extend_cart_hold("cart-1", hold_for="1 minute").until == longer.until
    shop.forward(15 * MINUTE - 1)
    shop.engine.run_timeouts()
    assert (amounts(shop), shop.drift()) == ((0, 5, 0), [])
    shop.forward(1)
    with pytest.raises(CartHoldEnded):
        shop.engine.extend_cart_hold("cart-1", hold_for="15 minutes")
    assert amounts(shop) == (0, 0, 5)


def test_it_can_be_released_once_and_again(shop):
    shop.hold("cart-1", "tea-1 5", "tea-2")
    shop.forget_messages()
    released = shop.engine.release_cart_hold("cart-1")
    assert (released.status, released.existing) == ("released", False)
    assert (amounts(shop), amounts(shop, "tea-2"), shop.drift()) == ((0, 0, 5), (0, 0, 3), [])
    assert {message["Store"]["name"] for message in shop.messages("availability")} == {"DE", "AT"}
    assert shop.engine.release_cart_hold("cart-1").existing
    for again in (
        lambda: shop.hold("cart-1", "tea-1 5", "tea-2"),
        lambda: shop.engine.extend_cart_hold("cart-1", hold_for="1 hour"),
    ):
        with pytest.raises(CartHoldEnded) as ended:
            again()
        assert ended.value.parameters["status"] == "released"


def test_what_is_over_can_be_released_and_stays_what_it_was(shop):
    shop.hold("cart-1", "tea-1 5")
    shop.forward(15 * MINUTE)
    assert shop.engine.release_cart_hold("cart-1").status == "expired"
    assert (amounts(shop), shop.drift()) == ((0, 0, 5), [])


def test_that_a_product_is_sold_out_by_holds_and_free_again_is_told(shop):
    shop.forget_messages()
    shop.hold("cart-1", "tea-1 5")
    shop.forward(15 * MINUTE)
    shop.engine.run_timeouts()
    told = [
        (message["Store"]["name"], concrete["quantity"])
        for message in shop.messages("availability")
        for concrete in message["SpyAvailabilities"]
        if concrete["sku"] == "tea-1"
    ]
    assert sorted(told) == [("AT", 0), ("AT", 5), ("DE", 0), ("DE", 5)]


def test_a_product_that_is_never_out_of_stock_can_be_held_above_its_stock(shop):
    shop.restock("mug-1,North,1,1")
    shop.hold("cart-1", "mug-1 8")
    assert (amounts(shop, "mug-1"), shop.drift()) == ((0, 8, 0), [])
    shop.engine.release_cart_hold("cart-1")
    assert amounts(shop, "mug-1") == (0, 0, 1)


def test_a_line_may_name_a_warehouse_where_the_pieces_are_held_too(shop):
    shop.topology(stores=[{"name": "DE", "warehouses": ["North", "South"], "allow_overlap": True}])
    shop.restock("tea-1,South,4")
    here = {"sku": "tea-1", "quantity": 3, "warehouse": "South"}
    shop.hold("cart-1", here)
    with pytest.raises(NotAvailable) as refused:
        shop.place(here)
    short = refused.value.parameters["short"]
    assert short == [{"sku": "tea-1", "warehouse": "South", "asked": "3", "available": "1"}]
    assert shop.engine.place(order("R", here, hold="cart-1")).items[0].warehouse == "South"
    with pytest.raises(NotAvailable):
        shop.hold("cart-2", {**here, "quantity": 2})
    assert shop.drift() == []
    with pytest.raises(WarehouseNotForStore, match="the cart 'cart-3' names the warehouse 'South'"):
        shop.hold("cart-3", here, store="AT")


@pytest.mark.parametrize(
    ("asked", "hold_for", "error"),
    [
        (cart("c", "coffee"), "1 hour", UnknownSku),
        (cart("c", "tea-1", store="FR"), "1 hour", UnknownStore),
        (cart("c", {"sku": "tea-1", "quantity": 1, "warehouse": "East"}), "1 hour", UnknownWarehouse),
        (cart("c", "tea-1"), "tomorrow", InputError),
        (cart("c", "tea-1"), "0 minutes", InputError),
    ],
)
def test_what_cannot_be_understood_is_refused_and_nothing_is_held(shop, asked, hold_for, error):
    with pytest.raises(error):
        shop.engine.hold_cart(asked, hold_for=hold_for)
    assert (amounts(shop), shop.engine.cart_holds().carts) == ((0, 0, 5), ())


def test_a_hold_that_nobody_knows_can_be_neither_prolonged_nor_released(shop):
    for ask in (
        lambda: shop.engine.extend_cart_hold("cart-9", hold_for="1 hour"),
        lambda: shop.engine.release_cart_hold("cart-9"),
        lambda: shop.engine.cart_hold("cart-9"),
        lambda: shop.place("tea-1", hold="cart-9"),
    ):
        with pytest.raises(UnknownCartHold, match="'cart-9'"):
            ask()


def test_carts_are_listed_by_store_and_status_page_by_page(shop):
    for number in range(1, 4):
        shop.hold(f"cart-{number}", hold_for=f"{number} minutes")
    shop.hold("cart-4", store="AT")
    shop.engine.release_cart_hold("cart-2")
    shop.place("tea-1", hold="cart-3")
    shop.forward(MINUTE)

    def listed(**wanted):
        return [held.reference for held in shop.engine.cart_holds(**wanted).carts]

    assert listed() == ["cart-4", "cart-3", "cart-2", "cart-1"]
    assert listed(store="AT") == ["cart-4"]
    found = {status: listed(status=status) for status in ("held", "expired", "released", "placed")}
    assert found == {"held": ["cart-4"], "expired": ["cart-1"], "released": ["cart-2"], "placed": ["cart-3"]}
    page = shop.engine.cart_holds(limit=3)
    assert [held.reference for held in page.carts] == ["cart-4", "cart-3", "cart-2"]
    assert listed(after=page.next) == ["cart-1"]
    assert shop.engine.cart_holds(limit=4).next is None
    for wanted in ({"status": "open"}, {"limit": 0}, {"after": "x"}):
        with pytest.raises(InputError):
            shop.engine.cart_holds(**wanted)
    with pytest.raises(UnknownStore):
        shop.engine.cart_holds(store="FR")


def test_explain_tells_what_carts_hold_of_the_own_store_and_of_those_that_share(shop):
    shop.hold("cart-1", "tea-1 2")
    shop.hold("cart-2", "tea-1", store="AT")
    shop.place("tea-1")
    terms = [
        t for t in shop.engine.availability(["tea-1"], "DE", explain=True)[0].terms if t["term"] == "held"
    ]
    shown = [(t["store"], t["shared"], t["quantity"], t.get("carts"), t.get("references")) for t in terms]
    assert shown == [
        ("DE", False, 1, None, None),
        ("DE", False, 2, 1, ["cart-1"]),
        ("AT", True, 1, 1, ["cart-2"]),
    ]


def test_a_shortfall_tells_how_many_carts_stand_behind_it(shop):
    shop.hold("cart-1", "tea-1 4")
    shop.place("tea-1")
    shop.restock("tea-1,North,2")
    (short, _) = shop.engine.shortfalls()
    assert (short.shortfall, short.held, short.order_count, short.cart_count) == (3, 5, 1, 1)
    assert shop.engine.health().shortfalls == 2
    shop.forward(15 * MINUTE)
    assert shop.engine.shortfalls() == []


def test_holds_that_nobody_tidies_are_seen_as_overdue_work(shop):
    shop.hold("cart-1", "tea-1", "tea-2")
    assert shop.engine.health().cart_holds == 1
    shop.forward(15 * MINUTE)
    assert shop.engine.health().cart_holds == 0
    (lag,) = [lag for lag in shop.engine.health().lags if lag.kind == "hold"]
    assert (lag.number, lag.oldest) == (2, shop.database.clock())
    shop.engine.run_timeouts()
    (lag,) = [lag for lag in shop.engine.health().lags if lag.kind == "hold"]
    assert lag.number == 0


def test_reconciling_knows_carts_and_mends_what_was_damaged(shop):
    shop.hold("cart-1", "tea-1 2", "tea-2")
    assert shop.drift() == []
    shop.sql("UPDATE reservation SET held = 0")
    shop.sql("UPDATE availability SET held = 0, available = stock")
    drift = {
        (row.store, row.sku, row.what, row.stored, row.expected) for row in shop.engine.reconcile().drift
    }
    assert ("DE", "tea-1", "held", 0, 2) in drift
    assert (amounts(shop), amounts(shop, store="AT"), shop.drift()) == ((0, 2, 3), (0, 2, 3), [])
    shop.sql("UPDATE cart_hold_line SET counted_hold = 0, hold_until = NULL WHERE line = 1")
    assert shop.engine.reconcile().items == 1
    assert (amounts(shop), shop.drift()) == ((0, 2, 3), [])
    shop.forward(15 * MINUTE)
    assert amounts(shop) == (0, 0, 5)


def test_a_purge_deletes_what_ended_long_ago_and_nothing_that_is_held(shop):
    for number in range(1, 5):
        shop.hold(f"cart-{number}", hold_for="90 days" if number == 1 else "1 hour")
    shop.engine.release_cart_hold("cart-2")
    shop.place("tea-1", hold="cart-3", reference="R")
    shop.engine.release_cart_hold("cart-4")
    shop.forward(40 * 24 * 60 * MINUTE)
    assert shop.engine.purge("50 days").cart_holds == 0
    assert shop.engine.purge("30 days", dry_run=True).cart_holds == 2
    assert shop.engine.purge("30 days").cart_holds == 2  # the newest one stays
    assert [held.reference for held in shop.engine.cart_holds().carts] == ["cart-4", "cart-1"]
    assert shop.value("SELECT count(*) FROM cart_hold_line") == 2
    assert (amounts(shop), shop.drift()) == ((0, 2, 3), [])
    assert shop.engine.place(order("R", "tea-1", hold="cart-3")).existing


@pytest.mark.parametrize("span", [15, None, 1.5])
def test_a_span_of_time_that_is_no_text_is_refused(shop, span):
    with pytest.raises(InputError, match="is no text") as refused:
        shop.hold("cart-1", "tea-1", hold_for=span)
    assert "15 minutes" in refused.value.remedy
