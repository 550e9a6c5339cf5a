"""Which delivery a file of deltas is: applied once, however often it comes, and again when it is another one."""

from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.feeds import ToldApart
from engine.inventory.stock.deliveries import DeliveryConflict, DeliveryDoubtful
from tests.helpers.clock import HOUR
from tests.helpers.shop import FeedRows

FIVE = "tea-1,North,5"


@pytest.fixture
def ten(shop):
    return shop.stocked(tea_1=10)


def deliver(shop, *rows, as_new=False, dry_run=False, **said):
    source = FeedRows(*(rows or (FIVE,)), kind="delta", feed="receipts", **said)
    return shop.engine.import_stock(source, as_new=as_new, dry_run=dry_run)


def stock(shop):
    return shop.engine.stock("tea-1")[0].quantity


class TestByNameAndTime:
    def test_a_file_that_is_tried_again_changes_nothing(self, ten):
        deliver(ten, name="monday.csv", stamp="monday")
        report = deliver(ten, name="monday.csv", stamp="monday")
        assert (report.already_applied is not None, report.changed, stock(ten)) == (True, 0, 15)
        assert "--as-new" in report.note

    def test_a_file_that_was_moved_changes_nothing(self, ten):
        deliver(ten, name="monday.csv", stamp="monday")
        report = deliver(ten, name="monday-2.csv", stamp="monday")
        assert (report.already_applied is not None, stock(ten)) == (True, 15)

    @pytest.mark.parametrize("name", ["receipt.csv", "receipt (1).csv"])
    @pytest.mark.parametrize("stamp", ["tuesday", None])
    def test_where_nothing_tells_somebody_has_to_say(self, ten, name, stamp):
        deliver(ten, name="receipt.csv", stamp="monday")
        with pytest.raises(DeliveryDoubtful, match="nothing tells whether it is another one") as raised:
            deliver(ten, name=name, stamp=stamp)
        assert "applied at 2026-01-01T00:00:00Z from receipt.csv of monday" in raised.value.message
        assert "--as-new" in raised.value.remedy
        assert stock(ten) == 15
        assert deliver(ten, name=name, stamp=stamp, as_new=True).changed == 1
        assert stock(ten) == 20

    def test_what_was_applied_before_there_were_names_is_doubtful(self, ten):
        deliver(ten, name="monday.csv", stamp="monday")
        ten.sql("UPDATE stock_import SET delivery_name = NULL, delivery_stamp = NULL")
        with pytest.raises(DeliveryDoubtful):
            deliver(ten, name="tuesday.csv", stamp="tuesday")

    def test_another_feed_is_another_sender(self, ten):
        deliver(ten)
        ten.engine.import_stock(FeedRows(FIVE, kind="delta", feed="returns"))
        assert stock(ten) == 20

    def test_a_dry_run_asks_as_well(self, ten):
        deliver(ten, stamp="monday")
        assert deliver(ten, stamp="monday", dry_run=True).already_applied is not None
        with pytest.raises(DeliveryDoubtful):
            deliver(ten, stamp="tuesday", dry_run=True)
        assert deliver(ten, stamp="tuesday", dry_run=True, as_new=True).foreseen.changed == 1
        assert stock(ten) == 15


class TestAsTheFeedSays:
    def test_the_same_content_is_the_same_delivery(self, ten):
        deliver(ten, name="monday.csv", stamp="monday", told_apart=ToldApart.CONTENT)
        again = deliver(ten, name="tuesday.csv", stamp="tuesday", told_apart=ToldApart.CONTENT)
        assert (again.already_applied is not None, stock(ten)) == (True, 15)

    def test_another_time_is_another_delivery(self, ten):
        for stamp, after in (("monday", 15), ("tuesday", 20), ("tuesday", 20)):
            deliver(ten, name="receipt.csv", stamp=stamp, told_apart=ToldApart.TIME)
            assert stock(ten) == after
        with pytest.raises(DeliveryDoubtful):
            deliver(ten, name="receipt.csv", stamp=None, told_apart=ToldApart.TIME)

    def test_an_id_goes_before_all_else(self, ten):
        for number, after in (("4711", 15), ("4712", 20), ("4711", 20)):
            report = deliver(ten, id=number, name="receipt.csv", stamp="monday")
            assert (report.already_applied is not None, stock(ten)) == (
                number == "4711" and after == 20,
                after,
            )

    def test_an_id_that_comes_again_with_other_content_is_refused(self, ten):
        deliver(ten, id="4711")
        with pytest.raises(DeliveryConflict, match=r"'4711', which was applied at .* with other content"):
            deliver(ten, "tea-1,North,7", id="4711")
        assert stock(ten) == 15
        deliver(ten, "tea-1,North,7", id="4711", as_new=True)
        assert stock(ten) == 22


class TestLeftHalfWay:
    @pytest.fixture
    def half(self, ten, monkeypatch):
        """Two products, of which the first is stored, of monday."""
        monkeypatch.setattr("engine.inventory.stock.imports.CHUNK", 1)
        ten.restock("tea-2,North,10")
        ten.runtime.stop = lambda: stock(ten) == 15
        report = self.feed(ten, name="receipt.csv", stamp="monday")
        ten.runtime.stop = lambda: False
        assert (report.complete, self.stock(ten)) == (False, (15, 10))
        ten.forward(HOUR)
        return ten

    def feed(self, shop, **said):
        return deliver(shop, FIVE, "tea-2,North,5", **said)

    def stock(self, shop):
        return tuple(shop.engine.stock(sku)[0].quantity for sku in ("tea-1", "tea-2"))

    def test_it_goes_on_when_it_comes_again(self, half):
        assert self.feed(half, name="moved.csv", stamp="monday").resumed
        assert self.stock(half) == (15, 15)

    def test_it_goes_on_under_another_time_and_that_is_told(self, half):
        report = self.feed(half, name="receipt.csv", stamp="tuesday")
        assert "went on with the same content of monday, which was left half way" in report.note
        assert self.stock(half) == (15, 15)
        assert self.feed(half, name="receipt.csv", stamp="tuesday").already_applied is not None

    def test_another_delivery_does_not_take_its_place(self, half):
        told = {"told_apart": ToldApart.TIME}
        assert not self.feed(half, name="another.csv", stamp="tuesday", **told).resumed
        assert self.stock(half) == (20, 15)
        assert self.feed(half, name="receipt.csv", stamp="monday", **told).resumed
        assert self.stock(half) == (20, 20)

    def test_a_new_one_that_was_left_half_way_goes_on_when_that_is_said_again(self, half):
        assert self.feed(half, name="receipt.csv", stamp="monday", as_new=True).resumed
        assert self.stock(half) == (15, 15)


def test_a_count_is_always_taken_and_cannot_be_new(ten):
    with pytest.raises(InputError, match="only deltas are applied once"):
        ten.engine.import_stock(FeedRows("tea-1,North,7"), as_new=True)
