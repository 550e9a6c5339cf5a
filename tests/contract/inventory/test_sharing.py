"""Warehouses that are shared between channel groups: what each can sell, and when it is divided anew."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import InputError, NotAvailable, PluginError, RulesInvalid
from engine.requests import Topology
from rules import Sharing
from tests.helpers.shop.orders import numbered, order

HOUSES = ("DE 1", "DE 2", "FR", "US", "Store Berlin")
STORES = ("DE", "FR", "AMZ", "USA", "BER")
TOPOLOGY = {
    "warehouses": [*({"name": name} for name in HOUSES[:4]), {"name": "Store Berlin", "type": "fixed"}],
    "stores": [{"name": name} for name in STORES],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]}],
}
SHARING = {
    "warehouse_groups": {"Europe": ["DE 1", "DE 2", "FR"], "US": ["US"], "Berlin": ["Store Berlin"]},
    "channel_groups": {
        "EU web": ["DE", "FR"],
        "EU Amazon": ["AMZ"],
        "US web": ["USA"],
        "Berlin shop": ["BER"],
    },
    "links": {"Europe": ["EU web", "EU Amazon"], "US": ["US web"], "Berlin": ["Berlin shop"]},
}
SEED = {"DE 1": 50, "DE 2": 30, "FR": 100, "US": 80, "Store Berlin": 12}
PROCESS = """
    states new* gone
    new -> gone : leave
"""


@pytest.fixture
def make(make_shop):
    def make(stock=SEED, topology=TOPOLOGY, **sharing):
        shop = make_shop(sharing={**SHARING, **sharing})
        shop.topology(**topology)
        shop.deploy(PROCESS)
        if stock:
            shop.restock(*(f"tea-1,{house},{amount}" for house, amount in stock.items()))
        return shop

    return make


def available(shop, *stores: str, sku: str = "tea-1") -> list[int]:
    return [int(shop.available(sku, store)) for store in stores]


def test_the_example_of_five_locations(make):
    shop = make()
    # Europe has 180, which its two channel groups divide; both web shops show the same number.
    assert available(shop, "DE", "FR", "AMZ", "USA", "BER") == [90, 90, 90, 80, 12]
    assert available(shop, "DE", sku="tea") == [90]


def test_what_one_store_of_a_channel_group_promises_is_gone_for_all_of_it_and_for_no_other(make):
    shop = make()
    shop.place("tea-1 30", store="FR")
    assert available(shop, "DE", "FR", "AMZ") == [60, 60, 90]
    with pytest.raises(NotAvailable, match="only 60 available, 61 asked"):
        shop.place("tea-1 61", store="DE")


def test_a_group_that_comes_down_to_its_threshold_is_divided_anew_with_the_others(make):
    shop = make()
    shop.place("tea-1 71", store="DE")
    assert available(shop, "DE", "AMZ") == [19, 90]  # above a fifth of 90
    shop.place("tea-1", store="DE")
    assert available(shop, "DE", "FR", "AMZ") == [54, 54, 54]  # 180 less 72 promised


def test_orders_that_come_together_get_what_they_would_get_one_after_the_other(make):
    shop = make()
    orders = [order(f"o-{n}", "tea-1", store="DE") for n in range(200)]
    report = shop.engine.place_many(numbered(orders))
    assert (report.placed, len(report.refused)) == (180, 20)
    assert available(shop, "DE", "AMZ") == [0, 0]


def test_what_is_given_back_is_divided_anew_where_another_group_has_nothing_left(make):
    shop = make(stock={"DE 1": 10})
    (item,) = shop.place("tea-1 5", store="DE")
    for store in ("AMZ", "AMZ", "AMZ", "AMZ", "DE"):
        shop.place("tea-1", store=store)
    assert available(shop, "DE", "AMZ") == [0, 0]
    shop.trigger("leave", item)
    assert available(shop, "DE", "AMZ") == [3, 2]


def test_every_count_divides_anew(make):
    shop = make()
    shop.place("tea-1 30", store="DE")
    shop.restock("tea-1,FR,50")
    assert available(shop, "DE", "AMZ") == [50, 50]  # 130 less 30
    shop.restock("tea-1,FR,0", "tea-1,DE 1,0", "tea-1,DE 2,10")
    assert available(shop, "DE", "AMZ") == [0, 0]
    assert [(s.store, int(s.shortfall)) for s in shop.engine.shortfalls()] == [("DE", 20), ("FR", 20)]


def test_a_count_that_changes_no_allotment_leaves_what_can_be_sold(make):
    shop = make(stock={"DE 1": 20})
    shop.restock("tea-1,DE 2,0")
    assert available(shop, "DE", "AMZ") == [10, 10]
    shop.restock("tea-1,DE 1,15", "tea-1,DE 2,5")
    assert available(shop, "DE", "AMZ") == [10, 10]
    assert shop.drift() == []


def test_a_warehouse_that_is_switched_off_is_divided_no_more(make):
    shop = make()
    shop.topology(warehouses=[{"name": "FR", "active": False}])
    assert available(shop, "DE", "AMZ") == [40, 40]


def test_a_product_that_never_runs_out_in_a_warehouse_does_not_in_any_of_its_channel_groups(make):
    shop = make()
    shop.restock("tea-1,FR,100,1")
    shop.place("tea-1 1000", store="AMZ")
    assert [row.never_out_of_stock for row in shop.engine.availability(["tea-1"], "DE")] == [True]
    assert shop.view("tea-1", "USA").never_out_of_stock is False


@pytest.mark.parametrize(
    ("sharing", "expected"),
    [
        ({"strategy": "weight", "weights": {"EU web": 2}}, [120, 60]),
        ({"strategy": "fixed_share", "shares": {"EU web": 70, "EU Amazon": 30}}, [126, 54]),
        ({"strategy": "demand"}, [90, 90]),
    ],
)
def test_strategies(make, sharing, expected):
    assert available(make(**sharing), "DE", "AMZ") == expected


def test_fixed_shares_are_of_all_there_is_and_not_of_what_is_left(make):
    shop = make(strategy="fixed_share", shares={"EU web": 50, "EU Amazon": 50})
    shop.place("tea-1 80", store="DE")
    assert available(shop, "DE", "AMZ") == [10, 90]


def test_by_demand_those_who_sell_more_get_more(make):
    shop = make(strategy="demand")
    shop.place("tea-1 20", store="DE")
    shop.place("tea-1 10", store="AMZ")
    shop.engine.balance_sharing()
    assert available(shop, "DE", "AMZ") == [100, 50]
    assert available(shop, "USA") == [80]


def test_a_plugin_may_divide(make_shop):
    shop = make_shop(sharing={**SHARING, "strategy": "plugin:Shop/Names"})
    seen = []

    def by_name(products):
        seen.extend(products)
        return [{name: 6 if "web" in name else 2.5 for name in one.promised} for one in products]

    with pytest.raises(RulesInvalid) as caught:
        shop.topology(**TOPOLOGY)
    assert told(caught) == {'no plugin registers the strategy "Shop/Names"'}
    shop.plugins.strategies["Shop/Names"] = by_name
    shop.topology(**TOPOLOGY)
    shop.restock("tea-1,DE 1,85")
    assert available(shop, "DE", "AMZ") == [60, 25]
    assert {(one.sku, one.warehouse_group, one.stock) for one in seen} >= {("tea-1", "Europe", Decimal(85))}


@pytest.mark.parametrize(
    "answer",
    [lambda products: [], lambda products: [{"EU wbe": 1} for _ in products], lambda products: 1 / 0],
)
def test_a_plugin_that_answers_wrongly_changes_nothing(make_shop, answer):
    shop = make_shop(sharing={**SHARING, "strategy": "plugin:Shop/Names"})
    shop.plugins.strategies["Shop/Names"] = lambda products: [{"EU web": 1.5} for _ in products]
    shop.topology(**TOPOLOGY)
    shop.restock("tea-1,DE 1,85")
    shop.plugins.strategies["Shop/Names"] = answer
    with pytest.raises(PluginError, match="sharing strategy 'Shop/Names'"):
        shop.restock("tea-1,DE 1,3")
    assert available(shop, "DE", "AMZ") == [85, 0]


def test_quantities_with_decimals_add_up_exactly(make):
    shop = make(
        stock={}, topology={**TOPOLOGY, "units": [{"name": "kg", "decimals": 1}], "default_unit": "kg"}
    )
    shop.restock("tea-1,DE 1,0.3")
    assert [shop.available("tea-1", store) for store in ("DE", "AMZ")] == [Decimal("0.2"), Decimal("0.1")]


def test_without_a_unit_as_many_decimals_count_as_the_stock_has(make):
    shop = make(stock={"DE 1": 7})
    assert available(shop, "DE", "AMZ") == [4, 3]
    shop.restock("tea-1,DE 1,7.5")
    assert [shop.available("tea-1", store) for store in ("DE", "AMZ")] == [Decimal("3.8"), Decimal("3.7")]


def test_rules_that_change_take_effect_at_once_and_an_empty_section_ends_the_sharing(make):
    shop = make()
    moved = {"links": {"Europe": ["EU Amazon", "EU web"], "US": ["US web"], "Berlin": ["Berlin shop"]}}
    engine = shop.another(sharing={**SHARING, **moved, "strategy": "weight", "weights": {"EU Amazon": 3}})
    assert engine.availability(["tea-1"], "AMZ")[0].available == 135
    assert available(shop, "DE", "AMZ") == [45, 135]
    ended = shop.another(sharing={})
    assert ended.availability(["tea-1"], "AMZ")[0].available == 180
    assert shop.another(sharing=None).availability(["tea-1"], "BER")[0].available == 12


def test_a_store_that_leaves_its_channel_group_sells_no_more_of_what_is_divided(make):
    shop = make()
    groups = {**SHARING["channel_groups"], "EU web": ["DE"]}
    engine = shop.another(sharing={**SHARING, "channel_groups": groups})
    assert engine.availability(["tea-1"], "FR")[0].available == 0
    assert engine.availability(["tea-1"], "DE")[0].available == 90


def test_the_topology_may_tell_of_stores_what_the_rules_tell_better(make_shop):
    shop = make_shop(sharing=SHARING)
    stores = [{"name": name, "warehouses": ["DE 1"]} for name in STORES]
    first = shop.topology(**{**TOPOLOGY, "stores": stores})
    shop.restock(*(f"tea-1,{house},{amount}" for house, amount in SEED.items()))
    assert available(shop, *STORES) == [90, 90, 90, 80, 12]
    again = shop.topology(**{**TOPOLOGY, "stores": stores})
    assert (first.warnings, again.changed) == ((), 0)
    assert len([text for text in again.warnings if "is in a channel group" in text]) == len(STORES)


def test_a_look_at_a_topology_warns_of_channel_groups_as_applying_it_does(make_shop):
    shop = make_shop(sharing=SHARING)
    stores = [{"name": name, "warehouses": ["DE 1"]} for name in STORES]
    partly = Topology.model_validate({**TOPOLOGY, "stores": stores[:2]})
    looked = shop.engine.diff_topology(partly).warnings
    assert len([text for text in looked if text.startswith("sharing is not in effect: ")]) == 3
    assert looked == shop.engine.apply_topology(partly, dry_run=True).warnings
    shop.topology(**{**TOPOLOGY, "stores": stores})
    whole = Topology.model_validate({**TOPOLOGY, "stores": stores})
    found = shop.engine.diff_topology(whole)
    assert found.changes == ()
    assert len([text for text in found.warnings if "is in a channel group" in text]) == len(STORES)
    assert set(found.warnings) == set(shop.engine.apply_topology(whole, dry_run=True).warnings)


def test_backorders_are_refused_where_stores_of_channel_groups_would_take_them(make):
    shop = make()
    for level in ("system", "website DE", "product tea-1"):
        with pytest.raises(
            RulesInvalid, match=f"{level} takes backorders, and stores of channel groups cannot"
        ):
            shop.engine.set_option(level, "backorders", True)
    assert shop.engine.option_history() == []
    shop.engine.set_option("website DE", "backorders", False)
    shop.engine.set_option("website DE", "backorder_limit", 5)


def test_sharing_beside_backorders_of_the_database_does_not_come_into_effect(make_shop):
    shop = make_shop()
    shop.topology(**TOPOLOGY)
    shop.engine.set_option("website DE", "backorders", True)
    engine = shop.another(sharing=SHARING)
    assert "website DE takes backorders" in engine.sharing_problems()[0]
    with pytest.raises(RulesInvalid, match="website DE takes backorders"):
        engine.availability(["tea-1"], "DE")
    shop.engine.set_option("website DE", "backorders", None)
    assert engine.availability(["tea-1"], "DE")[0].available == 0


def test_what_of_a_section_does_not_fit_is_told_without_its_coming_into_effect(make_shop):
    shop = make_shop()
    shop.topology(**TOPOLOGY)
    groups = {**SHARING["channel_groups"], "EU Amazon": ["AMX"]}
    section = Sharing.model_validate({**SHARING, "channel_groups": groups}, strict=False)
    (found,) = shop.engine.sharing_misfits(section)
    assert (found.message, found.remedy) == ('there is no store "AMX"', 'Did you mean "AMZ"?')
    assert shop.engine.sharing_misfits(Sharing.model_validate(SHARING, strict=False)) == []
    assert shop.engine.sharing_problems() == []


def test_what_a_channel_group_can_sell_is_shown_whatever_one_of_its_stores_keeps_back(make):
    shop = make()
    shop.place("tea-1 5", store="FR")
    shop.place("tea-1 7", store="DE")
    shop.engine.set_option("website DE", "inventory_threshold", 30)
    assert available(shop, "DE", "FR") == [54, 84]  # divided anew: 180 less 12 that are promised, by two
    shown = {
        one.channel_group: (one.allotted, one.reserved, one.held, one.available)
        for one in shop.engine.sharing("tea-1").warehouse_groups[1].channel_groups
    }
    assert shown == {"EU web": (96, 12, 0, 84), "EU Amazon": (84, 0, 0, 84)}


def told(caught) -> set[str]:
    return {problem["message"] for problem in caught.value.parameters["problems"]}


def test_names_that_nothing_has_are_told_together(make_shop):
    shop = make_shop(sharing=SHARING)
    report = shop.topology(**{**TOPOLOGY, "warehouses": [{"name": "DE 1"}], "stores": [{"name": "DE"}]})
    assert len([text for text in report.warnings if "sharing is not in effect" in text]) == 4 + 4
    with pytest.raises(RulesInvalid) as caught:
        shop.engine.availability(["tea-1"], "DE")
    assert told(caught) == {
        *(f'there is no warehouse "{name}"' for name in HOUSES[1:]),
        *(f'there is no store "{name}"' for name in STORES[1:]),
    }
    assert 'Did you mean "DE 1"?' in [p["remedy"] for p in caught.value.parameters["problems"]]


def test_a_fixed_warehouse_shares_no_group_and_serves_one_channel_group(make_shop):
    groups = {"Europe": ["DE 1", "Store Berlin"], "US": ["US"]}
    links = {"Europe": ["EU web", "EU Amazon", "Berlin shop"], "US": ["US web"]}
    shop = make_shop(sharing={**SHARING, "warehouse_groups": groups, "links": links})
    with pytest.raises(RulesInvalid) as caught:
        shop.topology(**TOPOLOGY)
    assert told(caught) == {
        'the warehouse "Store Berlin" is fixed, and its group "Europe" has "DE 1" as well',
        'the warehouse "Store Berlin" is fixed, and its group "Europe" has several channel groups',
    }


def test_a_warehouse_becomes_fixed_only_where_it_shares_nothing(make):
    shop = make()
    with pytest.raises(RulesInvalid):
        shop.topology(warehouses=[{"name": "FR", "type": "fixed"}])
    shop.topology(warehouses=[{"name": "US", "type": "fixed"}])
    with pytest.raises((InputError, ValueError)):
        shop.topology(warehouses=[{"name": "US", "type": "fixd"}])


def test_nobody_beside_the_channel_groups_sells_what_is_divided(make_shop):
    shop = make_shop(sharing=SHARING)
    stores = [*TOPOLOGY["stores"], {"name": "CH", "warehouses": ["FR"]}]
    with pytest.raises(RulesInvalid) as caught:
        shop.topology(**{**TOPOLOGY, "stores": stores})
    assert told(caught) == {'the warehouse "FR" is divided, and "CH" of no channel group would sell from it'}


def test_a_store_of_another_database_counts_in_its_channel_group(make_shop):
    shop = make_shop(sharing=SHARING)
    stores = [
        {"name": "FR", "shares_reservations_with": ["XX"]},
        {"name": "XX", "remote": True, "shares_reservations_with": ["FR"]},
        *(one for one in TOPOLOGY["stores"] if one["name"] != "FR"),
    ]
    with pytest.raises(RulesInvalid) as caught:
        shop.topology(**{**TOPOLOGY, "stores": stores})
    assert told(caught) == {'"XX" of another database shares reservations with "FR", which is in "EU web"'}


def test_reconciling_finds_and_mends_allotments_that_were_damaged(make):
    shop = make()
    shop.sql("UPDATE allotment SET quantity = 1 WHERE quantity = 90000000")
    assert {row.what for row in shop.engine.reconcile(dry_run=True).drift} == {"allotted", "stock"}
    shop.engine.reconcile()
    assert available(shop, "DE", "AMZ") == [90, 90]
    assert shop.engine.reconcile().wrong == 0


def test_carts_are_held_of_the_allotment(make):
    shop = make()
    shop.hold("cart-1", "tea-1 60", store="DE")
    assert available(shop, "DE", "FR", "AMZ") == [30, 30, 90]
    shop.place("tea-1 60", store="DE", hold="cart-1")
    assert available(shop, "DE", "FR", "AMZ") == [30, 30, 90]
    assert shop.engine.can_sell([{"sku": "tea-1", "quantity": 31}], "FR").ok is False


def test_explaining_tells_of_the_allotment(make):
    terms = make().view("tea-1", "FR", explain=True).terms
    (allotment,) = [term for term in terms if term["term"] == "allotment"]
    assert (allotment["channel_group"], allotment["warehouse_group"]) == ("EU web", "Europe")
    assert (allotment["quantity"], allotment["stock"]) == (Decimal(90), Decimal(180))
