"""Seeing what an import would do before anything is stored, and what an import has done by groups."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.results import ForeseenAmount, ForeseenChange
from tests.helpers.clock import HOUR, MINUTE
from tests.helpers.shop import FeedRows

SALE = """
    states new paid* shipped* released
    new -> paid : pay
    paid -> shipped : ship
    shipped -> released : stock-update
"""
ASKED = SALE.replace("stock-update", "stock-update [free]")
TABLES = (
    "stock", "stock_change", "stock_import", "stock_staging", "order_item", "item_history", "transition_run",
    "availability", "abstract_availability", "reservation", "outbox", "item_claim",
)  # fmt: skip


def everything(shop) -> dict[str, list]:
    return {table: sorted(map(str, shop.query(f"SELECT * FROM {table}"))) for table in TABLES}


def shipped(shop, *lines, process="Sale"):
    items = shop.place(*lines, process=process)
    shop.trigger("pay", *items)
    shop.trigger("ship", *items)
    return items


def groups(rows) -> list[tuple]:
    return [tuple(list(row.as_dict().values())[:4]) for row in rows]


@pytest.fixture
def ten(shop):
    shop.stocked(tea_1=10, tea_2=10, mug_1=0)
    shop.deploy(SALE)
    return shop


def test_it_tells_what_would_change_and_nothing_stays(ten):
    (item,) = shipped(ten, "tea-1 4")
    ten.place("tea-2 6")
    ten.forward(HOUR)
    rows = ("tea-1,North,2", "tea-2,North,4", "mug-1,North,3", "tea-9,North,1")
    before = everything(ten)
    report = ten.feed(*rows, dry_run=True, feed="wms")
    assert everything(ten) == before
    assert (report.dry_run, report.complete, report.rows, report.imported, report.refused_rows) == (
        (True, True, 4, 3, 1)
    )
    foreseen = report.foreseen
    assert (foreseen.changed, foreseen.unchanged, foreseen.up, foreseen.down) == (3, 0, 3, 14)
    assert (foreseen.sells_out, foreseen.becomes_sellable, foreseen.becomes_short) == (
        2,
        2,
        2,
    )  # DE, and AT that shares
    assert ForeseenAmount("tea-2", "DE", Decimal(4), Decimal(0)) in foreseen.selling_out
    assert ForeseenAmount("mug-1", "DE", Decimal(0), Decimal(3)) in foreseen.becoming_sellable
    assert ForeseenAmount("tea-2", "DE", Decimal(0), Decimal(2)) in foreseen.becoming_short
    assert foreseen.changes[0] == ForeseenChange("tea-1", "North", Decimal(10), Decimal(2), 2)
    assert (report.released, groups(report.released_items)) == (1, [("Sale", "shipped", 1, item)])
    assert ten.engine.feed_runs() == []
    real = ten.feed(*rows, feed="wms")
    assert (real.changed, real.released, real.foreseen) == (report.changed, report.released, None)
    view = ten.engine.availability(["tea-2"], "DE")[0]
    assert (view.available, view.shortfall) == (0, 2)


def test_rows_that_change_nothing_are_counted(ten):
    foreseen = ten.feed("tea-1,North,10", "tea-2,North,9", dry_run=True).foreseen
    assert (foreseen.changed, foreseen.unchanged, foreseen.down) == (1, 1, 1)


@pytest.mark.parametrize("kind", ["available", "delta"])
def test_every_kind_is_foreseen(ten, kind):
    ten.place("tea-1 3")
    ten.forward(MINUTE)
    before = everything(ten)
    report = ten.feed("tea-1,North,5", "tea-2,North,-20", kind=kind, dry_run=True)
    assert everything(ten) == before
    assert report.foreseen.changes[0].after == (8 if kind == "available" else 15)
    assert [row.line for row in report.refused] == ([3] if kind == "delta" else [])
    assert ten.feed("tea-1,North,5", "tea-2,North,-20", kind=kind).changed == report.changed


def test_what_a_whole_file_does_not_name_and_a_guard_are_foreseen(ten):
    before = everything(ten)
    report = ten.feed("tea-1,North,10", whole=True, guards={"vanished": 0.1}, dry_run=True)
    assert everything(ten) == before
    assert (report.stopped.guard, report.zeroed, report.imported) == ("vanished", 1, 1)
    assert report.foreseen.changes == [ForeseenChange("tea-2", "North", Decimal(10), Decimal(0), None)]


def test_a_condition_is_not_asked_and_that_is_told(shop):
    shop.stocked(tea_1=10)
    shop.deploy(ASKED)
    asked = []
    shop.plugins.add_condition("free", lambda item, context: asked.append(item.id) or True)
    shipped(shop, "tea-1 2", "tea-1 1")
    shop.forward(HOUR)
    report = shop.feed("tea-1,North,7", dry_run=True)
    assert (report.released, report.kept, asked) == (0, 2, [])
    [kept] = report.kept_items
    assert (kept.reason, kept.items) == ("not_asked", 2)
    assert kept.message == "A condition or command decides, and a dry run asks none."
    assert shop.feed("tea-1,North,7").released == 2


def test_it_is_in_nobodys_way_and_what_a_crash_left_of_it_is_forgotten(ten, monkeypatch):
    inside = FeedRows("tea-1,North,4", dry := "tea-2,North,5")
    outer = FeedRows("tea-1,North,3")
    batches = outer.batches

    def meanwhile(latest, *, own_times):
        ten.feed(source=inside, dry_run=True)
        yield from batches(latest, own_times=own_times)

    monkeypatch.setattr(outer, "batches", meanwhile)
    assert ten.feed(source=outer).imported == 1
    ten.sql(
        "INSERT INTO stock_import (file, file_hash, as_of, started_at, lease_until, token, dry)"
        " VALUES ('x', 'x', 0, 0, 0, 'x', 1)"
    )
    ten.feed(dry, dry_run=True)
    assert ten.query("SELECT count(*) FROM stock_import WHERE dry = 1") == [(0,)]


def test_kept_items_are_told_with_the_reason(shop):
    shop.topology(
        warehouses=[{"name": "North"}, {"name": "South"}],
        stores=[{"name": "DE", "warehouses": ["North", "South"]}],
        products=[{"sku": "tea", "concretes": [{"sku": f"tea-{n}"} for n in (1, 2, 3)]}],
    )
    shop.restock("tea-1,North,10", "tea-2,North,10", "tea-2,South,10", "tea-3,North,10")
    shop.forward(MINUTE)
    shop.deploy(SALE)
    shop.deploy(ASKED, name="Asked")
    shop.plugins.add_condition("free", lambda item, context: item.quantity > 1)
    items = shipped(shop, "tea-1 1", "tea-1 2")
    items += shipped(shop, "tea-1 1", "tea-1 2", process="Asked")
    items += shipped(shop, "tea-2")
    shop.forward(HOUR)
    counted = shop.clock()
    shop.forward(MINUTE)
    items += shipped(shop, "tea-1")
    report = shop.feed("tea-1,North,7", "tea-2,North,9", as_of=counted)
    assert groups(report.released_items) == [
        ("Asked", "shipped", 1, items[3]),
        ("Sale", "shipped", 2, items[0]),
    ]
    assert groups(report.kept_items) == [
        ("Asked", "shipped", "condition_refused", 1),
        ("Sale", "shipped", "not_all_counted", 1),
        ("Sale", "shipped", "shipped_later", 1),
    ]
    assert [kept.first for kept in report.kept_items] == [items[2], items[4], items[5]]
    assert (report.released, report.kept) == (3, 3)
    old = shop.feed("tea-1,North,7", as_of=counted - 1)
    assert [kept.reason for kept in old.kept_items] == ["count_too_old", "count_too_old"]


def test_a_command_that_fails_is_a_reason(shop):
    shop.stocked(tea_1=10)
    shop.deploy(SALE + "event stock-update command=unload")
    items = shipped(shop, "tea-1 1", "tea-1 2")
    shop.command("unload", does=lambda item, _: 1 / 0 if item.id == items[0] else None)
    shop.forward(HOUR)
    report = shop.feed("tea-1,North,7")
    assert groups(report.kept_items) == [("Sale", "shipped", "command_failed", 1)]
    assert (report.released, report.kept) == (1, 1)


def test_what_a_feed_came_to_last_is_kept(ten):
    shipped(ten, "tea-1 4")
    ten.forward(HOUR)
    ten.feed("tea-2,North,5", feed="erp", kind="delta")
    ten.feed("tea-1,North,6", "tea-9,North,1", feed="wms")
    erp, wms = ten.engine.feed_runs()
    assert (erp.feed, erp.kind, erp.changed) == ("erp", "delta", 1)
    assert (wms.rows, wms.imported, wms.refused, wms.changed, wms.released, wms.kept) == (2, 1, 1, 1, 1, 0)
    assert wms.oldest_at == wms.as_of == wms.finished_at == wms.succeeded_at
    ten.forward(HOUR)
    ten.feed("tea-1,North,0", feed="wms", guards={"fallen": 0.2})
    stopped = ten.engine.feed_runs()[1]
    assert (stopped.stopped.guard, stopped.succeeded_at) == ("fallen", wms.finished_at)
    assert stopped.as_dict()["stopped"]["guard"] == "fallen"
