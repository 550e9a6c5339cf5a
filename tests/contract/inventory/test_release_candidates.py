"""Which items a stock import releases: those that the count no longer contains, and no others."""

from __future__ import annotations

import pytest

from engine.inventory.stock.releasing import NothingReleased
from tests.helpers.clock import START
from tests.helpers.shop import Shop

SECOND = 1_000_000


@pytest.fixture
def shop(two_stores: Shop) -> Shop:
    two_stores.flagged_states(shipped=(True, True), delivered=(False, False))
    return two_stores


class Delivers(NothingReleased):
    """A release that moves every candidate to the state ``delivered``, the way the engine does."""

    def __init__(self, shop: Shop, *, require: str = "any", tolerance_s: float = 0) -> None:
        self._shop = shop
        self._statement = "release_candidates_all" if require == "all" else "release_candidates"
        self._tolerance = round(tolerance_s * 1_000_000)
        self.released: list[int] = []
        self.kept = 0

    def waiting(self) -> bool:
        return True

    def select(self, work, product_ids, import_id) -> None:
        work.run("clear_moving")
        states = self._shop.query("SELECT id FROM process_state WHERE name = 'shipped'")
        known = {"import_id": import_id, "states": [row[0] for row in states], "products": list(product_ids)}
        work.run(self._statement, tolerance=self._tolerance, **known)
        self.kept += sum(row.items for row in work.all("release_kept", tolerance=self._tolerance, **known))

    def apply(self, work, ledger, product_ids, import_id):
        rows = work.all("moving_ids")
        self.released += [row.item_id for row in rows]
        self._shop.execute(
            work,
            "INSERT INTO pair_delta SELECT i.product_id, i.store_id, -sum(i.counted_reserved), 0"
            " FROM order_item i WHERE i.id IN (SELECT item_id FROM moving) GROUP BY 1, 2",
        )
        ledger.lock_deltas()
        self._shop.execute(
            work,
            "UPDATE order_item SET counted_reserved = 0,"
            " state_id = (SELECT id FROM process_state WHERE name = 'delivered')"
            " WHERE id IN (SELECT item_id FROM moving)",
        )
        self._shop.keep_places(work)
        ledger.post()
        return {}


def release(shop: Shop, *rows: str, require: str = "any", tolerance_s: float = 0, **options) -> Delivers:
    by = Delivers(shop, require=require, tolerance_s=tolerance_s)
    shop.count(*rows, release=by, **options)
    return by


def test_shipped_before_the_count_is_released_and_shipped_after_it_stays(shop, clock):
    early = shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND)
    shop.item("DE", "001_1", 3, "shipped", since=START + 30 * SECOND)
    clock.forward(60)
    by = release(shop, "001_1,North,8", as_of=START + 20 * SECOND)
    assert (by.released, by.kept) == ([early], 1)
    assert shop.numbers("001_1", "DE") == (13, 3, 0, 10)


def test_shipped_in_the_very_moment_of_the_count_is_released(shop, clock):
    item = shop.item("DE", "001_1", 2, "shipped", since=START + SECOND)
    clock.forward(60)
    assert release(shop, "001_1,North,8", as_of=START + SECOND).released == [item]


def test_the_tolerance_keeps_what_was_shipped_shortly_before(shop, clock):
    shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND)
    clock.forward(60)
    by = release(shop, "001_1,North,8", as_of=START + 12 * SECOND, tolerance_s=5)
    assert (by.released, by.kept) == ([], 1)
    by = release(shop, "001_1,North,8", as_of=START + 15 * SECOND, tolerance_s=5)
    assert (len(by.released), by.kept) == (1, 0)


def test_only_items_of_imported_skus_and_of_states_with_the_event_are_concerned(shop, clock):
    shop.item("DE", "001_2", 2, "shipped")
    shop.item("DE", "001_1", 2, "delivered")
    clock.forward(60)
    by = release(shop, "001_1,North,8")
    assert (by.released, by.kept) == ([], 0)


def test_a_count_of_a_warehouse_that_does_not_serve_the_store_releases_nothing(shop, clock):
    shop.item("AT", "001_1", 2, "shipped")
    clock.forward(60)
    by = release(shop, "001_1,North,8")
    assert (by.released, by.kept) == ([], 0)
    assert len(release(shop, "001_1,South,3").released) == 1


def test_a_count_of_an_inactive_warehouse_releases_nothing(shop, clock):
    shop.item("AT", "001_1", 2, "shipped")
    shop.topology(warehouses=[{"name": "South", "active": False}])
    clock.forward(60)
    assert release(shop, "001_1,South,3").released == []


def test_an_item_that_names_its_warehouse_waits_for_a_count_of_that_one(shop, clock):
    item = shop.item("DE", "001_1", 2, "shipped", warehouse="North")
    clock.forward(60)
    by = release(shop, "001_1,South,3")
    assert (by.released, by.kept) == ([], 0)
    assert release(shop, "001_1,North,8").released == [item]


def test_a_forced_older_count_releases_nothing(shop, clock):
    shop.item("DE", "001_1", 2, "shipped", since=START - 60 * SECOND)
    by = release(shop, "001_1,North,8", as_of=START - 30 * SECOND, force=True)
    assert (by.released, by.kept) == ([], 1)
    assert shop.numbers("001_1", "DE") == (13, 2, 0, 11)


def test_a_count_that_is_refused_releases_nothing(shop):
    shop.item("DE", "001_1", 2, "shipped", since=START - 60 * SECOND)
    assert release(shop, "001_1,North,8", as_of=START - 30 * SECOND).released == []


class TestRequireAll:
    def test_every_warehouse_of_the_store_must_have_been_counted_since(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND)
        clock.forward(60)
        by = release(shop, "001_1,North,8", require="all")
        assert (by.released, by.kept) == ([], 1)
        clock.forward(60)
        assert release(shop, "001_1,South,5", require="all").released == [item]

    def test_counts_in_one_file_are_enough(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND)
        clock.forward(60)
        assert release(shop, "001_1,North,8", "001_1,South,5", require="all").released == [item]

    def test_a_warehouse_that_never_had_the_product_is_not_waited_for(self, shop, clock):
        item = shop.item("DE", "001_2", 2, "shipped", since=START + 10 * SECOND)
        clock.forward(60)
        assert release(shop, "001_2,South,5", require="all").released == [item]

    def test_an_inactive_warehouse_is_not_waited_for(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND)
        shop.topology(warehouses=[{"name": "North", "active": False}])
        clock.forward(60)
        assert release(shop, "001_1,South,5", require="all").released == [item]

    def test_a_row_with_an_older_time_of_its_own_is_no_count_since(self, shop, clock):
        shop.item("DE", "001_1", 2, "shipped", since=START + 30 * SECOND)
        clock.forward(60)
        header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle,counted_at"
        path = shop.stock_file(
            "001_1,North,8,0,0,2026-01-01T00:00:40Z", "001_1,South,5,0,0,2026-01-01T00:00:20Z", header=header
        )
        by = Delivers(shop, require="all")
        shop.load(path, release=by)
        assert (by.released, by.kept) == ([], 1)

    def test_a_later_count_that_the_import_replaces_by_an_older_one_is_none(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 30 * SECOND)
        clock.forward(60)
        assert release(shop, "001_1,North,8", require="all").released == []
        clock.forward(60)
        header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle,counted_at"
        path = shop.stock_file(
            "001_1,North,10,0,0,2026-01-01T00:00:20Z", "001_1,South,5,0,0,2026-01-01T00:01:40Z", header=header
        )
        by = Delivers(shop, require="all")
        shop.load(path, release=by, force=True)
        assert (by.released, by.kept) == ([], 1)  # the count of North contains it again
        assert release(shop, "001_1,South,5", require="all").released == []
        assert release(shop, "001_1,North,8", require="all").released == [item]

    def test_a_forced_later_count_is_one(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 30 * SECOND)
        clock.forward(60)
        rows = ("001_1,North,8", "001_1,South,5")
        assert release(shop, *rows, require="all", force=True).released == [item]

    def test_an_item_that_names_its_warehouse_waits_for_that_one_only(self, shop, clock):
        item = shop.item("DE", "001_1", 2, "shipped", since=START + 10 * SECOND, warehouse="North")
        clock.forward(60)
        assert release(shop, "001_1,North,8", require="all").released == [item]


def test_overwrite_and_release_are_one_change_for_those_who_listen(shop, clock):
    shop.item("AT", "001_1", 5, "shipped", since=START + 10 * SECOND)
    shop.forget_messages()
    clock.forward(60)
    release(shop, "001_1,South,0")
    assert shop.numbers("001_1", "AT") == (0, 0, 0, 0)
    assert shop.messages() == []  # it was sold out before and is sold out after
