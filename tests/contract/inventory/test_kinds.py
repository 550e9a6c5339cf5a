"""What the quantities of a feed are: what is on hand, what is available, or what is to be added."""

from __future__ import annotations

import pytest

from engine.errors import TimeInvalid
from engine.feeds import Repeated
from tests.helpers.clock import HOUR, MINUTE
from tests.helpers.shop import FeedRows

SALE = """
    states new paid* shipped* released cancelled
    new -> paid : pay
    paid -> shipped : ship
    paid -> cancelled : cancel
    shipped -> released : stock-update
"""
TWO = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [{"name": "DE", "warehouses": ["North", "South"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]}],
}


def refused(report) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in report.refused]


def numbers(shop, sku="tea-1") -> tuple:
    view = shop.engine.availability([sku], "DE")[0]
    return view.stock, view.reserved + view.held, view.available


@pytest.fixture
def ten(shop):
    """A store with ten pieces of tea-1 in its only warehouse."""
    shop.stocked(tea_1=10, tea_2=10)
    shop.deploy(SALE)
    return shop


def test_a_part_of_a_sum_may_be_below_zero_and_the_sum_is_not(ten):
    report = ten.feed(
        "tea-1,North,10", "tea-2,North,2", "tea-1,North,-3", "tea-2,North,-5", repeated=Repeated.SUM
    )
    assert (report.imported, report.refused) == (2, [])
    assert (numbers(ten)[0], numbers(ten, "tea-2")[0]) == (7, 0)
    assert "1 sum below zero: 0 is stored" in report.note


class TestAvailable:
    def test_less_than_nothing_is_available_of_what_was_promised_twice(self, ten):
        ten.place("tea-1 5")
        ten.forward(MINUTE)
        ten.feed("tea-1,North,-3", "tea-2,North,-1", kind="available")
        assert numbers(ten) == (2, 5, 0)
        assert numbers(ten, "tea-2")[0] == 0

    def test_what_was_promised_is_put_back(self, ten):
        ten.place("tea-1 3")
        ten.forward(MINUTE)
        report = ten.feed("tea-1,North,7", kind="available")
        assert (report.imported, report.changed, report.kind) == (1, 0, "available")
        assert numbers(ten) == (10, 3, 7)
        [line] = ten.engine.stock("tea-1")
        assert (line.quantity, ten.drift()) == (10, [])

    def test_a_reserved_item_counts_as_one_that_holds(self, ten):
        paid = ten.place("tea-1 3")
        ten.place("tea-1 2")
        ten.trigger("pay", *paid)
        ten.forward(MINUTE)
        ten.feed("tea-1,North,4", kind="available")
        assert numbers(ten) == (9, 5, 4)

    def test_what_was_promised_after_the_count_is_not_in_it(self, ten):
        ten.place("tea-1 3")
        counted = ten.clock()
        ten.forward(MINUTE)
        ten.place("tea-1 2")
        ten.feed("tea-1,North,7", kind="available", as_of=counted)
        assert numbers(ten) == (10, 5, 5)

    def test_what_had_left_the_shelf_is_released_and_not_put_back(self, ten):
        items = ten.place("tea-1 3", "tea-1 2")
        ten.trigger("pay", *items)
        ten.trigger("ship", items[0])
        ten.forward(HOUR)
        report = ten.feed("tea-1,North,5", kind="available")
        assert (report.released, report.kept) == (1, 0)
        assert numbers(ten) == (7, 2, 5)

    def test_what_was_shipped_after_the_count_was_promised_at_its_time(self, ten):
        items = ten.place("tea-1 3")
        ten.trigger("pay", *items)
        ten.forward(HOUR)
        counted = ten.clock()
        ten.forward(MINUTE)
        ten.trigger("ship", *items)
        report = ten.feed("tea-1,North,7", kind="available", as_of=counted)
        assert (report.released, report.kept) == (0, 1)
        assert numbers(ten) == (10, 3, 7)

    def test_what_was_not_promised_yet_at_the_count_is_not_put_back(self, make_shop, clock):
        shop = make_shop(clock=clock, checkout={"hold": False}).stocked(tea_1=10)
        shop.deploy(SALE)
        items = shop.place("tea-1 3")
        shop.forward(MINUTE)
        counted = shop.clock()
        shop.forward(MINUTE)
        shop.trigger("pay", *items)
        shop.feed("tea-1,North,10", kind="available", as_of=counted)
        assert numbers(shop) == (10, 3, 7)

    def test_what_was_held_and_is_reserved_now_was_promised_all_the_time(self, ten):
        items = ten.place("tea-1 3")
        ten.forward(MINUTE)
        counted = ten.clock()
        ten.forward(MINUTE)
        ten.trigger("pay", *items)
        ten.feed("tea-1,North,7", kind="available", as_of=counted)
        assert numbers(ten) == (10, 3, 7)

    def test_carts_are_not_put_back_as_nobody_else_knows_of_them(self, ten):
        ten.hold("cart", "tea-1 2")
        ten.forward(MINUTE)
        ten.feed("tea-1,North,10", kind="available")
        assert numbers(ten) == (10, 2, 8)

    def test_a_hold_whose_time_was_over_at_the_count_is_not_put_back(self, make_shop, clock):
        shop = make_shop(clock=clock, checkout={"hold_timeout_s": HOUR}).stocked(tea_1=10)
        shop.deploy(SALE)
        shop.place("tea-1 3")
        shop.forward(HOUR)
        shop.feed("tea-1,North,10", kind="available")
        assert shop.available() == 10
        assert shop.value("SELECT quantity FROM stock WHERE counted_at = ?", shop.clock()) == 10_000_000

    def test_of_two_warehouses_nobody_knows_which_one_has_promised_it(self, shop):
        shop.topology(**TWO)
        shop.restock("tea-1,North,10", "tea-1,South,5", "tea-2,North,10")
        shop.deploy(SALE)
        shop.place("tea-1 3", "tea-2 2")
        shop.forward(MINUTE)
        report = shop.feed("tea-1,North,7", "tea-2,North,8", kind="available")
        assert refused(report) == [(2, "promised_elsewhere")]
        assert "other warehouses of their stores have it" in report.refused[0].message
        assert (numbers(shop), numbers(shop, "tea-2")) == ((15, 3, 12), (10, 2, 8))

    def test_items_that_name_their_warehouse_can_be_put_back_there(self, shop):
        shop.topology(**TWO)
        shop.restock("tea-1,North,10", "tea-1,South,5")
        shop.deploy(SALE)
        shop.place({"sku": "tea-1", "quantity": 3, "warehouse": "North"})
        shop.place({"sku": "tea-1", "quantity": 1, "warehouse": "South"})
        shop.forward(MINUTE)
        report = shop.feed("tea-1,North,6", kind="available")
        assert (refused(report), numbers(shop)) == ([], (14, 4, 10))

    def test_a_row_that_is_refused_so_releases_nothing(self, make_shop, clock):
        shop = make_shop(clock=clock, stock_update={"require": "any"})
        shop.topology(**TWO)
        shop.restock("tea-1,North,10", "tea-1,South,5")
        shop.deploy(SALE)
        items = shop.place("tea-1 3", "tea-1 1")
        shop.trigger("pay", *items)
        shop.trigger("ship", items[0])
        shop.forward(HOUR)
        report = shop.feed("tea-1,North,7", kind="available")
        assert (refused(report), report.released) == ([(2, "promised_elsewhere")], 0)
        assert (numbers(shop), shop.state(items[0])) == ((15, 4, 11), "shipped")


class TestDelta:
    def test_a_delta_is_added_to_what_is_stored(self, ten):
        report = ten.feed("tea-1,North,5", "tea-2,North,-2.5", kind="delta", feed="marello")
        assert (report.imported, report.changed, report.refused) == (2, 2, [])
        assert (numbers(ten), numbers(ten, "tea-2")) == ((15, 0, 15), (7.5, 0, 7.5))

    def test_the_same_content_is_applied_once_and_told(self, ten):
        first = FeedRows("tea-1,North,5", kind="delta", feed="marello")
        ten.feed(source=first)
        ten.forward(HOUR)
        again = ten.feed("tea-1,North,5", kind="delta", feed="marello")
        assert (again.rows, again.imported, again.refused) == (1, 0, [])
        assert again.already_applied is not None
        assert "was applied at 2026-01-01T00:00:00Z already" in again.note
        assert numbers(ten) == (15, 0, 15)
        ten.feed("tea-1,North,5", kind="delta", feed="another")
        assert numbers(ten) == (20, 0, 20)

    def test_a_count_of_the_same_content_is_no_delta(self, ten):
        ten.feed("tea-1,North,5", feed="marello")
        report = ten.feed("tea-1,North,5", kind="delta", feed="marello")
        assert (report.already_applied, numbers(ten)) == (None, (10, 0, 10))

    def test_below_zero_is_refused_by_row_and_the_others_are_added(self, ten):
        report = ten.feed("tea-1,North,-10.5", "tea-2,North,-10", kind="delta")
        assert refused(report) == [(2, "stock_below_zero")]
        assert report.refused[0].message == "'tea-1' in 'North' has 10, and cannot change by -10.5"
        assert (numbers(ten), numbers(ten, "tea-2")) == ((10, 0, 10), (0, 0, 0))

    def test_more_than_can_be_stored_is_refused_by_row(self, ten):
        report = ten.feed("tea-1,North,999999990", kind="delta")
        assert (refused(report), numbers(ten)) == ([(2, "bad_quantity")], (10, 0, 10))

    def test_a_delta_is_no_count_and_releases_nothing(self, ten):
        items = ten.place("tea-1 3")
        ten.trigger("pay", *items)
        ten.trigger("ship", *items)
        counted = ten.engine.stock("tea-1")[0].counted_at
        ten.forward(HOUR)
        report = ten.feed("tea-1,North,5", kind="delta")
        assert (report.released, report.kept, ten.state(items[0])) == (0, 0, "shipped")
        assert ten.engine.stock("tea-1")[0].counted_at == counted

    def test_a_delta_of_before_the_count_is_in_it_already(self, ten):
        ten.forward(HOUR)
        report = ten.feed("tea-1,North,5", kind="delta", as_of=ten.clock() - 7_200_000_000)
        assert (refused(report), numbers(ten)) == ([(2, "count_too_old")], (10, 0, 10))
        assert "older than the stored count" in report.refused[0].message

    def test_a_warehouse_has_what_was_added_to_nothing(self, ten):
        ten.feed("mug-1,South,4", kind="delta")
        [row] = ten.engine.stock("mug-1")
        assert (row.warehouse, row.quantity, row.counted_at) == ("South", 4, None)

    def test_flags_stay_as_they_are(self, ten):
        ten.restock("tea-1,North,10,1")
        ten.feed("tea-1,North,1", kind="delta")
        assert ten.engine.stock("tea-1")[0].never_out_of_stock is True

    def test_counts_and_deltas_are_one_history(self, ten):
        ten.feed("tea-1,North,5", kind="delta", feed="marello")
        ten.forward(HOUR)
        ten.feed("tea-1,North,12")
        changes = ten.engine.stock_history("tea-1").changes
        assert [(c.kind, c.before, c.quantity, c.by, c.file, c.line) for c in changes[:2]] == [
            ("count", 15, 12, -3, "feed.csv", 2),
            ("delta", 10, 15, 5, "feed.csv", 2),
        ]

    def test_a_stream_of_changes_needs_no_time(self, ten):
        items = ten.place("tea-1 3")
        ten.trigger("pay", *items)
        ten.trigger("ship", *items)
        with pytest.raises(TimeInvalid):
            ten.engine.import_stock(FeedRows("tea-1,North,1", stream=True))
        ten.engine.import_stock(FeedRows("tea-1,North,1", stream=True, kind="delta"))
        assert ten.available() == 8

    def test_a_purge_does_not_forget_that_a_delta_was_applied(self, ten):
        ten.feed("tea-1,North,5", kind="delta")
        ten.forward(400 * 24 * HOUR)
        ten.engine.purge("30 days")
        assert ten.feed("tea-1,North,5", kind="delta").already_applied is not None
