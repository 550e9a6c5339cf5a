"""Applying a topology: what is created, refused, warned about, and what it does to availability."""

from __future__ import annotations

import pytest

from engine.errors import InputError

TWO = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [
        {"name": "DE", "warehouses": ["North", "South"], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": ["South"], "shares_reservations_with": ["DE"]},
    ],
    "products": [{"sku": "001", "concretes": [{"sku": "001_1"}, {"sku": "001_2"}]}],
}


def problems(shop, **parts) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        shop.topology(**parts)
    return [(row["place"], row["message"]) for row in caught.value.parameters["problems"]]


def test_it_is_counted_and_every_product_can_be_asked_for_in_every_store(shop):
    report = shop.topology(**TWO)
    assert (report.stores, report.warehouses, report.abstracts, report.products) == (2, 2, 1, 2)
    assert [shop.numbers(sku, store) for sku in ("001_2", "001") for store in ("DE", "AT")] == [
        (0, 0, 0, 0)
    ] * 4


def test_applying_it_again_changes_nothing(shop):
    assert shop.topology(**TWO).changed == 2 + 2 + 3 + 1 + 1 + 2
    assert shop.topology(**TWO).changed == 0


def test_what_is_not_named_stays(two_stores):
    two_stores.topology(stores=[{"name": "FR"}], products=[{"sku": "9", "concretes": [{"sku": "9_1"}]}])
    assert two_stores.numbers("001_1", "DE") == (15, 0, 0, 15)
    assert two_stores.numbers("001_1", "FR") == (0, 0, 0, 0)
    assert two_stores.numbers("9_1", "AT") == (0, 0, 0, 0)


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_changed(shop):
    shop.topology(**TWO)
    found = problems(
        shop,
        warehouses=[{"name": "East"}, {"name": "East"}],
        stores=[
            {"name": "FR", "warehouses": ["Mars", "East", "East"], "shares_reservations_with": ["FR", "XX"]},
            {"name": "FR"},
        ],
        products=[
            {"sku": "002", "concretes": [{"sku": "001_1"}, {"sku": "002_1"}, {"sku": "002_1"}]},
            {"sku": "003", "concretes": [{"sku": "002_1"}]},
            {"sku": "003", "concretes": [{"sku": "003_1"}]},
        ],
    )
    assert [place for place, _ in found] == [
        "warehouses[1]",
        "stores[1]",
        "stores[0].warehouses[2]",
        "stores[0].shares_reservations_with[0]",
        "products[2]",
        "products[0].concretes[2].sku",
        "products[1].concretes[0].sku",
        "stores[0].warehouses[0]",
        "stores[0].shares_reservations_with[1]",
        "products[0].concretes[0].sku",
    ]
    texts = dict(found)
    assert "'Mars', which does not exist" in texts["stores[0].warehouses[0]"]
    assert "'002' and under '003'" in texts["products[1].concretes[0].sku"]
    assert "belongs to '001' already" in texts["products[0].concretes[0].sku"]
    assert shop.query("SELECT name FROM warehouse ORDER BY name") == [("North",), ("South",)]
    assert shop.query("SELECT count(*) FROM product") == [(2,)]


def test_one_sided_sharing_is_completed_with_a_warning(shop):
    stores = [{**TWO["stores"][0]}, {"name": "AT", "warehouses": ["South"]}]
    report = shop.topology(**{**TWO, "stores": stores})
    assert [text for text in report.warnings if "'DE' shares reservations with 'AT'" in text]
    shop.count("001_1,South,5")
    shop.post(("AT", "001_1", 2))
    assert shop.view("001_1", "DE").reserved == 2


def test_sharing_both_ways_in_the_file_is_not_warned_about(shop):
    stores = [{**entry, "warehouses": ["South"]} for entry in TWO["stores"]]
    assert shop.topology(**{**TWO, "stores": stores}).warnings == ()


def test_a_store_that_stopped_listing_another_no_longer_shares(two_stores):
    two_stores.post(("DE", "001_1", 5))
    two_stores.topology(
        stores=[
            {"name": "DE", "shares_reservations_with": [], "allow_overlap": True},
            {"name": "AT", "shares_reservations_with": []},
        ]
    )
    assert two_stores.numbers("001_1", "AT") == (5, 0, 0, 5)
    assert two_stores.numbers("001_1", "DE") == (15, 5, 0, 10)


def test_sharing_that_begins_later_counts_what_is_reserved_already(shop):
    shop.two_stores(sharing=False)
    shop.count("001_1,South,5")
    shop.post(("DE", "001_1", 3), ("AT", "001_1", 0, 2))
    shop.forget_messages()
    shop.topology(
        stores=[
            {"name": "DE", "shares_reservations_with": ["AT"]},
            {"name": "AT", "shares_reservations_with": ["DE"]},
        ]
    )
    assert shop.numbers("001_1", "AT") == (5, 3, 2, 0)
    assert shop.numbers("001_1", "DE") == (5, 3, 2, 0)
    assert {event["Store"]["name"] for event in shop.messages("availability")} == {"DE", "AT"}


def test_active_warehouses_that_overlap_without_sharing_are_warned_about(shop):
    stores = [{"name": "DE", "warehouses": ["North", "South"]}, {"name": "AT", "warehouses": ["South"]}]
    report = shop.topology(**{**TWO, "stores": stores})
    assert len(report.warnings) == 1
    assert "'South'" in report.warnings[0]
    assert "sold twice" in report.warnings[0]


@pytest.mark.parametrize(
    "change",
    [
        {"stores": [{"name": "DE", "warehouses": ["North", "South"]}, {"name": "AT", "allow_overlap": True}]},
        {"warehouses": [{"name": "North"}, {"name": "South", "active": False}]},
        {"stores": [{"name": "DE", "warehouses": ["North"]}, {"name": "AT", "warehouses": ["South"]}]},
    ],
    ids=["allowed", "inactive", "apart"],
)
def test_overlap_is_not_warned_about_when(shop, change):
    stores = [{"name": "DE", "warehouses": ["North", "South"]}, {"name": "AT", "warehouses": ["South"]}]
    assert shop.topology(**{**TWO, "stores": stores, **change}).warnings == ()


def test_sharing_stores_with_different_warehouses_are_told_that_they_may_undersell(shop):
    [warning] = shop.topology(**TWO).warnings
    assert "'North'" in warning
    assert "may sell less" in warning


def test_a_warehouse_that_is_switched_off_no_longer_counts_and_events_tell_so(two_stores):
    report = two_stores.topology(warehouses=[{"name": "South", "active": False}])
    assert report.changed == 1
    assert two_stores.available("001_1", "DE") == 10
    assert two_stores.available("001_1", "AT") == 0
    told = [
        (e["Store"]["name"], e["abstract_sku"], e["quantity"]) for e in two_stores.messages("availability")
    ]
    assert told == [("DE", "001", 10), ("AT", "001", 0)]  # 001_2 lies in South only
    two_stores.topology(warehouses=[{"name": "South", "active": True}])
    assert two_stores.available("001_1", "AT") == 5


def test_what_changes_in_many_products_is_told_once_for_each(two_stores, monkeypatch):
    monkeypatch.setattr("engine.topology.apply.CHUNK", 1)
    two_stores.count("002_1,South,1")
    two_stores.forget_messages()
    two_stores.topology(warehouses=[{"name": "South", "active": False}])
    told = [(event["Store"]["name"], event["abstract_sku"]) for event in two_stores.messages("availability")]
    assert sorted(told) == [("AT", "001"), ("AT", "002"), ("DE", "001"), ("DE", "002")]


def test_a_warehouse_that_serves_another_store_counts_there_at_once(two_stores):
    two_stores.topology(
        stores=[{"name": "FR", "warehouses": ["North"]}, {"name": "DE", "warehouses": ["South"]}]
    )
    assert two_stores.available("001_1", "FR") == 10
    assert two_stores.available("001_1", "DE") == 5
    assert two_stores.available("001", "FR") == 10
    assert [e["Store"]["name"] for e in two_stores.messages("availability")] == ["FR"]


def test_never_out_of_stock_holds_only_in_active_warehouses_of_the_store(two_stores):
    two_stores.count("001_1,North,10,1")
    assert two_stores.view("001_1", "DE").never_out_of_stock
    assert not two_stores.view("001_1", "AT").never_out_of_stock
    two_stores.topology(warehouses=[{"name": "North", "active": False}])
    assert not two_stores.view("001_1", "DE").never_out_of_stock


def test_a_new_concrete_product_joins_its_abstract_one(two_stores):
    two_stores.topology(products=[{"sku": "001", "concretes": [{"sku": "001_1"}, {"sku": "001_9"}]}])
    two_stores.count("001_9,South,3")
    assert two_stores.available("001", "AT") == 5 + 4 + 3


def test_an_empty_topology_is_no_change(two_stores):
    assert two_stores.topology().changed == 0


def test_what_an_entry_leaves_out_stays_as_it_is(two_stores):
    two_stores.topology(
        warehouses=[{"name": "South", "active": False}], stores=[{"name": "FR", "remote": True}]
    )
    report = two_stores.topology(warehouses=[{"name": "South"}], stores=[{"name": "FR"}])
    assert report.changed == 0
    assert two_stores.numbers("001_1", "DE") == (10, 0, 0, 10)
    assert two_stores.query("SELECT remote FROM store WHERE name = 'FR'") == [(1,)]
    assert two_stores.topology(warehouses=[{"name": "South", "active": True}]).changed == 1
    assert two_stores.available("001_1", "DE") == 15


def test_one_sku_for_an_abstract_and_a_concrete_product_is_refused(shop):
    assert problems(shop, products=[{"sku": "7", "concretes": [{"sku": "7"}, {"sku": "7_b"}]}]) == [
        (
            "products[0].concretes[0].sku",
            "'7' is the sku of an abstract and of a concrete product: give one another sku",
        )
    ]


@pytest.mark.parametrize(
    ("sku", "concrete", "place"),
    [("001_1", "8_1", "products[0]"), ("8", "001", "products[0].concretes[0].sku")],
)
def test_that_is_seen_also_when_one_of_them_is_stored_already(shop, sku, concrete, place):
    shop.topology(**TWO)
    found = problems(shop, products=[{"sku": sku, "concretes": [{"sku": concrete}]}])
    assert [where for where, told in found if "of an abstract and of a concrete product" in told] == [place]
