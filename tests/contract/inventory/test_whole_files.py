"""A file that is complete for its warehouses: what it does not name is 0 there; and files that are not believed."""

from __future__ import annotations

import pytest

from engine.errors import UnknownWarehouse
from tests.helpers.clock import DAY, HOUR
from tests.helpers.shop import HEADER, FeedRows

SALE = """
    states new paid* shipped* released
    new -> paid : pay
    paid -> shipped : ship
    shipped -> released : stock-update
"""
TWO = {
    "warehouses": [{"name": "North"}, {"name": "South"}, {"name": "East"}],
    "stores": [{"name": "DE", "warehouses": ["North", "South"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": f"tea-{n}"} for n in (1, 2, 3)]}],
}


@pytest.fixture
def filled(shop):
    """Ten pieces of each tea in North, five in South."""
    shop.topology(**TWO)
    shop.restock(*(f"tea-{n},{house},{q}" for n in (1, 2, 3) for house, q in (("North", 10), ("South", 5))))
    shop.forward(HOUR)
    return shop


def stock(shop) -> dict[str, str]:
    """What lies in North and South, by product."""
    rows = shop.query(
        "SELECT p.sku, w.name, k.quantity / 1000000 FROM stock k JOIN product p ON p.id = k.product_id"
        " JOIN warehouse w ON w.id = k.warehouse_id ORDER BY p.sku, w.name"
    )
    found: dict[str, list[str]] = {}
    for sku, _, quantity in rows:
        found.setdefault(sku, []).append(str(int(quantity)))
    return {sku: " ".join(quantities) for sku, quantities in found.items()}


class TestWhole:
    def test_what_is_not_named_is_nothing_in_the_warehouses_that_are(self, filled):
        report = filled.feed("tea-1,North,7", whole=True)
        assert (report.rows, report.imported, report.zeroed, report.changed) == (1, 1, 2, 3)
        assert stock(filled) == {"tea-1": "7 5", "tea-2": "0 5", "tea-3": "0 5"}
        assert filled.drift() == []

    def test_the_warehouses_that_are_given_are_the_ones(self, filled):
        report = filled.feed("tea-1,North,7", whole=True, warehouses=("South", "North"))
        assert (report.imported, report.zeroed) == (1, 5)
        assert stock(filled) == {"tea-1": "7 0", "tea-2": "0 0", "tea-3": "0 0"}

    def test_a_warehouse_that_does_not_exist_is_told_before_anything_is_done(self, filled):
        with pytest.raises(
            UnknownWarehouse, match="no warehouse 'Nrth', for which the file is to be complete"
        ):
            filled.feed("tea-1,North,7", whole=True, warehouses=("Nrth", "South"))
        assert stock(filled)["tea-1"] == "10 5"

    def test_it_has_a_history_without_a_line(self, filled):
        filled.feed("tea-1,North,7", whole=True)
        change = filled.engine.stock_history("tea-2").changes[0]
        assert (change.kind, change.before, change.quantity, change.line) == ("count", 10, 0, None)
        assert change.file == "feed.csv"

    def test_it_is_a_count_that_releases_what_was_shipped(self, filled):
        filled.deploy(SALE)
        items = filled.place({"sku": "tea-2", "quantity": 10, "warehouse": "North"})
        filled.trigger("pay", *items)
        filled.trigger("ship", *items)
        filled.forward(HOUR)
        report = filled.feed("tea-1,North,7", whole=True)
        assert (report.released, filled.available("tea-2"), filled.reserved("tea-2")) == (1, 5, 0)

    @pytest.mark.parametrize("row", ["!tea-2", "~tea-2", "tea-2,Mars,1", "tea-2,South,1\ntea-2,South,2"])
    def test_what_a_refused_row_names_is_left_as_it_is(self, filled, row):
        report = filled.feed("tea-1,North,7", *row.split("\n"), whole=True, warehouses=("North", "South"))
        assert stock(filled) == {"tea-1": "7 0", "tea-2": "10 5", "tea-3": "0 0"}
        assert report.zeroed == 3

    def test_a_row_of_an_unknown_product_names_none(self, filled):
        report = filled.feed("tea-1,North,7", "tea-9,North,1", "~", whole=True)
        assert (report.zeroed, report.refused_rows, report.skipped) == (2, 1, 1)

    def test_nothing_is_set_to_nothing_when_a_row_cannot_be_read(self, filled):
        report = filled.feed("tea-1,North,7", "!", whole=True)
        assert (report.imported, report.zeroed) == (1, 0)
        assert "1 row cannot be read, so nobody knows what the file does not name" in report.note
        assert stock(filled) == {"tea-1": "7 5", "tea-2": "10 5", "tea-3": "10 5"}
        assert filled.feed("tea-1,North,7", "!", whole=True, accept=True).zeroed == 2
        assert stock(filled)["tea-2"] == "0 5"

    def test_what_was_counted_later_stays(self, filled):
        counted = filled.clock()
        filled.forward(HOUR)
        filled.restock("tea-2,North,4")
        report = filled.feed("tea-1,North,7", whole=True, as_of=counted)
        assert (report.zeroed, report.refused) == (1, [])
        assert stock(filled) == {"tea-1": "7 5", "tea-2": "4 5", "tea-3": "0 5"}

    def test_with_times_of_its_own_what_is_missing_is_of_the_oldest(self, filled):
        now = filled.clock()
        report = filled.engine.import_stock(
            FeedRows(f"tea-1,North,7,{now - 60}", f"tea-2,North,6,{now - 90}", whole=True, written_at=now)
        )
        assert report.as_of_from == "rows"
        rows = filled.query("SELECT max(counted_at) FROM stock WHERE quantity = 0")
        assert rows == [(now - 90,)]

    def test_what_is_available_of_a_missing_product_is_nothing_and_what_was_promised_stays(self, filled):
        filled.deploy(SALE)
        filled.place({"sku": "tea-2", "quantity": 3, "warehouse": "North"})
        filled.forward(HOUR)
        filled.feed("tea-1,North,7", whole=True, kind="available")
        assert stock(filled) == {"tea-1": "7 5", "tea-2": "3 5", "tea-3": "0 5"}


class TestGuards:
    def test_an_empty_file_that_is_whole_is_not_believed(self, filled):
        report = filled.feed(whole=True, warehouses=("North",), feed="wms")
        assert (report.stopped.guard, report.imported, report.complete) == ("empty", 0, False)
        assert stock(filled)["tea-1"] == "10 5"
        assert filled.feed(whole=True, warehouses=("North",), accept=True).zeroed == 3
        assert stock(filled) == {"tea-1": "0 5", "tea-2": "0 5", "tea-3": "0 5"}

    @pytest.mark.parametrize(
        ("guard", "most", "rows", "told"),
        [
            ("refused", 0.25, ["tea-1,North,9", "tea-2,Mars,9", "tea-3,North,9"], "1 of 3 rows are refused"),
            ("vanished", 0.5, ["tea-1,North,9", "tea-2,North,0"], "2 of 3 products that were in stock"),
            ("fallen", 0.2, ["tea-1,North,1", "tea-2,North,19"], "falls by 9 of 30 (30.0%, at most 20%)"),
            ("grown", 0.2, ["tea-1,North,1", "tea-2,North,19"], "grows by 9 of 30 (30.0%, at most 20%)"),
        ],
    )
    def test_a_file_that_is_not_believed_stores_nothing_until_it_is_accepted(
        self, filled, guard, most, rows, told
    ):
        report = filled.feed(*rows, guards={guard: most}, feed="wms")
        assert (report.stopped.guard, report.imported, report.complete) == (guard, 0, False)
        assert told in report.stopped.message
        assert report.as_dict()["stopped"] == {"guard": guard, "message": report.stopped.message}
        assert (stock(filled)["tea-1"], filled.query("SELECT * FROM stock_staging")) == ("10 5", [])
        [run] = filled.engine.feed_runs()
        assert (run.stopped, run.rows, run.imported, run.succeeded_at) == (report.stopped, len(rows), 0, None)
        accepted = filled.feed(*rows, guards={guard: most}, feed="wms", accept=True)
        assert (accepted.stopped, accepted.complete) == (None, True)
        assert f"accepted: {report.stopped.message}" in accepted.note
        assert stock(filled)["tea-1"] in ("1 5", "9 5")
        assert filled.engine.feed_runs()[0].accepted
        believed = filled.feed(*rows, guards={guard: 1.0}, feed="wms")
        assert believed.stopped is None

    def test_all_guards_that_fail_are_told(self, filled):
        report = filled.feed("tea-1,North,0", "!tea-2", guards={"refused": 0.0, "vanished": 0.0})
        assert report.stopped.guard == "refused"
        assert "1 of 2 rows" in report.stopped.message
        assert "2 of 3 products" in report.stopped.message  # what a refused row names is not missing

    def test_a_count_that_is_too_long_ago(self, filled):
        counted = filled.clock()
        filled.forward(DAY)
        report = filled.feed("tea-1,North,9", as_of=counted, guards={"oldest_s": HOUR})
        assert report.stopped.guard == "oldest"
        assert "the oldest count is of 2026-01-01T01:00:00Z, 86400 s ago" in report.stopped.message
        assert filled.feed("tea-1,North,9", as_of=counted, guards={"oldest_s": DAY}).stopped is None

    def test_rows_older_than_the_stored_count_are_refused_ones(self, filled):
        report = filled.feed("tea-1,North,9", as_of=filled.clock() - 7_200_000_000, guards={"refused": 0.5})
        assert report.stopped.guard == "refused"

    def test_what_a_whole_file_does_not_name_falls(self, filled):
        report = filled.feed("tea-1,North,10", whole=True, guards={"fallen": 0.5})
        assert "falls by 20 of 30 (66.7%" in report.stopped.message

    def test_a_first_count_has_nothing_that_it_could_be_compared_with(self, shop):
        shop.topology(**TWO)
        guards = {"vanished": 0.0, "fallen": 0.0, "grown": 0.0, "refused": 0.0}
        assert shop.feed("tea-1,North,10", whole=True, guards=guards).stopped is None

    def test_deltas_are_judged_by_what_they_come_to(self, filled):
        rows = ("tea-1,North,-10", "tea-2,North,5")
        for guard, told in (("vanished", "1 of 3"), ("fallen", "10 of 30"), ("grown", "5 of 30")):
            report = filled.feed(*rows, kind="delta", guards={guard: 0.0})
            assert (report.stopped.guard, told in report.stopped.message) == (guard, True)
        report = filled.feed(*rows, kind="delta", accept=True, guards={"fallen": 0.0})
        assert (report.already_applied, stock(filled)) == (
            None,
            {"tea-1": "0 5", "tea-2": "15 5", "tea-3": "10 5"},
        )

    def test_what_is_available_is_judged_with_what_was_promised(self, filled):
        filled.deploy(SALE)
        filled.place({"sku": "tea-1", "quantity": 6, "warehouse": "North"})
        filled.forward(HOUR)
        report = filled.feed("tea-1,North,4", kind="available", guards={"fallen": 0.0, "grown": 0.0})
        assert (report.stopped, stock(filled)["tea-1"]) == (None, "10 5")

    def test_a_stopped_import_releases_nothing(self, filled):
        filled.deploy(SALE)
        items = filled.place({"sku": "tea-1", "quantity": 6, "warehouse": "North"})
        filled.trigger("pay", *items)
        filled.trigger("ship", *items)
        filled.forward(HOUR)
        report = filled.feed("tea-1,North,4", guards={"fallen": 0.1})
        assert (report.released, report.kept, filled.state(items[0])) == (0, 0, "shipped")
        assert filled.feed("tea-1,North,4", guards={"fallen": 0.1}, accept=True).released == 1

    def test_a_file_of_our_own_columns_has_no_guards(self, filled):
        path = filled.stock_file(header=HEADER)
        report = filled.engine.import_stock(path)
        assert (report.stopped, report.complete, report.rows) == (None, True, 0)


class TestAStopTellsAllThatIsWrong:
    def test_rows_that_are_older_than_the_stored_count_are_listed(self, filled, tmp_path):
        filled.feed("tea-1,North,9")
        now, old = filled.clock(), filled.clock() - 60_000_000
        rows = (f"tea-1,North,8,{old}", f"tea-2,North,1,{now}", "!tea-3")
        source = FeedRows(*rows, feed="wms", guards={"refused": 0.5})
        report = filled.engine.import_stock(source, refused=tmp_path / "back.csv")
        assert report.stopped.message == "2 of 3 rows are refused (66.7%, at most 50%)"
        assert [(r.line, str(r.code)) for r in report.refused] == [(2, "count_too_old"), (4, "bad_quantity")]
        assert (report.refused_rows, report.imported) == (2, 0)
        back = (tmp_path / "back.csv").read_text().splitlines()
        assert [line.split(": ")[0] for line in back[1:]] == ['"count_too_old', '"bad_quantity']
        [run] = filled.engine.feed_runs()
        assert run.refused == 2

    def test_a_dry_run_lists_them_once(self, filled):
        filled.feed("tea-1,North,9")
        source = FeedRows(f"tea-1,North,8,{filled.clock() - 60_000_000}", guards={"refused": 0.5})
        report = filled.engine.import_stock(source, dry_run=True)
        assert report.stopped.guard == "refused"
        assert [(r.line, str(r.code)) for r in report.refused] == [(2, "count_too_old")]

    def test_what_a_guard_stops_has_set_nothing_to_0(self, filled):
        stopped = filled.feed("tea-1,North,9", whole=True, warehouses=("North",), guards={"vanished": 0.1})
        assert (stopped.stopped.guard, stopped.zeroed) == ("vanished", 0)


AVAILABLE = {"kind": "available", "whole": True, "warehouses": ("North",)}


class TestWhatIsAvailableAndWhole:
    """Of what the file does not name nothing is available: its stock is what was promised of it."""

    @pytest.fixture
    def promised(self, filled):
        filled.deploy(SALE)
        filled.place({"sku": "tea-2", "quantity": 3, "warehouse": "North"})
        filled.forward(HOUR)
        return filled

    def test_zeroed_are_the_numbers_that_come_to_be_0(self, promised):
        report = promised.feed("tea-1,North,4", **AVAILABLE)
        assert stock(promised) == {"tea-1": "4 5", "tea-2": "3 5", "tea-3": "0 5"}
        assert (report.zeroed, report.changed) == (1, 3)
        assert promised.feed("tea-1,North,4", **AVAILABLE).zeroed == 0

    def test_a_dry_run_tells_the_same(self, promised):
        assert promised.feed("tea-1,North,4", dry_run=True, **AVAILABLE).zeroed == 1
