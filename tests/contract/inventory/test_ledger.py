"""Reservations and availability: what a change of a reservation does to every store it concerns."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from engine.errors import PluginError, QuantityInvalid
from engine.inventory.ledger import Ledger
from tests.helpers.plugins import write_availability


def test_a_reservation_lowers_its_own_store_and_the_one_that_shares(two_stores):
    two_stores.post(("DE", "001_1", 3))
    assert two_stores.numbers("001_1", "DE") == (15, 3, 0, 12)
    assert two_stores.numbers("001_1", "AT") == (5, 3, 0, 2)


def test_without_sharing_the_other_store_keeps_its_stock(make_shop):
    shop = make_shop()
    shop.two_stores(sharing=False)
    shop.count("001_1,North,10", "001_1,South,5")
    shop.post(("DE", "001_1", 3))
    assert shop.numbers("001_1", "AT") == (5, 0, 0, 5)


def test_a_hold_takes_the_piece_from_both_stores(two_stores):
    two_stores.post(("AT", "001_1", 0, 4))
    assert two_stores.numbers("001_1", "AT") == (5, 0, 4, 1)
    assert two_stores.numbers("001_1", "DE") == (15, 0, 4, 11)


def test_sharing_is_not_transitive(shop):
    shop.topology(
        warehouses=[{"name": "W"}],
        stores=[
            {"name": "A", "warehouses": ["W"], "shares_reservations_with": ["B"]},
            {"name": "B", "warehouses": ["W"], "shares_reservations_with": ["A", "C"]},
            {"name": "C", "warehouses": ["W"], "shares_reservations_with": ["B"]},
        ],
        products=[{"sku": "1", "concretes": [{"sku": "1_1"}]}],
    )
    shop.count("1_1,W,10")
    shop.post(("A", "1_1", 2), ("C", "1_1", 3))
    assert [shop.view("1_1", store).reserved for store in "ABC"] == [2, 5, 3]


def test_availability_never_falls_below_zero_and_what_is_missing_is_told(two_stores):
    two_stores.post(("AT", "001_1", 7))
    view = two_stores.view("001_1", "AT")
    assert (view.available, view.shortfall) == (0, 2)
    assert two_stores.view("001_1", "DE").shortfall == 0


def test_what_a_partner_serves_from_elsewhere_is_no_shortfall(two_stores):
    two_stores.post(("DE", "001_1", 9))
    view = two_stores.view("001_1", "AT")
    assert (view.stock, view.reserved, view.available, view.shortfall) == (5, 9, 0, 0)
    assert two_stores.messages("shortfall") == []


def test_stores_that_share_are_short_when_together_they_promise_more_than_they_have(two_stores):
    two_stores.post(("DE", "001_1", 13))
    two_stores.post(("AT", "001_1", 4))
    assert [two_stores.view("001_1", store).shortfall for store in ("DE", "AT")] == [2, 2]
    assert [
        (told["store"], told["shortfall"], told["before"]) for told in two_stores.messages("shortfall")
    ] == [
        ("DE", "2", "0"),
        ("AT", "2", "0"),
    ]


def test_quantities_keep_six_places(two_stores):
    two_stores.post(("DE", "001_1", "0.000001"))
    assert two_stores.available("001_1", "DE") == Decimal("14.999999")


def test_the_version_of_a_reservation_grows_with_each_change_and_only_then(two_stores):
    def version() -> list[tuple[object, ...]]:
        return two_stores.query(
            "SELECT r.version FROM reservation r JOIN product p ON p.id = r.product_id AND p.sku = '001_1'"
            " JOIN store s ON s.id = r.store_id AND s.name = 'DE'"
        )

    two_stores.post(("DE", "001_1", 1))
    two_stores.post(("DE", "001_1", 1, 1), ("AT", "001_1", 1))
    assert version() == [(2,)]
    two_stores.post(("DE", "001_1", 0), ("DE", "001_2", 1))
    assert version() == [(2,)]


def test_an_abstract_product_sums_up_its_concrete_ones(two_stores):
    two_stores.post(("AT", "001_1", 5), ("AT", "001_2", 1))
    view = two_stores.view("001", "AT")
    assert view.abstract
    assert (view.stock, view.reserved, view.available) == (9, 6, 3)


def test_the_number_of_statements_does_not_depend_on_the_number_of_pairs(make_shop):
    shop = make_shop(publish={"on": "amount"})
    skus = [f"{n}_1" for n in range(60)]
    shop.two_stores(skus=skus)
    shop.count(*(f"{sku},South,9" for sku in skus))
    few = shop.statements(lambda: shop.post(("DE", "1_1", 1)))
    many = shop.statements(lambda: shop.post(*((store, sku, 1) for sku in skus for store in ("DE", "AT"))))
    assert many == few
    assert len(many) < 20


def test_posting_twice_in_one_unit_of_work_adds_up(two_stores):
    with two_stores.database.write() as work:
        ledger = Ledger(work, two_stores.runtime.plugins, two_stores.rules)
        for amount in (2_000_000, 3_000_000):
            two_stores.execute(
                work,
                "INSERT INTO pair_delta SELECT p.id, s.id, :amount, 0 FROM product p, store s"
                " WHERE p.sku = '001_1' AND s.name = 'AT'",
                amount=amount,
            )
            ledger.lock_deltas()
            ledger.post()
        ledger.settle()
    assert two_stores.numbers("001_1", "AT") == (5, 5, 0, 0)
    assert [event["quantity"] for event in two_stores.messages("availability")] == [4]


def test_a_placement_that_locks_its_pairs_first_tells_the_stores_that_share(two_stores):
    [(product, store)] = two_stores.query(
        "SELECT p.id, s.id FROM product p, store s WHERE p.sku = '001_1' AND s.name = 'DE'"
    )
    with two_stores.database.write() as work:
        ledger = Ledger(work, two_stores.runtime.plugins, two_stores.rules)
        ledger.lock_pairs([(product, store)])
        two_stores.execute(work, "INSERT INTO pair_delta VALUES (:p, :s, 5000000, 0)", p=product, s=store)
        ledger.post()
        ledger.settle()
    assert two_stores.available("001_1", "AT") == 0
    assert [event["Store"]["name"] for event in two_stores.messages("availability")] == ["AT"]


def test_nothing_is_left_of_a_unit_of_work_that_failed(two_stores):
    with pytest.raises(ZeroDivisionError), two_stores.database.write() as work:
        two_stores.post_in(work, ("DE", "001_1", 5))
        raise ZeroDivisionError
    two_stores.post(("DE", "001_1", 1))
    assert two_stores.numbers("001_1", "DE") == (15, 1, 0, 14)


def test_a_sum_that_could_not_be_stored_is_refused(two_stores):
    two_stores.sql("UPDATE reservation SET reserved = 4000000000000000000")
    with pytest.raises(QuantityInvalid):
        two_stores.post(("DE", "001_1", 1))
    assert two_stores.view("001_1", "DE").reserved == 0


class TestHandlers:
    def test_they_get_the_whole_batch_of_changes(self, make_shop):
        seen = []

        def watch(changes, work):
            seen.append([(c.store, c.sku, c.before, c.after) for c in changes])
            write_availability(changes, work)

        shop = make_shop(handlers=[watch])
        shop.two_stores()
        shop.post(("DE", "001_1", 3), ("AT", "001_1", 1, 1), ("AT", "001_2", 0))
        shop.post(("DE", "001_1", -2))
        assert seen == [[("DE", "001_1", 0, 3), ("AT", "001_1", 0, 2)], [("DE", "001_1", 3, 1)]]

    def test_they_may_write_availability_of_some_changes_only(self, make_shop):
        def only_de(changes, work):
            work.write_availability([change for change in changes if change.store == "DE"])

        shop = make_shop(handlers=[only_de])
        shop.two_stores(sharing=False)
        shop.count("001_1,South,5")
        shop.post(("DE", "001_1", 1), ("AT", "001_1", 1))
        assert (shop.available("001_1", "DE"), shop.available("001_1", "AT")) == (4, 5)

    def test_writing_some_changes_reaches_the_stores_that_share(self, make_shop):
        def each_by_itself(changes, work):
            for change in changes:
                work.write_availability([change])

        shop = make_shop(handlers=[each_by_itself])
        shop.two_stores()
        shop.count("001_1,South,5")
        shop.forget_messages()
        shop.post(("DE", "001_1", 5))
        assert (shop.available("001_1", "DE"), shop.available("001_1", "AT")) == (0, 0)
        assert {event["Store"]["name"] for event in shop.messages("availability")} == {"DE", "AT"}

    def test_writing_what_did_not_change_is_told_all_the_same(self, make_shop):
        def write_the_other_sku(changes, work):
            [(product,)] = shop.query("SELECT id FROM product WHERE sku = '001_2'")
            work.write_availability([dataclasses.replace(changes[0], product_id=product)])

        shop = make_shop(handlers=[write_the_other_sku])
        shop.two_stores(sharing=False)
        shop.count("001_2,South,5")
        shop.forget_messages()
        shop.sql("UPDATE reservation SET reserved = 5000000")
        shop.post(("DE", "001_1", 1))
        assert (shop.available("001_2", "DE"), shop.available("001_2", "AT")) == (0, 5)
        assert [event["quantity"] for event in shop.messages("availability")] == [0]

    def test_two_that_write_availability_do_not_count_twice(self, make_shop):
        shop = make_shop(handlers=[write_availability, write_availability])
        shop.two_stores()
        shop.count("001_1,South,5")
        shop.post(("DE", "001_1", 2))
        assert shop.numbers("001_1", "DE") == (5, 2, 0, 3)

    def test_what_they_publish_is_committed_with_the_change(self, make_shop):
        def tell(changes, work):
            write_availability(changes, work)
            work.publish("moved", {"skus": [c.sku for c in changes], "after": changes[0].after})

        shop = make_shop(handlers=[tell])
        shop.two_stores()
        shop.post(("DE", "001_1", "1.5"))
        assert shop.messages("moved") == [{"skus": ["001_1"], "after": 1.5}]

    def test_raising_undoes_everything(self, make_shop):
        def refuse(changes, work):
            write_availability(changes, work)
            raise LookupError

        shop = make_shop(handlers=[refuse])
        shop.two_stores()
        with pytest.raises(PluginError, match=r"refuse failed, .* LookupError"):
            shop.post(("DE", "001_1", 1))
        assert shop.query("SELECT sum(reserved) FROM reservation") == [(0,)]

    def test_changes_cannot_be_read_for_the_first_time_after_the_handler_has_returned(self, make_shop):
        kept = []
        shop = make_shop(handlers=[lambda changes, work: kept.append(changes)])
        shop.two_stores()
        shop.post(("DE", "001_1", 1))
        assert len(kept[0]) == 1
        with pytest.raises(RuntimeError):
            list(kept[0])


class TestEvents:
    def test_becoming_unsellable_is_told_with_the_published_fields(self, two_stores, clock):
        two_stores.post(("AT", "001_1", 5))
        [event] = two_stores.messages("availability")  # DE still has 10 pieces
        assert event["abstract_sku"] == "001"
        assert event["Store"]["name"] == "AT"
        assert event["quantity"] == 4
        assert event["_timestamp"] == clock.now / 1_000_000
        assert event["_version"] > 0
        assert event["fk_store"] == event["Store"]["id_store"]
        concretes = {row["sku"]: row for row in event["SpyAvailabilities"]}
        assert concretes.keys() == {"001_1", "001_2"}
        assert concretes["001_1"]["quantity"] == 0
        assert concretes["001_2"] == {
            "id_availability": concretes["001_2"]["id_availability"],
            "fk_availability_abstract": event["id_availability_abstract"],
            "fk_store": event["fk_store"],
            "is_never_out_of_stock": False,
            "quantity": 4,
            "sku": "001_2",
        }

    def test_becoming_sellable_again_is_told_with_a_higher_version(self, two_stores):
        two_stores.post(("AT", "001_1", 5))
        two_stores.post(("AT", "001_1", -5))
        low, high = two_stores.messages("availability")
        assert high["_version"] == low["_version"] + 1

    def test_an_amount_that_changes_is_not_told(self, two_stores):
        two_stores.post(("AT", "001_1", 4))
        assert two_stores.messages("availability") == []

    def test_an_amount_that_changes_is_told_when_the_rules_say_so(self, make_shop):
        shop = make_shop(publish={"on": "amount"})
        shop.two_stores()
        shop.count("001_1,South,5")
        shop.forget_messages()
        shop.post(("AT", "001_1", "0.5"))
        assert [(e["Store"]["name"], e["quantity"]) for e in shop.messages("availability")] == [
            ("DE", 4.5),
            ("AT", 4.5),
        ]

    def test_out_and_back_within_one_unit_of_work_is_no_change(self, two_stores):
        with two_stores.database.write() as work:
            ledger = Ledger(work, two_stores.runtime.plugins, two_stores.rules)
            for amount in (5_000_000, -5_000_000):
                two_stores.execute(
                    work,
                    "INSERT INTO pair_delta SELECT p.id, s.id, :amount, 0 FROM product p, store s"
                    " WHERE p.sku = '001_1' AND s.name = 'AT'",
                    amount=amount,
                )
                ledger.lock_deltas()
                ledger.post()
            ledger.settle()
        assert two_stores.messages() == []

    def test_a_product_that_is_never_out_of_stock_stays_sellable_at_zero(self, two_stores):
        two_stores.count("001_1,South,5,1")
        two_stores.forget_messages()
        two_stores.post(("AT", "001_1", 9))
        view = two_stores.view("001_1", "AT")
        assert (view.available, view.never_out_of_stock, view.shortfall) == (0, True, 0)
        assert two_stores.messages() == []

    def test_a_growing_shortfall_is_told_each_time_it_grows(self, two_stores):
        two_stores.post(("AT", "001_1", 7))
        two_stores.post(("AT", "001_1", "0.5"))
        two_stores.post(("AT", "001_1", -1))
        assert two_stores.messages("shortfall") == [
            {"store": "AT", "sku": "001_1", "shortfall": "2", "before": "0"},
            {"store": "AT", "sku": "001_1", "shortfall": "2.5", "before": "2"},
        ]


@pytest.mark.parametrize("publish", ["status", "amount"])
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("5,0", "5,0", ()),
        ("5,0", "7,0", ("amount",)),
        ("0,0", "7,0", ("status", "amount")),
        ("7,0", "0,0", ("status", "amount")),
        ("0,0", "0,1", ("status", "amount")),
        ("0,1", "0,0", ("status", "amount")),
        ("0,1", "5,1", ("amount",)),
        ("5,1", "0,1", ("amount",)),
        ("5,0", "5,1", ("amount",)),
        ("5,1", "5,0", ("amount",)),
        ("0,1", "5,0", ("amount",)),
        ("5,0", "0,1", ("amount",)),
        ("5,1", "5,1", ()),
    ],
)
def test_what_is_told_of_a_change(make_shop, publish, before, after, told):
    shop = make_shop(publish={"on": publish})
    shop.two_stores()
    for sibling, stock in (("001_2", 3), ("001_2", 0)):
        others = (f"{sibling},North,{stock}", "002_1,North,4", "001_1,South,0")
        shop.count(f"001_1,North,{before}", *others)
        versions = shop.query(
            "SELECT abstract_id, store_id, event_version FROM abstract_availability ORDER BY 1, 2"
        )
        shop.forget_messages()
        shop.count(f"001_1,North,{after}", *others)
        messages = shop.messages()
        expected = [("DE", "001")] if publish in told else []
        assert [(one["Store"]["name"], one["abstract_sku"]) for one in messages] == expected
        raised = [
            new[2] - old[2]
            for old, new in zip(
                versions,
                shop.query(
                    "SELECT abstract_id, store_id, event_version FROM abstract_availability ORDER BY 1, 2"
                ),
                strict=True,
            )
        ]
        assert sum(raised) == len(expected)
        for message in messages:
            concretes = {
                one["sku"]: (one["quantity"], one["is_never_out_of_stock"])
                for one in message["SpyAvailabilities"]
            }
            amount, never = after.split(",")
            assert concretes == {"001_1": (int(amount), never == "1"), "001_2": (stock, False)}
