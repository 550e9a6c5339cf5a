"""Several rows of a file for one product and warehouse: what becomes of them is up to the terms of the feed."""

from __future__ import annotations

import pytest

from engine.feeds import Repeated, Terms
from engine.inventory.stock import file as stock_file
from engine.inventory.stock.file import open_stock_file

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
TIMED = f"{HEADER},counted_at"


@pytest.fixture(params=[1, 2, 100], autouse=True)
def batch(request, monkeypatch):
    monkeypatch.setattr(stock_file, "BATCH", request.param)


@pytest.fixture
def shop(shop):
    shop.two_stores()
    return shop


def load(shop, repeated, *rows, header=HEADER, **options):
    path = shop.stock_file(*rows, header=header)
    with open_stock_file(path) as source:
        source.terms = Terms(repeated=repeated)
        return shop.load(source, **options)


def told(rows):
    return sorted((row.line, str(row.code)) for row in rows)


def test_refuse_refuses_equal_rows_too(shop):
    rows = ("001_1,North,1,0,0", "001_2,North,2,0,0", "001_1,North,1,0,0")
    report = load(shop, Repeated.REFUSE, *rows)
    assert told(report.refused) == [(2, "duplicate_row"), (4, "duplicate_row")]
    assert (report.imported, shop.available("001_2", "DE")) == (1, 2)


def test_the_last_one_counts(shop):
    rows = ("001_1,North,1,0,0", "001_2,North,2,0,0", "001_1,North,5,1,0", "001_1,North,3,0,1")
    report = load(shop, Repeated.LAST, *rows)
    assert told(report.warnings) == [(2, "earlier_row"), (4, "earlier_row")]
    assert (report.imported, report.refused) == (2, [])
    assert shop.available("001_1", "DE") == 3
    assert "a later row for '001_1' in 'North'" in report.warnings[0].message


def test_they_are_added_up(shop):
    rows = ("001_1,North,1,0,0", "001_2,North,2,0,0", "001_1,North,5,0,0", "001_1,North,0.5,0,1")
    report = load(shop, Repeated.SUM, *rows)
    assert told(report.warnings) == [(4, "summed_row"), (5, "summed_row")]
    assert report.imported == 2
    assert float(shop.available("001_1", "DE")) == 6.5
    assert "'001_1' in 'North': this one was added to it" in report.warnings[0].message


def test_a_sum_has_the_flags_of_any_and_the_earliest_time(shop):
    rows = (
        "001_1,North,1,0,0,2026-01-01T00:00:00Z",
        "001_1,North,2,1,0,2025-12-31T00:00:00Z",
        "001_1,North,3,0,0,2026-01-01T00:00:00Z",
    )
    load(shop, Repeated.SUM, *rows, header=TIMED)
    [row] = shop.engine.stock("001_1")
    assert (row.quantity, row.never_out_of_stock) == (6, True)
    assert row.counted_at.isoformat().startswith("2025-12-31")


def test_what_is_below_zero_adds_nothing(shop):
    report = load(shop, Repeated.SUM, "001_1,North,4,0,0", "001_1,North,-2,0,0")
    assert told(report.warnings) == [(3, "negative_count"), (3, "summed_row")]
    assert shop.available("001_1", "DE") == 4


def test_a_sum_that_is_too_large_is_refused_whole(shop):
    rows = ("001_1,North,999999999,0,0", "001_2,North,1,0,0", "001_1,North,1,0,0")
    report = load(shop, Repeated.SUM, *rows)
    assert told(report.refused) == [(2, "duplicate_row"), (4, "duplicate_row")]
    assert "more than" in report.refused[0].message
    assert (report.imported, report.warnings) == (1, [])


@pytest.mark.parametrize(
    ("repeated", "available"), [(Repeated.SUM, 6), (Repeated.LAST, 5)], ids=["sum", "last"]
)
def test_one_that_was_cut_off_takes_no_row_twice(shop, clock, repeated, available):
    class Crash(Exception):
        pass

    def die(statement):
        if statement == "bulk_done":
            raise Crash

    rows = ("001_1,North,1,0,0", "001_2,North,2,0,0", "001_1,North,5,0,0")
    shop.database.probe = die
    with pytest.raises(Crash):
        load(shop, repeated, *rows)
    shop.database.probe = None
    clock.forward(60)
    report = load(shop, repeated, *rows)
    assert (report.resumed, report.imported) == (True, 2)
    assert len(report.warnings) == 1
    assert shop.available("001_1", "DE") == available
