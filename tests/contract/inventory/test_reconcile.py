"""Reconciling: no drift where nothing was damaged, every damage found, and repaired with events."""

from __future__ import annotations

import pytest

from engine.inventory.reconcile import reconcile

PRODUCT = "(SELECT id FROM product WHERE sku = '001_1')"
STORE = "(SELECT id FROM store WHERE name = 'DE')"
ROW = f"product_id = {PRODUCT} AND store_id = {STORE}"


@pytest.fixture
def shop(two_stores):
    two_stores.flagged_states(new=(False, True), paid=(True, True), closed=(False, False))
    two_stores.item("DE", "001_1", 3, "paid")
    two_stores.item("DE", "001_1", 2, "new")
    two_stores.item("AT", "001_1", 1, "paid")
    two_stores.item("AT", "001_2", 1, "closed")
    two_stores.forget_messages()
    return two_stores


def drift(report) -> list[tuple]:
    return [(row.store, row.sku, row.what, row.stored, row.expected) for row in report.drift]


def test_nothing_is_found_where_nothing_is_wrong(shop):
    report = reconcile(shop.runtime, dry_run=False)
    assert (report.checked, report.drift, report.items, report.repaired) == (6, [], 0, 0)
    assert shop.messages() == []


DAMAGES = [
    (f"UPDATE reservation SET reserved = 9000000 WHERE {ROW}", "reserved", 9, 3, "DE"),
    (f"UPDATE reservation SET held = 0 WHERE {ROW}", "held", 0, 2, "DE"),
    (f"UPDATE availability SET stock = 1000000 WHERE {ROW}", "stock", 1, 15, "DE"),
    (f"UPDATE availability SET reserved = 0 WHERE {ROW}", "reserved_with_shared", 0, 4, "DE"),
    (f"UPDATE availability SET held = 7000000 WHERE {ROW}", "held_with_shared", 7, 2, "DE"),
    (f"UPDATE availability SET available = 1 WHERE {ROW}", "available", "0.000001", 9, "DE"),
    (f"UPDATE availability SET never_out_of_stock = 1 WHERE {ROW}", "never_out_of_stock", 1, 0, "DE"),
    (f"DELETE FROM availability WHERE {ROW}", "row", 0, 1, "DE"),
    (f"DELETE FROM reservation WHERE {ROW}", "row", 0, 1, "DE"),
]


@pytest.mark.parametrize(
    ("damage", "what", "stored", "expected", "store"), DAMAGES, ids=[d[0][:45] for d in DAMAGES]
)
def test_a_damage_is_found_and_repaired(shop, damage, what, stored, expected, store):
    before = [shop.numbers(sku, name) for sku in ("001_1", "001_2", "001") for name in ("DE", "AT")]
    shop.sql(damage)
    dry = reconcile(shop.runtime, dry_run=True)
    found = {(name, sku, kind): (str(old), str(new)) for name, sku, kind, old, new in drift(dry)}
    assert found[store, "001_1", what] == (str(stored), str(expected))
    assert dry.repaired == 0
    report = reconcile(shop.runtime, dry_run=False)
    assert drift(report) == drift(dry)
    assert report.repaired == len(report.drift)
    assert reconcile(shop.runtime, dry_run=True).drift == []
    assert [shop.numbers(sku, name) for sku in ("001_1", "001_2", "001") for name in ("DE", "AT")] == before


def test_a_damaged_reservation_is_told_once_though_availability_is_right(shop):
    shop.sql(f"UPDATE reservation SET reserved = 9000000 WHERE {ROW}")
    assert drift(reconcile(shop.runtime, dry_run=True)) == [("DE", "001_1", "reserved", 9, 3)]
    reconcile(shop.runtime, dry_run=False)
    assert (shop.view("001_1", "DE").reserved, shop.view("001_1", "AT").reserved) == (4, 4)
    assert reconcile(shop.runtime, dry_run=False).drift == []


def test_a_damaged_reservation_is_told_once_where_availability_repeats_it(shop):
    shop.sql(f"UPDATE reservation SET reserved = 9000000 WHERE {ROW}")
    shop.sql("UPDATE availability SET reserved = reserved + 6000000, available = available - 6000000 "
             f"WHERE product_id = {PRODUCT} AND store_id = {STORE}")  # fmt: skip
    told = drift(reconcile(shop.runtime, dry_run=False))
    assert ("DE", "001_1", "reserved", 9, 3) in told
    assert not [row for row in told if row[2] == "reserved_with_shared"]
    assert (shop.view("001_1", "DE").reserved, shop.view("001_1", "AT").reserved) == (4, 4)
    assert reconcile(shop.runtime, dry_run=False).drift == []


def test_a_damaged_sum_of_an_abstract_product_is_found_and_told_when_it_changes_what_can_be_sold(shop):
    shop.sql("UPDATE abstract_availability SET available = 0")
    report = reconcile(shop.runtime, dry_run=False)
    assert [(row.store, row.sku, row.what) for row in report.drift] == [
        ("AT", "001", "abstract_available"),
        ("DE", "001", "abstract_available"),
    ]
    told = [(event["Store"]["name"], event["quantity"]) for event in shop.messages("availability")]
    assert told == [("DE", 13), ("AT", 4)]
    assert reconcile(shop.runtime, dry_run=True).drift == []


def test_an_item_whose_own_record_is_wrong_is_found_and_repaired(shop):
    shop.sql("UPDATE order_item SET counted_reserved = 0 WHERE counted_reserved = 3000000")
    shop.sql(
        "UPDATE order_item SET counted_hold = 1"
        " WHERE state_id = (SELECT id FROM process_state WHERE name = 'closed')"
    )
    # Its product is looked at, since another item of it is odd as well.
    shop.sql(f"UPDATE order_item SET product_id = {PRODUCT} WHERE counted_hold = 1")
    dry = reconcile(shop.runtime, dry_run=True)
    assert (dry.items, dry.drift) == (2, [])  # the sums are right, the records behind them are not
    assert reconcile(shop.runtime, dry_run=False).repaired == 2
    assert shop.query("SELECT counted_reserved, counted_hold FROM order_item ORDER BY id") == [
        (3_000_000, 0),
        (0, 2_000_000),
        (1_000_000, 0),
        (0, 0),
    ]


def test_a_hold_that_has_ended_is_not_drift(shop):
    shop.sql("UPDATE order_item SET counted_hold = 0 WHERE counted_hold > 0")
    shop.post(("DE", "001_1", 0, -2))
    report = reconcile(shop.runtime, dry_run=True)
    assert (report.items, report.drift) == (0, [])


def test_a_repair_that_makes_a_product_sellable_again_is_told(shop):
    shop.post(("DE", "001_1", 50))
    shop.forget_messages()
    reconcile(shop.runtime, dry_run=False)
    assert [event["Store"]["name"] for event in shop.messages("availability")] == ["DE"]
    [(version,)] = shop.query(f"SELECT version FROM reservation WHERE {ROW}")
    assert version == 4  # two items, the damage, and the repair


def test_the_reservation_of_a_store_of_another_database_is_taken_as_it_is(shop):
    shop.topology(stores=[{"name": "CH", "remote": True, "shares_reservations_with": ["DE"]}])
    shop.post(("CH", "001_1", 2))
    assert reconcile(shop.runtime, dry_run=False).drift == []
    assert shop.view("001_1", "DE").reserved == 6
    shop.sql(f"UPDATE reservation SET reserved = 0 WHERE {ROW}")
    reconcile(shop.runtime, dry_run=False)
    assert shop.view("001_1", "DE").reserved == 6


@pytest.fixture
def crowd(make_shop):
    """Several items of each kind in both stores; one warehouse never runs out, another one is not active."""
    shop = make_shop()
    shop.two_stores()
    shop.topology(
        warehouses=[{"name": "East"}], stores=[{"name": "DE", "warehouses": ["North", "South", "East"]}]
    )
    shop.count("001_1,North,40,1", "001_1,South,50", "001_1,East,70", "001_2,South,60", "002_1,North,30")
    shop.topology(warehouses=[{"name": "East", "active": False}])
    shop.flagged_states(new=(False, True), paid=(True, True), closed=(False, False), shipped=(True, False))
    for store in ("DE", "AT"):
        for sku in ("001_1", "001_2"):
            for amount, state in enumerate(("new", "new", "paid", "paid", "shipped", "closed"), start=1):
                shop.item(store, sku, amount, state)
    shop.forget_messages()
    return shop


def test_in_a_crowd_nothing_is_found_either(crowd):
    report = reconcile(crowd.runtime, dry_run=False)
    assert (report.checked, report.drift, report.items, report.repaired) == (6, [], 0, 0)
    assert crowd.messages() == []
    assert crowd.numbers("001_1", "DE") == (90, 24, 6, 60)
    assert (crowd.view("001_1", "DE").never_out_of_stock, crowd.view("001_1", "AT").never_out_of_stock) == (
        True,
        False,
    )


@pytest.mark.parametrize("table", ["reservation", "availability"])
def test_in_a_crowd_a_damage_is_mended_where_it_is_and_nowhere_else(crowd, table):
    everything = "SELECT product_id, store_id, reserved, held FROM {} ORDER BY 1, 2"
    before = [crowd.query(everything.format(name)) for name in ("reservation", "availability")]
    stock = crowd.query(
        "SELECT stock, available, never_out_of_stock FROM availability ORDER BY product_id, store_id"
    )
    versions = "SELECT version FROM reservation WHERE NOT ({}) ORDER BY product_id, store_id"
    untouched = crowd.query(versions.format(ROW))
    crowd.sql(f"UPDATE {table} SET reserved = reserved + 5000000, held = held + 1000000 WHERE {ROW}")
    report = reconcile(crowd.runtime, dry_run=False)
    assert {(row.store, row.sku) for row in report.drift} == {("DE", "001_1")}
    assert [crowd.query(everything.format(name)) for name in ("reservation", "availability")] == before
    now = crowd.query(
        "SELECT stock, available, never_out_of_stock FROM availability ORDER BY product_id, store_id"
    )
    assert now == stock
    assert crowd.query(versions.format(ROW)) == untouched
