"""An order gets what is held for its cart, whatever others want of it, and each cart becomes one order."""

from __future__ import annotations

import pytest

from engine.errors import CartHoldConflict, CartHoldEnded, NotAvailable
from engine.holds.carts import AskedCart, hold_together
from engine.holds.ending import end_cart_holds
from tests.helpers.at_once import at_once
from tests.helpers.clock import MINUTE
from tests.helpers.crashes import crashes
from tests.helpers.shop import cart, numbered, order

SALE = "states new paid*\nnew -> paid : pay"
RESERVED = "states paid* done\npaid -> done : close"
TTL = "15 minutes"


@pytest.fixture
def shop(make_shop):
    """Five pieces of tea-1 and three of tea-2 in DE and AT, which share them."""
    world = make_shop().stocked(tea_1=5, tea_2=3)
    world.deploy(SALE)
    return world


def amounts(world, sku="tea-1", store="DE"):
    found = world.engine.availability([sku], store)[0]
    return found.reserved, found.held, found.available


def status(world, reference="cart-1"):
    held = world.engine.cart_hold(reference)
    return held.status, held.order


@pytest.mark.parametrize(("process", "counted"), [(SALE, (0, 5, 0)), (RESERVED, (5, 0, 0))])
def test_what_is_held_becomes_the_orders_own(make_shop, process, counted):
    shop = make_shop().stocked(tea_1=5)
    shop.deploy(process)
    shop.hold("cart-1", "tea-1 5")
    shop.forget_messages()
    shop.place("tea-1 5", reference="R", hold=" cart-1 ")
    assert (amounts(shop), amounts(shop, store="AT")) == (counted, counted)
    assert (status(shop), shop.drift(), shop.messages()) == (("placed", "R"), [], [])


def test_with_fewer_pieces_than_are_held_the_others_are_free_again(shop):
    shop.hold("cart-1", "tea-1 5", "tea-2 3")
    shop.forget_messages()
    shop.place("tea-1 2", hold="cart-1")
    assert (amounts(shop), amounts(shop, "tea-2")) == ((0, 2, 3), (0, 0, 3))
    assert (status(shop)[0], shop.drift()) == ("placed", [])
    told = {c["sku"]: c["quantity"] for m in shop.messages("availability") for c in m["SpyAvailabilities"]}
    assert told == {"tea-1": 3, "tea-2": 3}


def test_with_more_pieces_than_are_held_as_far_as_there_are_more(shop):
    shop.hold("cart-1", "tea-1 2")
    shop.place("tea-1 2")
    with pytest.raises(NotAvailable) as refused:
        shop.place("tea-1 4", hold="cart-1")
    assert refused.value.parameters["short"] == [{"sku": "tea-1", "asked": "4", "available": "3"}]
    assert status(shop) == ("held", None)
    shop.place("tea-1 3", "tea-2", hold="cart-1")
    assert (amounts(shop), amounts(shop, "tea-2"), shop.drift()) == ((0, 5, 0), (0, 1, 2), [])


def test_the_same_order_again_is_the_stored_one_and_another_one_does_not_get_the_cart(shop):
    shop.hold("cart-1", "tea-1 2")
    request = order("R", "tea-1 2", hold="cart-1")
    shop.engine.place(request)
    assert shop.engine.place(request).existing
    with pytest.raises(CartHoldEnded, match="the cart 'cart-1' is the order 'R' already") as refused:
        shop.place("tea-1 2", hold="cart-1")
    assert refused.value.parameters == {"hold": "cart-1", "status": "placed", "order": "R"}
    for ask in (
        lambda: shop.engine.release_cart_hold("cart-1"),
        lambda: shop.engine.extend_cart_hold("cart-1", hold_for=TTL),
        lambda: shop.hold("cart-1", "tea-1 2"),
    ):
        with pytest.raises(CartHoldEnded) as refused:
            ask()
        assert refused.value.parameters["order"] == "R"
    assert (amounts(shop), shop.drift()) == ((0, 2, 3), [])


def test_of_orders_in_bulk_the_first_gets_the_cart(shop):
    shop.hold("cart-1", "tea-1 4")
    wanted = [
        order("A", "tea-1 2"),
        order("B", "tea-1 4", hold="cart-1"),
        order("C", "tea-1", hold="cart-1"),
        order("B", "tea-1 4", hold="cart-1"),
        order("D", "tea-1", hold="cart-9"),
        order("E", "tea-1"),
    ]
    report = shop.engine.place_many(numbered(wanted))
    assert (report.placed, report.existing) == (2, 1)
    assert {refusal.reference: refusal.code for refusal in report.refused} == {
        "A": "not_available",
        "C": "cart_hold_ended",
        "D": "unknown_cart_hold",
    }
    assert (status(shop), amounts(shop), shop.drift()) == (("placed", "B"), (0, 5, 0), [])


def test_what_an_order_of_a_batch_leaves_of_its_cart_the_next_one_can_have(shop):
    shop.hold("cart-1", "tea-1 5", "tea-2 3")
    wanted = [order("A", "tea-1", hold="cart-1"), order("B", "tea-1 4", "tea-2 3"), order("C", "tea-1")]
    report = shop.engine.place_many(numbered(wanted))
    assert (report.placed, [refusal.reference for refusal in report.refused]) == (2, ["C"])
    assert (amounts(shop), amounts(shop, "tea-2"), shop.drift()) == ((0, 5, 0), (0, 3, 0), [])


@pytest.mark.parametrize("end", ["over", "tidied", "released"])
def test_when_the_hold_has_ended_the_order_is_decided_like_any_other(shop, end):
    for number in (1, 2):
        shop.hold(f"cart-{number}", f"tea-{number} 3")
    if end == "released":
        shop.engine.release_cart_hold("cart-1")
        shop.engine.release_cart_hold("cart-2")
    else:
        shop.forward(15 * MINUTE)
    if end == "tidied":
        shop.engine.run_timeouts()
    shop.place("tea-1 4")
    with pytest.raises(NotAvailable) as refused:
        shop.place("tea-1 3", hold="cart-1")
    assert refused.value.parameters["short"] == [{"sku": "tea-1", "asked": "3", "available": "1"}]
    shop.place("tea-2 3", hold="cart-2", reference="R")
    assert (amounts(shop), amounts(shop, "tea-2"), shop.drift()) == ((0, 4, 1), (0, 3, 0), [])
    assert (status(shop)[0], status(shop, "cart-2")) == (
        "released" if end == "released" else "expired",
        ("placed", "R"),
    )
    with pytest.raises(CartHoldEnded):
        shop.place("tea-1", hold="cart-2")


def test_a_hold_is_of_one_store(shop):
    shop.hold("cart-1", "tea-1 2")
    with pytest.raises(CartHoldConflict, match="'cart-1' is not of the store 'AT'"):
        shop.place("tea-1 2", store="AT", hold="cart-1")
    assert status(shop) == ("held", None)


def test_what_is_held_is_promised_also_when_a_count_finds_less(shop):
    shop.hold("cart-1", "tea-1 2")
    shop.hold("cart-2", "tea-1 2")
    shop.restock("tea-1,North,1")
    with pytest.raises(NotAvailable):
        shop.place("tea-1 3", hold="cart-1")
    shop.place("tea-1 2", hold="cart-1")
    (short, _) = shop.engine.shortfalls()
    assert (short.shortfall, short.order_count, short.cart_count, shop.drift()) == (3, 1, 1, [])
    shop.forward(15 * MINUTE)
    with pytest.raises(NotAvailable):
        shop.place("tea-1 2", hold="cart-2")


@pytest.mark.parametrize("rules", [{"publish": {"on": "amount"}}, {"checkout": {"hold": False}}])
def test_it_is_the_same_where_amounts_are_published_and_where_orders_hold_nothing(make_shop, rules):
    shop = make_shop(**rules).stocked(tea_1=5)
    shop.deploy(SALE)
    shop.hold("cart-1", "tea-1 4")
    with pytest.raises(NotAvailable):
        shop.place("tea-1 2")
    (item,) = shop.place("tea-1 3", hold="cart-1")
    shop.trigger("pay", item)
    assert (amounts(shop), shop.drift()) == ((3, 0, 2), [])


def test_more_holds_are_over_than_are_ended_at_once(make_shop):
    shop = make_shop(execution={"chunk": 2}).stocked(tea_1=5, tea_2=5)
    shop.deploy(SALE)
    for number in range(5):
        shop.hold(f"cart-{number}", "tea-1", "tea-2")
    shop.forward(15 * MINUTE)
    shop.place("tea-1 5")
    assert {held.ended_at is not None for held in shop.engine.cart_holds().carts} == {True}
    assert (amounts(shop), shop.drift()) == ((0, 5, 0), [])


# --- at the same time ---


def asked(raised, ask):
    """The code of what is raised, None when it is not."""
    try:
        ask()
    except raised as error:
        return error.code
    return None


def test_two_orders_want_the_same_cart(shop):
    shop.hold("cart-1", "tea-1 3")
    told = at_once(
        shop,
        lambda engine: engine.place(order("A", "tea-1 3", hold="cart-1")),
        "lock_cart_holds_named",
        lambda engine: asked(CartHoldEnded, lambda: engine.place(order("B", "tea-1 2", hold="cart-1"))),
    )
    assert (told, status(shop), amounts(shop), shop.drift()) == (
        "cart_hold_ended",
        ("placed", "A"),
        (0, 3, 2),
        [],
    )


def test_somebody_wants_the_pieces_while_the_cart_becomes_an_order(shop):
    shop.hold("cart-1", "tea-1 5")
    told = at_once(
        shop,
        lambda engine: engine.place(order("A", "tea-1 5", hold="cart-1")),
        "end_cart_lines",
        lambda engine: asked(NotAvailable, lambda: engine.place(order("B", "tea-1", store="AT"))),
    )
    assert (told, amounts(shop), shop.drift()) == ("not_available", (0, 5, 0), [])


def test_a_cart_and_an_order_want_the_last_pieces(shop):
    told = at_once(
        shop,
        lambda engine: engine.hold_cart(cart("cart-1", "tea-1 5"), hold_for=TTL),
        "ledger_read_locked",
        lambda engine: asked(NotAvailable, lambda: engine.place(order("B", "tea-1", store="AT"))),
    )
    assert (told, amounts(shop), shop.drift()) == ("not_available", (0, 5, 0), [])


@pytest.mark.parametrize("lines", [("tea-1 2",), ("tea-2 2",)])
def test_two_hold_under_one_reference(shop, lines):
    """With other products nothing that both lock makes one wait for the other before they write."""
    told = at_once(
        shop,
        lambda engine: engine.hold_cart(cart("cart-1", "tea-1 2"), hold_for=TTL),
        "insert_cart_holds",
        lambda engine: asked(
            CartHoldConflict, lambda: engine.hold_cart(cart("cart-1", *lines), hold_for=TTL)
        ),
    )
    assert told == (None if lines == ("tea-1 2",) else "cart_hold_conflict")
    assert (amounts(shop), amounts(shop, "tea-2"), shop.drift()) == ((0, 2, 3), (0, 0, 3), [])


@pytest.mark.parametrize("end", ["release", "extend"])
def test_an_order_wants_the_cart_that_is_just_released_or_prolonged(shop, end):
    shop.hold("cart-1", "tea-1 5")

    def first(engine):
        if end == "release":
            engine.release_cart_hold("cart-1")
        else:
            engine.extend_cart_hold("cart-1", hold_for="1 hour")

    at_once(
        shop,
        first,
        "lock_cart_hold",
        lambda engine: engine.place(order("B", "tea-1 5", hold="cart-1")),
    )
    assert (status(shop), amounts(shop), shop.drift()) == (("placed", "B"), (0, 5, 0), [])


def test_a_hold_is_prolonged_at_its_last_moment_while_it_is_to_be_ended(shop):
    shop.hold("cart-1", "tea-1 5")
    shop.forward(15 * MINUTE - 1)

    def tidy(engine):
        shop.forward(1)
        engine.run_timeouts()

    at_once(
        shop,
        lambda engine: engine.extend_cart_hold("cart-1", hold_for=TTL),
        "prolong_cart_lines",
        tidy,
        waits=shop.database.dialect == "postgresql",
    )
    assert (status(shop), amounts(shop), shop.drift()) == (("held", None), (0, 5, 0), [])


def test_carts_that_are_held_together_share_a_transaction_and_each_gets_its_own_answer(shop):
    shop.hold("before", "tea-1")
    wanted = [
        cart("before", "tea-1"),
        cart("cart-1", "tea-1 3"),
        cart("cart-2", "coffee"),
        cart("cart-3", "tea-1 2"),
        cart("cart-1", "tea-1 3"),
        cart("cart-1", "tea-1 2"),
        cart("cart-4", "tea-1", "tea-2", store="AT"),
    ]
    answers = []

    def hold_all():
        answers.extend(hold_together(shop.runtime, [AskedCart(one, TTL) for one in wanted]))

    seen = statements(shop, hold_all)
    told = [answer.code if isinstance(answer, Exception) else answer.existing for answer in answers]
    assert told == [True, False, "unknown_sku", "not_available", True, "cart_hold_conflict", False]
    assert (seen.count("commit"), amounts(shop), shop.drift()) == (1, (0, 5, 0), [])


def test_what_fails_of_one_cart_concerns_no_other_that_is_held_with_it(make_shop):
    def fails(changes, work):
        if any(change.sku == "tea-2" for change in changes):
            raise RuntimeError("no tea-2 today")
        work.write_availability(changes)

    shop = make_shop(handlers=[fails]).stocked(tea_1=5, tea_2=3)
    wanted = [cart("cart-1", "tea-1"), cart("cart-2", "tea-2"), cart("cart-3", "tea-1")]
    answers = hold_together(shop.runtime, [AskedCart(one, TTL) for one in wanted])
    assert [getattr(answer, "code", "held") for answer in answers] == ["held", "plugin_invalid", "held"]
    assert (amounts(shop), shop.drift()) == ((0, 2, 3), [])


# --- cut off anywhere ---


@pytest.fixture
def stock(make_shop):
    """Five hundred pieces."""
    world = make_shop().stocked(tea_1=500)
    world.deploy(SALE)
    return world


def at_every_statement(shop, prepare, action, counted):
    """Cut the action off at each of its statements, do it again, and see that it counts as if nothing had happened.

    ``prepare`` and ``action`` are about the cart and the order with a number; ``counted`` is what is reserved and
    held more afterwards, without what is over, and what the status of the cart is.
    """
    last = 1
    while True:
        reserved, held, _ = amounts(shop)
        prepare(last)
        cut_off = crashes(shop, last, lambda: action(last))  # noqa: B023
        assert shop.drift() == []
        if cut_off:
            action(last)
        after = amounts(shop)
        assert (after[0] - reserved, after[1] - held, status(shop, f"cart-{last}")[0]) == counted
        assert shop.drift() == []
        if not cut_off:
            return
        last += 1


def test_holding_a_cart_may_be_cut_off_anywhere(stock):
    at_every_statement(
        stock, lambda number: None, lambda number: stock.hold(f"cart-{number}", "tea-1 4"), (0, 4, "held")
    )


def test_placing_the_order_of_a_cart_may_be_cut_off_anywhere(stock):
    at_every_statement(
        stock,
        lambda number: stock.hold(f"cart-{number}", "tea-1 5"),
        lambda number: stock.engine.place(order(f"R-{number}", "tea-1 4", hold=f"cart-{number}")),
        (0, 4, "placed"),
    )


def test_releasing_a_cart_may_be_cut_off_anywhere(stock):
    at_every_statement(
        stock,
        lambda number: stock.hold(f"cart-{number}", "tea-1 5"),
        lambda number: stock.engine.release_cart_hold(f"cart-{number}"),
        (0, 0, "released"),
    )


def test_prolonging_a_hold_may_be_cut_off_anywhere(stock):
    at_every_statement(
        stock,
        lambda number: stock.hold(f"cart-{number}", "tea-1 5"),
        lambda number: stock.engine.extend_cart_hold(f"cart-{number}", hold_for="1 hour"),
        (0, 5, "held"),
    )


def test_ending_what_is_over_may_be_cut_off_anywhere(stock):
    def let_it_be_over(number):
        stock.hold(f"cart-{number}", "tea-1 5")
        stock.forward(15 * MINUTE)

    at_every_statement(
        stock, let_it_be_over, lambda _: end_cart_holds(stock.engine.runtime), (0, 0, "expired")
    )
    assert {held.ended_at is None for held in stock.engine.cart_holds().carts} == {False}


# --- how much it takes ---


def statements(shop, action):
    seen = []
    shop.database.probe = seen.append
    try:
        action()
    finally:
        shop.database.probe = None
    return seen


def test_an_order_without_a_hold_asks_nothing_about_carts(shop):
    shop.place("tea-1")
    assert [name for name in statements(shop, lambda: shop.place("tea-1")) if "cart" in name] == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(make_shop):
    skus = [f"tea-{number}" for number in range(1, 31)]
    products = [{"sku": "tea", "concretes": [{"sku": sku} for sku in skus]}]
    shop = make_shop()
    shop.topology(
        warehouses=[{"name": "North"}], stores=[{"name": "DE", "warehouses": ["North"]}], products=products
    )
    shop.restock(*(f"{sku},North,9" for sku in skus))
    shop.deploy(SALE)
    shop.hold("cart-0", *skus)
    shop.place(*skus)
    counts = []
    for name, lines in (("small", skus[:1]), ("large", skus)):
        for which in ("a", "b"):
            counts.append(len(statements(shop, lambda: shop.hold(f"{name}-{which}", *lines))))  # noqa: B023
        counts.append(len(statements(shop, lambda: shop.place(*lines, hold=f"{name}-a"))))  # noqa: B023
        counts.append(len(statements(shop, lambda: shop.engine.release_cart_hold(f"{name}-b"))))  # noqa: B023
        counts.append(len(statements(shop, lambda: shop.place(*lines))))  # noqa: B023
    assert counts[:5] == counts[5:]
    assert counts[2] - counts[4] <= 5
