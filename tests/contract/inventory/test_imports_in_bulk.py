"""Stock imports of which little changes: it is compared and not written, and yet counted."""

from __future__ import annotations

import os

import pytest

from engine.clock import SECOND, to_datetime
from engine.inventory.stock import bulk
from engine.inventory.stock.imports import import_stock
from engine.runtime import Caller
from tests.helpers.shop.beneath import NothingMoves
from tests.helpers.shop.goods import counts

OVERWRITES = ("bulk_overwrite", "chunk_overwrite")
ALL = ("001_1,North,1", "001_1,South,2", "001_2,North,3", "002_1,North,4", "002_1,South,5")


@pytest.fixture(params=["one by one", "by house"], autouse=True)
def ways(request, monkeypatch):
    """Times are written to each stock, or told for a warehouse; and few products may be looked up one by one.

    Nobody sees a difference.
    """
    monkeypatch.setattr(bulk, "HOUSES_FROM", 0 if request.param == "by house" else 10**9)
    monkeypatch.setattr(bulk, "ROWS", 2)
    monkeypatch.setattr(bulk, "FEW", 0 if request.param == "by house" else bulk.FEW)


@pytest.fixture
def counted(shop, clock):
    """A shop in which everything was counted, a minute ago."""
    shop.two_stores()
    clock.forward(60)
    shop.count(*ALL)
    clock.forward(60)
    return shop


def times(shop):
    """When each stock was counted, in seconds after the one that was counted first."""
    rows = {
        (row.sku, row.warehouse): row.counted_at
        for sku in ("001_1", "001_2", "002_1")
        for row in shop.engine.stock(sku)
    }
    known = [at for at in rows.values() if at is not None]
    return {key: None if at is None else round((at - min(known)).total_seconds()) for key, at in rows.items()}


def history(shop):
    return shop.value("SELECT count(*) FROM stock_change")


def test_what_is_counted_as_it_was_has_the_time_of_the_new_count_and_no_history(counted):
    before = history(counted)
    report = counted.count(*ALL)
    assert (report.imported, report.refused) == (5, [])
    assert set(times(counted).values()) == {0}, "all of them at the same time"
    assert counted.engine.stock("001_1")[0].counted_at == report.as_of
    assert history(counted) == before


def test_only_what_changed_is_locked_and_written(counted):
    ran = []
    counted.database.probe = ran.append
    counted.count(*ALL)
    assert {*OVERWRITES, "ledger_lock_products", "ledger_refresh_locked"} & set(ran) == set()
    counted.count(*ALL[:-1], "002_1,South,6")
    counted.database.probe = None
    assert sum(name in OVERWRITES for name in ran) == 1
    assert counted.available("002_1", "AT") == 6


def test_what_a_later_file_leaves_out_keeps_its_time(counted, clock):
    counted.count(*ALL[:-1])
    clock.forward(60)
    assert times(counted)["002_1", "South"] == 0
    assert {at for key, at in times(counted).items() if key != ("002_1", "South")} == {60}
    counted.count(*ALL[1:])
    assert times(counted)["001_1", "North"] == 0, "it missed the third count"
    assert {at for key, at in times(counted).items() if key != ("001_1", "North")} == {60}


def test_an_older_count_than_the_one_told_for_the_house_is_refused(counted, clock):
    as_of = clock.now
    clock.forward(60)
    counted.count(*ALL)
    report = counted.count(*ALL, as_of=as_of)
    assert (report.imported, {row.code for row in report.refused}) == (0, {"count_too_old"})
    assert len(report.refused) == 5


def test_a_forced_older_count_has_its_own_time(counted, clock):
    as_of = clock.now
    clock.forward(60)
    counted.count(*ALL)
    counted.count("001_1,North,1", as_of=as_of, force=True)
    assert times(counted)["001_1", "North"] == 0
    assert times(counted)["001_2", "North"] == 60, "nothing else is as old"
    clock.forward(60)
    counted.count(*ALL)
    assert set(times(counted).values()) == {0}


def test_what_was_never_counted_is_not_by_the_count_of_others(counted):
    counted.count(*ALL)
    counted.sql("INSERT INTO stock (product_id, warehouse_id, quantity) SELECT p.id, w.id, 0"
                " FROM product p, warehouse w WHERE p.sku = '001_2' AND w.name = 'South'")  # fmt: skip
    assert times(counted)["001_2", "South"] is None


def test_one_that_was_cut_off_goes_on_behind_what_is_stored(counted, clock):
    class Crash(Exception):
        pass

    stored = []

    def die(statement):
        stored.extend([statement] if statement == "bulk_done" else [])
        if len(stored) == 2 and statement == "commit":
            raise Crash

    changed = [row[:-1] + "9" for row in ALL]
    counted.database.probe = die
    with pytest.raises(Crash):
        counted.count(*changed)
    counted.database.probe = None
    assert counted.available("001_1", "DE") == 18
    assert counted.available("002_1", "DE") == 9
    clock.forward(60)
    report = counted.count(*changed)
    assert (report.resumed, report.imported) == (True, 5)
    assert counted.available("002_1", "DE") == 18
    assert counted.query("SELECT count(*) FROM stock_staging") == [(0,)]
    assert set(times(counted).values()) == {0}


def test_a_product_with_items_to_release_is_asked_about_although_it_does_not_change(counted):
    asked = []

    class Asks(NothingMoves):
        def products(self, import_id, after, last):
            return [number for number in (1,) if after < number <= last]

        def prepare(self, product_ids, import_id):
            asked.extend(product_ids)

    assert counted.count(*ALL, release=Asks()).imported == 5
    assert asked == [1]


def test_staged_rows_of_another_import_stay(counted, clock):
    class Crash(Exception):
        pass

    def die(statement):
        if statement == "bulk_done":
            raise Crash

    counted.database.probe = die
    with pytest.raises(Crash):
        counted.count("001_1,North,7")
    counted.database.probe = None
    counted.count("001_2,North,8")
    assert counted.query("SELECT count(*) FROM stock_staging") == [(1,)]
    clock.forward(1)
    assert clock.now % SECOND == 0


class Crash(Exception):
    """The process dies before a statement."""


def killed(shop, statement, *rows, **options):
    """Begin to import rows, and die before a statement."""

    def die(name):
        if name == statement:
            raise Crash

    shop.database.probe = die
    with pytest.raises(Crash):
        shop.count(*rows, **options)
    shop.database.probe = None


@pytest.mark.parametrize("statement", ["import_finish", "import_came_to"])
def test_what_was_killed_at_its_end_gives_the_time_of_its_count_when_taken_up(
    counted, clock, monkeypatch, statement
):
    monkeypatch.setattr(
        bulk, "HOUSES_FROM", min(bulk.HOUSES_FROM, 5)
    )  # as many as the file has, not as are left
    as_of, between = clock.now, clock.now - 30 * SECOND
    killed(counted, statement, *ALL, as_of=as_of)
    clock.forward(60)
    report = counted.count(*ALL, as_of=as_of)
    assert (report.resumed, report.imported) == (True, 5)
    assert counted.count(*[row[:-1] + "9" for row in ALL], as_of=between).imported == 0
    assert counted.available("001_1", "DE") == 3


@pytest.mark.parametrize("statement", ["house_total", "import_finish"])
def test_an_older_count_that_came_before_a_killed_import_went_on_is_overwritten(counted, clock, statement):
    if statement == "house_total" and bulk.HOUSES_FROM:
        pytest.skip("asked only where the time is told for a warehouse")
    as_of = clock.now
    killed(counted, statement, *ALL, as_of=as_of)
    counted.count("001_1,North,7", as_of=as_of - 30 * SECOND)
    clock.forward(60)
    report = counted.count(*ALL, as_of=as_of)
    assert (report.resumed, report.imported) == (True, 5)
    assert counted.available("001_1", "DE") == 3
    assert set(times(counted).values()) == {0}


def test_a_newer_count_that_came_before_a_killed_import_went_on_stays(counted, clock):
    as_of = clock.now
    killed(counted, "import_finish", *ALL, as_of=as_of)
    clock.forward(60)
    counted.count("001_1,North,7")
    report = counted.count(*ALL, as_of=as_of)
    assert [row.code for row in report.refused] == ["count_too_old"]
    assert counted.available("001_1", "DE") == 9
    assert times(counted)["001_1", "North"] == 60


def test_an_import_that_was_stopped_says_what_it_has_changed(counted, clock):
    before = history(counted)
    stops = Caller("test", stop=lambda: history(counted) > before)
    changed = [row[:-1] + "9" for row in ALL]
    as_of = clock.now
    path = counted.stock_file(*counts(changed))
    runtime = counted.runtime.for_caller(stops)
    first = import_stock(runtime, path, as_of, False, NothingMoves())
    second = counted.count(*changed, as_of=as_of)
    assert (first.complete, second.complete, second.resumed) == (False, True, True)
    assert first.changed > 0
    assert first.changed + second.changed == 5
    assert counted.value("SELECT changed FROM stock_import ORDER BY id DESC LIMIT 1") == 5


def test_what_was_staged_with_times_of_its_own_is_not_taken_up_with_another(counted, clock):
    path = counted.stock_file("001_1,North,1,0,0,2026-01-01T00:00:00Z")
    text = path.read_text().splitlines()
    path.write_text("\n".join([f"{text[0]},counted_at", *text[1:]]) + "\n")
    killed_at = clock.now
    os.utime(path, (killed_at // SECOND, killed_at // SECOND))

    def die(name):
        if name == "bulk_next":
            raise Crash

    counted.database.probe = die
    with pytest.raises(Crash):
        counted.load(path)
    counted.database.probe = None
    report = counted.load(path, as_of=killed_at)
    assert (report.resumed, report.imported, report.as_of) == (False, 1, to_datetime(killed_at))
    assert counted.engine.stock("001_1")[0].counted_at == to_datetime(killed_at)
