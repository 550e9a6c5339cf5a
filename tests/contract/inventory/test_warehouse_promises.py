"""What is to come from a warehouse is counted there: a shortage in one is no shortage of the others."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from engine.errors import NotAvailable
from engine.hooks import CommandResult
from engine.requests import Selection, Topology
from rules.options.model import Options
from tests.helpers.shop import numbered, order

SALE = """
states new paid* sent* gone back* dropped
new -> paid : pay
new -> dropped : drop
paid -> sent : send
paid -> dropped : drop
sent -> gone : stock-update
gone -> back : return
"""
TWO = {
    "warehouses": [{"name": "W1"}, {"name": "W2"}],
    "stores": [{"name": "DE", "warehouses": ["W1", "W2"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]}],
}


@pytest.fixture
def shop(make_shop):
    """DE sells tea-1 from W1 (6) and W2 (3)."""
    world = make_shop().stocked(TWO)
    world.restock("tea-1,W1,6", "tea-1,W2,3")
    world.deploy(SALE)
    return world


def line(warehouse, quantity=1, sku="tea-1"):
    return {"sku": sku, "quantity": quantity, "warehouse": warehouse}


def place(shop, reference, *lines, store="DE", **fields):
    return [item.id for item in shop.engine.place(order(reference, *lines, store=store, **fields)).items]


def numbers(shop, store="DE", sku="tea-1"):
    """What can be sold and what is short, as text."""
    (view,) = shop.engine.availability([sku], store)
    return f"{view.available:f} {view.shortfall:f}"


def promised(shop, sku="tea-1", store="DE"):
    """What is to come from each warehouse, by the terms of what can be sold."""
    (view,) = shop.engine.availability([sku], store, explain=True)
    terms = [term for term in view.terms if term["term"] == "in_warehouse"]
    return {term["warehouse"]: f"{term['quantity']:f}/{term['stock']:f}" for term in terms}


def test_a_shortage_in_one_warehouse_takes_nothing_off_another(shop):
    shop.trigger("pay", *place(shop, "A", line("W1", 6)))
    shop.forward(3600)
    shop.restock("tea-1,W1,1")
    assert numbers(shop) == "3 5"
    shop.place("tea-1 3")
    assert numbers(shop) == "0 5"
    with pytest.raises(NotAvailable):
        shop.place("tea-1")
    assert shop.drift() == []


def test_what_names_no_warehouse_is_short_beside_it(shop):
    place(shop, "A", line("W1", 6))
    shop.place("tea-1 3")
    shop.restock("tea-1,W1,1", "tea-1,W2,1")
    assert numbers(shop) == "0 7"
    shop.restock("tea-1,W2,9")
    assert numbers(shop) == "6 5"


def test_the_shortfall_is_published_as_it_is_told(shop):
    place(shop, "A", line("W1", 6))
    shop.forget_messages()
    shop.restock("tea-1,W1,1")
    (told,) = shop.messages("shortfall")
    assert told == {"store": "DE", "sku": "tea-1", "shortfall": "5", "before": "0"}
    (listed,) = shop.engine.shortfalls()
    assert listed.shortfall == 5


def test_its_terms_tell_where_it_is_short(shop):
    place(shop, "A", line("W1", 6), line("W2"))
    assert promised(shop) == {"W1": "6/6", "W2": "1/3"}
    shop.restock("tea-1,W1,1")
    (view,) = shop.engine.availability(["tea-1"], "DE", explain=True)
    (first, second) = [term for term in view.terms if term["term"] == "in_warehouse"]
    assert (first["warehouse"], first["beyond"]) == ("W1", 5)
    assert (second["warehouse"], second["beyond"]) == ("W2", 0)


def test_a_count_of_that_warehouse_alone_releases_it(shop):
    item, *_ = place(shop, "A", line("W1", 2))
    for event in ("pay", "send"):
        shop.trigger(event, item)
    shop.forward(3600)
    shop.restock("tea-1,W2,3")
    assert shop.states(item) == ["sent"]
    shop.restock("tea-1,W1,4")
    assert shop.states(item) == ["gone"]
    assert numbers(shop) == "7 0"
    assert promised(shop) == {}
    assert shop.drift() == []


@pytest.mark.parametrize("event", ["pay", "drop"])
def test_every_move_keeps_it_where_it_is(shop, event):
    items = place(shop, "A", line("W1", 2), line("W2", 1), "tea-1 1")
    shop.trigger(event, *items)
    assert promised(shop) == ({"W1": "2/6", "W2": "1/3"} if event == "pay" else {})
    assert shop.drift() == []


def test_a_part_of_it_is_counted_there_too(shop):
    (item,) = place(shop, "A", line("W1", 5))
    shop.part("pay", item, 2)
    shop.part("drop", item, 2)
    assert promised(shop) == {"W1": "3/6"}
    assert shop.drift() == []


def test_force_and_return_count_there_whatever_is_left(shop):
    (item,) = place(shop, "A", line("W1", 6))
    shop.trigger("pay", item)
    shop.engine.force("gone", Selection(items=[item]), reason="test")
    assert promised(shop) == {}
    place(shop, "B", line("W1", 6))
    report = shop.trigger("return", item)
    assert [(one.sku, one.shortfall) for one in report.shortfall] == [("tea-1", 6)]
    assert numbers(shop) == "3 6"
    assert shop.drift() == []


def test_a_command_that_names_a_warehouse_moves_what_is_promised(shop):
    shop.command("pick", does=lambda item, _: CommandResult(warehouses={item.id: "W2"}))
    shop.deploy(SALE + "\nevent pay manual command=pick")
    first, second = place(shop, "A", line("W1", 2), "tea-1 1")
    shop.trigger("pay", first, second)
    assert promised(shop) == {"W2": "3/3"}
    assert numbers(shop) == "6 0"
    assert shop.drift() == []


def test_a_command_that_names_one_without_a_change_of_state(shop):
    shop.command("pick", does=lambda item, _: CommandResult(warehouses={item.id: "W2"}))
    shop.deploy(SALE + "\npaid -> paid : choose\nevent choose manual command=pick")
    (item,) = place(shop, "A", line("W1", 5))
    shop.trigger("pay", item)
    shop.trigger("choose", item)
    assert promised(shop) == {"W2": "5/3"}
    assert numbers(shop) == "6 2"
    assert shop.drift() == []


def test_a_migration_keeps_it_there(shop):
    items = place(shop, "A", line("W1", 2), line("W2", 1))
    shop.trigger("pay", items[0])
    shop.deploy(SALE.replace("paid*", "paid").replace("sent*", "sent"))
    shop.migrate()
    assert promised(shop) == {"W1": "2/6", "W2": "1/3"}
    assert shop.drift() == []


def test_carts_hold_it_there_until_they_end(shop):
    shop.hold("c1", line("W1", 2))
    assert promised(shop) == {"W1": "2/6"}
    shop.engine.release_cart_hold("c1")
    assert promised(shop) == {}
    shop.hold("c2", line("W1", 6))
    shop.restock("tea-1,W1,1")
    assert numbers(shop) == "3 5"
    shop.forward(3600)
    assert numbers(shop) == "4 0"
    assert promised(shop) == {}
    place(shop, "A", "tea-1 4")
    assert numbers(shop) == "0 0"
    assert shop.drift() == []


def test_the_order_of_a_cart_may_come_from_elsewhere(shop):
    shop.hold("c1", line("W1", 6))
    shop.restock("tea-1,W1,1")
    asked = [
        order("A", "tea-1 6", hold="c1"),  # gets what was held for it, and so takes what W2 has
        order("B", "tea-1 3"),
    ]
    report = shop.engine.place_many(numbered(asked))
    assert (report.placed, [refusal.code for refusal in report.refused]) == (1, ["not_available"])
    assert numbers(shop) == "0 2"
    assert shop.drift() == []


def test_the_order_of_a_cart_from_the_same_place_leaves_the_rest_to_others(shop):
    shop.hold("c1", line("W1", 6))
    shop.restock("tea-1,W1,1")
    asked = [order("A", line("W1", 6), hold="c1"), order("B", "tea-1 3"), order("C", "tea-1")]
    report = shop.engine.place_many(numbered(asked))
    assert (report.placed, [refusal.code for refusal in report.refused]) == (2, ["not_available"])
    assert numbers(shop) == "0 5"
    assert shop.drift() == []


def test_the_hold_of_a_cart_that_is_over_adds_nothing_that_is_not_there(shop):
    shop.hold("c1", line("W1", 6))
    shop.restock("tea-1,W1,1")
    shop.forward(3600)
    asked = [order("A", "tea-1 4", hold="c1"), order("B", "tea-1")]
    report = shop.engine.place_many(numbered(asked))
    assert (report.placed, [refusal.code for refusal in report.refused]) == (1, ["not_available"])
    assert numbers(shop) == "0 0"
    assert shop.drift() == []


def test_holds_of_orders_end_there_by_themselves(make_shop):
    shop = make_shop(checkout={"hold_timeout_s": 600}).stocked(TWO)
    shop.restock("tea-1,W1,6", "tea-1,W2,3")
    shop.deploy(SALE)
    place(shop, "A", line("W1", 6))
    shop.restock("tea-1,W1,1")
    assert numbers(shop) == "3 5"
    shop.forward(601)
    assert numbers(shop) == "4 0"
    shop.engine.run_timeouts()
    assert numbers(shop) == "4 0"
    assert promised(shop) == {}
    assert shop.drift() == []


def test_what_a_partner_promises_where_this_store_cannot_sell_from_takes_nothing_off(make_shop):
    shop = make_shop().stocked(
        {
            "warehouses": [{"name": "W1"}, {"name": "W2"}],
            "stores": [
                {"name": "DE", "warehouses": ["W1"], "shares_reservations_with": ["AT"]},
                {"name": "AT", "warehouses": ["W1", "W2"], "shares_reservations_with": ["DE"]},
            ],
            "products": TWO["products"],
        }
    )
    shop.restock("tea-1,W1,4", "tea-1,W2,5")
    shop.deploy(SALE)
    place(shop, "A", line("W2", 3), store="AT")
    assert (numbers(shop), numbers(shop, "AT")) == ("4 0", "6 0")
    place(shop, "B", "tea-1 1", store="AT")
    assert (numbers(shop), numbers(shop, "AT")) == ("3 0", "5 0")
    place(shop, "C", line("W1", 3))
    assert (numbers(shop), numbers(shop, "AT")) == ("0 0", "2 0")
    assert shop.drift() == []


def test_a_warehouse_that_is_switched_off_leaves_its_items_short(shop):
    place(shop, "A", line("W1", 2))
    shop.engine.apply_topology(Topology.model_validate({"warehouses": [{"name": "W1", "active": False}]}))
    assert numbers(shop) == "3 2"
    shop.engine.apply_topology(Topology.model_validate({"warehouses": [{"name": "W1", "active": True}]}))
    assert numbers(shop) == "7 0"
    assert shop.drift() == []


def test_a_preview_of_the_topology_tells_the_same(shop):
    place(shop, "A", line("W1", 2))
    diff = shop.engine.diff_topology(
        Topology.model_validate({"warehouses": [{"name": "W1", "active": False}]})
    )
    (effect,) = diff.stores
    assert (effect.available.before, effect.available.after) == (7, 3)


def test_orders_of_the_last_piece_of_a_warehouse(shop):
    placed = []
    start = threading.Barrier(4)

    def buy(number):
        engine = shop.another()
        start.wait(30)
        for turn in range(3):
            try:
                engine.place(order(f"{number}-{turn}", line("W2")))
                placed.append(number)
            except NotAvailable:
                pass
        engine.close()

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(placed) == 3
    assert promised(shop) == {"W2": "3/3"}
    assert shop.drift() == []


@pytest.mark.parametrize("damage", ["reserved = reserved + 1000000", "held = held - 1000000"])
def test_what_is_damaged_there_is_found_and_mended(shop, damage):
    place(shop, "A", line("W1", 2))
    shop.sql(f"UPDATE warehouse_promise SET {damage}")
    report = shop.engine.reconcile(dry_run=True)
    assert {row.warehouse for row in report.drift} == {"W1"}
    assert {row.what.removesuffix("_in_warehouse") for row in report.drift} <= {"reserved", "held"}
    shop.engine.reconcile()
    assert shop.drift() == []
    assert promised(shop) == {"W1": "2/6"}


def test_a_row_that_is_lost_there_is_made_again(shop):
    place(shop, "A", line("W1", 6))
    shop.sql("DELETE FROM warehouse_promise")
    assert shop.engine.reconcile().repaired
    shop.restock("tea-1,W1,1")
    assert numbers(shop) == "3 5"
    assert shop.drift() == []


def test_backorders_are_taken_up_by_what_a_warehouse_lacks(make_shop):
    shop = make_shop().stocked(TWO)
    shop.restock("tea-1,W1,6", "tea-1,W2,3")
    options = {"system": {"backorders": True, "backorder_limit": 4}}
    shop.engine.use_options(Options.model_validate(options))
    shop.deploy(SALE)
    place(shop, "A", line("W1", 6))
    assert numbers(shop) == "7 0"
    shop.restock("tea-1,W1,4")
    assert numbers(shop) == "5 0"
    shop.restock("tea-1,W1,0")
    assert numbers(shop) == "3 2"
    assert shop.drift() == []


def test_whoever_names_no_warehouse_asks_for_nothing_of_it(shop):
    def statements(*lines):
        ids = place(shop, f"first-{lines}", *lines)
        asked = [*shop.statements(lambda: place(shop, f"second-{lines}", *lines))]
        asked += shop.statements(lambda: shop.trigger("pay", *ids))
        return asked

    plain, named = statements("tea-1"), statements(line("W1"))
    beside = {
        "placement_warehouses",
        "ledger_add_named",
        "collect_named",
        "ledger_lock_named",
        "ledger_post_named",
    }
    assert beside <= {*named}
    assert not [name for name in plain if name in beside or "named" in name]


def test_a_hundred_moves_ask_as_often_as_one(shop):
    shop.restock("tea-1,W1,1000")
    one = place(shop, "A", line("W1"))
    many = [item for number in range(100) for item in place(shop, f"B{number}", line("W1"))]
    asked = len(shop.statements(lambda: shop.trigger("pay", *one)))
    assert len(shop.statements(lambda: shop.trigger("pay", *many))) <= asked + 2
    assert promised(shop)["W1"] == "101/1000"


def test_quantities_stay_exact(shop):
    place(shop, "A", line("W1", Decimal("0.1")), line("W1", Decimal("0.2")))
    assert promised(shop)["W1"] == "0.3/6"
