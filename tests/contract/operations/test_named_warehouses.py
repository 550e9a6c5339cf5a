"""An order line that names a warehouse is for what lies there, less what others were promised from there."""

from __future__ import annotations

import threading

import pytest

from engine.errors import NotAvailable, WarehouseNotForStore
from engine.requests import Topology
from tests.helpers.shop import numbered, order

SALE = "states new paid* gone\nnew -> paid : pay\nnew -> gone : cancel"
SHOP = {
    "warehouses": [{"name": "North"}, {"name": "South"}, {"name": "Far"}],
    "stores": [
        {"name": "DE", "warehouses": ["North", "South"]},
        {"name": "FR", "warehouses": ["North"]},
    ],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]}],
}


@pytest.fixture
def shop(make_shop):
    """DE sells from North (2 of tea-1) and South (5), FR from North too, without sharing; Far serves nobody."""
    world = make_shop().stocked(SHOP)
    world.restock("tea-1,North,2", "tea-1,South,5", "tea-1,Far,9")
    world.deploy(SALE)
    return world


def line(warehouse, quantity=1, sku="tea-1"):
    return {"sku": sku, "quantity": quantity, "warehouse": warehouse}


def test_what_lies_elsewhere_does_not_help(shop):
    with pytest.raises(NotAvailable, match="tea-1 in North: only 2 available, 3 asked") as refused:
        shop.engine.place(order("A", line("North", 3)))
    (short,) = refused.value.parameters["short"]
    assert short == {"sku": "tea-1", "warehouse": "North", "asked": "3", "available": "2"}
    shop.engine.place(order("B", line("North", 2)))
    with pytest.raises(NotAvailable, match="tea-1 in North: sold out"):
        shop.engine.place(order("C", line("North")))
    shop.engine.place(order("D", line("South", 5)))
    assert shop.available() == 0


def test_lines_of_one_warehouse_add_up_and_others_count_too(shop):
    with pytest.raises(NotAvailable):
        shop.engine.place(order("A", line("North"), line("North", 2)))
    shop.engine.place(order("B", "tea-1 6"))
    with pytest.raises(NotAvailable, match="only 1 available"):
        shop.engine.place(order("C", line("North", 2)))
    shop.engine.place(order("D", line("North")))


def test_what_was_cancelled_comes_free_there(shop):
    shop.engine.place(order("A", line("North", 2)))
    shop.trigger_orders("cancel", "A")
    shop.engine.place(order("B", line("North", 2)))


def test_items_of_another_store_count_there(shop):
    shop.engine.place(order("A", line("North", 2), store="FR"))
    with pytest.raises(NotAvailable, match="North: sold out"):
        shop.engine.place(order("B", line("North")))


def test_orders_that_are_placed_together_lower_it_for_each_other(shop):
    asked = [order(f"O{number}", line("North"), store=("DE", "FR")[number % 2]) for number in range(4)]
    report = shop.engine.place_many(numbered(asked))
    assert (report.placed, [refusal.code for refusal in report.refused]) == (2, ["not_available"] * 2)


def test_a_product_without_end_is_so_in_its_own_warehouse_only(shop):
    shop.restock("tea-2,South,0,1", "tea-2,North,0")
    shop.engine.place(order("A", line("South", 100, "tea-2")))
    with pytest.raises(NotAvailable, match="tea-2 in North: sold out"):
        shop.engine.place(order("B", line("North", 1, "tea-2")))


@pytest.mark.parametrize(
    ("store", "warehouse"), [("DE", "Far"), ("FR", "South")], ids=["serves nobody", "serves another"]
)
def test_a_warehouse_that_does_not_serve_the_store_is_refused(shop, store, warehouse):
    with pytest.raises(
        WarehouseNotForStore, match=f"'{warehouse}', which does not serve the store '{store}'"
    ):
        shop.engine.place(order("A", line(warehouse), store=store))
    assert shop.value("SELECT count(*) FROM sales_order") == 0


def test_a_warehouse_that_is_not_active_is_refused_but_a_stored_order_stays_known(shop):
    placed = order("A", line("South"))
    shop.engine.place(placed)
    closed = {"warehouses": [{"name": "South", "active": False}]}
    shop.engine.apply_topology(Topology.model_validate(closed))
    with pytest.raises(WarehouseNotForStore, match="is not active"):
        shop.engine.place(order("B", line("South")))
    assert shop.engine.place(placed).existing


def test_a_hundred_orders_ask_as_often_as_one(shop):
    shop.restock("tea-1,North,1000")
    shop.engine.place(order("first", line("North")))  # what names mean is known from then on
    one = len(shop.statements(lambda: shop.engine.place_many(numbered([order("A", line("North"))]))))
    many = [order(f"O{number}", line("North")) for number in range(100)]
    assert len(shop.statements(lambda: shop.engine.place_many(numbered(many)))) == one


def test_buyers_in_stores_that_do_not_share_get_what_lies_there(shop):
    accepted: list[str] = []
    start = threading.Barrier(4)

    def buy(number):
        engine = shop.another()
        start.wait(30)
        for turn in range(2):
            try:
                engine.place(order(f"{number}-{turn}", line("North"), store=("DE", "FR")[number % 2]))
                accepted.append(f"{number}-{turn}")
            except NotAvailable:
                pass
        engine.close()

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(accepted) == 2
    assert shop.drift() == []
