"""Products, warehouses and stores are withdrawn: who depends on them is told first, and goes on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import (
    ProductWithdrawn,
    StillNeeded,
    StoreClosed,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
    WarehouseNotForStore,
)
from rules.options.model import Options
from tests.helpers.shop import order

SALE = """
    states new paid* shipped* closed
    new -> paid : pay
    paid -> shipped : ship
    shipped -> closed : stock-update
"""


def test_what_nobody_needs_is_withdrawn_and_cannot_be_ordered(sale):
    report = sale.engine.withdraw("product", "tea-1")
    assert (report.withdrawn, report.changed, report.needed, report.stock) == (True, True, False, 100)
    assert sale.numbers("tea-1", "DE") == (100, 0, 0, 0)
    with pytest.raises(ProductWithdrawn, match="'tea-1' is withdrawn") as refused:
        sale.place("tea-1", "tea-2")
    assert refused.value.parameters["skus"] == ["tea-1"]
    with pytest.raises(ProductWithdrawn):
        sale.hold("cart-1", "tea-1")
    told = sale.engine.can_sell([{"sku": "tea-1", "quantity": 1}, {"sku": "tea-2", "quantity": 1}], "DE")
    assert [line.code for line in told.lines] == ["product_withdrawn", None]
    assert sale.place("tea-2")
    assert not sale.engine.withdraw("product", "tea-1").changed
    assert sale.drift() == []


def test_others_are_told_that_it_is_sold_out(sale):
    sale.forget_messages()
    sale.engine.withdraw("product", "tea-1")
    told = {
        one["sku"]: Decimal(one["quantity"])
        for message in sale.messages("availability")
        for one in message["SpyAvailabilities"]
        if message["fk_store"] == 1
    }
    assert told == {"tea-1": 0, "tea-2": 100}


def test_it_is_offered_again_as_its_options_say(sale):
    sale.engine.use_options(Options.model_validate({"products": {"tea-1": {"inventory_threshold": 3}}}))
    sale.engine.withdraw("product", "tea-1")
    sale.engine.use_options(Options.model_validate({"products": {"tea-1": {"inventory_threshold": 4}}}))
    sale.topology(stores=[{"name": "FR", "warehouses": ["North"]}])
    assert [sale.available("tea-1", store) for store in ("DE", "AT", "FR")] == [0, 0, 0]
    report = sale.engine.withdraw("product", "tea-1", take_back=True)
    assert (report.withdrawn, report.changed) == (False, True)
    assert [sale.available("tea-1", store) for store in ("DE", "AT", "FR")] == [96, 96, 96]
    assert sale.place("tea-1")
    assert sale.drift() == []


def test_live_items_and_carts_are_told_first_and_go_on_when_it_is_forced(sale):
    item = sale.place("tea-1 4", reference="R-1")[0]
    sale.trigger("pay", item)
    sale.hold("cart-1", "tea-1 2", store="AT")
    foreseen = sale.engine.withdraw("product", "tea-1", dry_run=True)
    assert (foreseen.needed, foreseen.dry_run) == (True, True)
    assert [(one.store, one.items, one.carts, one.reserved, one.held) for one in foreseen.depends] == [
        ("AT", 0, 1, 0, 2),
        ("DE", 1, 0, 4, 0),
    ]
    with pytest.raises(StillNeeded) as refused:
        sale.engine.withdraw("product", "tea-1")
    assert refused.value.message.splitlines() == [
        "the product 'tea-1' is still needed:",
        "  in store 'AT' by 1 cart (cart-1)",
        "  in store 'DE' by 1 live item (R-1)",
    ]
    assert sale.available("tea-1") == 94
    sale.engine.withdraw("product", "tea-1", force=True)
    assert sale.numbers("tea-1", "DE") == (100, 4, 2, 0)
    with pytest.raises(ProductWithdrawn):
        sale.place("tea-1", hold="cart-1", store="AT")
    sale.trigger("ship", item)
    sale.forward(60)
    sale.restock("tea-1,North,96")
    assert sale.state(item) == "closed"
    assert sale.drift() == []


def test_an_order_that_comes_again_is_the_stored_one_whatever_was_withdrawn_since(sale):
    sale.engine.place(order("R-1", "tea-1"))
    sale.engine.withdraw("product", "tea-1", force=True)
    assert sale.engine.place(order("R-1", "tea-1")).existing
    sale.engine.withdraw("store", "DE", force=True)
    assert sale.engine.place(order("R-1", "tea-1")).existing


def test_a_closed_store_takes_no_orders_and_what_it_has_goes_on(sale):
    item = sale.place("tea-1 4", reference="R-1")[0]
    sale.trigger("pay", item)
    with pytest.raises(StillNeeded, match="in store 'DE' by 1 live item"):
        sale.engine.withdraw("store", "DE")
    assert sale.place("tea-1")
    sale.engine.withdraw("store", "DE", force=True)
    with pytest.raises(StoreClosed, match="the store 'DE' is closed"):
        sale.place("tea-2")
    with pytest.raises(StoreClosed):
        sale.hold("cart-1", "tea-2")
    told = sale.engine.can_sell([{"sku": "tea-2", "quantity": 1}], "DE")
    assert (told.ok, told.lines[0].code) == (False, "store_closed")
    assert sale.available("tea-2", "DE") == 0
    assert sale.available("tea-2", "AT") == 100
    assert sale.available("tea-1", "AT") == 95  # what DE has promised still counts
    assert sale.trigger("ship", item).moved == 1
    sale.engine.withdraw("store", "DE", take_back=True)
    assert sale.available("tea-2", "DE") == 100
    assert sale.place("tea-2")
    assert sale.drift() == []


def test_a_topology_closes_and_opens_stores_and_a_diff_tells_who_is_there(sale):
    from engine.requests import Topology

    item = sale.place("tea-1 4", reference="R-1")[0]
    sale.trigger("pay", item)
    wanted = Topology.model_validate({"stores": [{"name": "DE", "active": False}]})
    found = sale.engine.diff_topology(wanted)
    assert [(one.field, one.old, one.new) for one in found.changes] == [("active", True, False)]
    assert [(one.what, one.name, one.items) for one in found.depends] == [("closing", "DE", 1)]
    report = sale.engine.apply_topology(wanted)
    assert report.changes == ("store 'DE': closed",)
    with pytest.raises(StoreClosed):
        sale.place("tea-1")
    assert [store.name for store in sale.engine.topology().stores if store.active is False] == ["DE"]
    assert sale.engine.apply_topology(sale.engine.topology()).changed == 0
    sale.topology(stores=[{"name": "DE"}])  # what is left out stays as it is
    assert sale.available("tea-1") == 0
    sale.topology(products=[{"sku": "pot", "concretes": [{"sku": "pot-1"}]}])
    sale.restock("pot-1,North,5")
    assert [sale.available("pot-1", store) for store in ("DE", "AT")] == [0, 5]
    assert sale.topology(stores=[{"name": "DE", "active": True}]).changes == ("store 'DE': open",)
    assert sale.available("pot-1") == 5
    assert sale.drift() == []


def test_a_warehouse_that_is_needed_is_kept_unless_it_is_forced(sale):
    sale.restock("tea-1,South,7")
    sale.topology(stores=[{"name": "DE", "warehouses": ["North", "South"]}])
    item = sale.place({"sku": "tea-1", "quantity": 2, "warehouse": "South"}, reference="R-1")[0]
    sale.trigger("pay", item)
    with pytest.raises(StillNeeded, match=r"in store 'DE' by 1 live item \(R-1\)"):
        sale.engine.withdraw("warehouse", "South")
    report = sale.engine.withdraw("warehouse", "South", force=True)
    assert (report.stock, report.changed) == (7, True)
    assert sale.numbers("tea-1", "DE")[0] == 100
    with pytest.raises(WarehouseNotForStore):
        sale.place({"sku": "tea-1", "quantity": 1, "warehouse": "South"})
    sale.engine.withdraw("warehouse", "South", take_back=True)
    assert sale.numbers("tea-1", "DE")[0] == 107
    assert sale.drift() == []


def test_a_warehouse_whose_stock_is_promised_is_needed(sale):
    sale.trigger("pay", sale.place("tea-1 4", reference="R-1")[0])
    with pytest.raises(StillNeeded, match="2 products, store by store, would be promised above what is left"):
        sale.engine.withdraw("warehouse", "North")
    assert sale.engine.withdraw("warehouse", "South").changed


def test_rules_and_feeds_that_name_it_are_told(make_shop):
    sharing = {
        "warehouse_groups": {"Main": ["North"]},
        "channel_groups": {"Web": ["DE", "AT"]},
        "links": {"Main": ["Web"]},
    }
    world = make_shop(sharing=sharing).stocked()
    told = world.engine.withdraw("warehouse", "North", dry_run=True).mentions
    assert told == ("the warehouse group 'Main' of the rules",)
    assert world.engine.withdraw("store", "DE", dry_run=True).mentions == (
        "the channel group 'Web' of the rules",
    )


def test_what_does_not_exist_is_told(sale):
    for kind, error in (("product", UnknownSku), ("warehouse", UnknownWarehouse), ("store", UnknownStore)):
        with pytest.raises(error):
            sale.engine.withdraw(kind, "nothing")
