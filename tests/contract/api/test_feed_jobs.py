"""Jobs of feeds: files in the order of their counts, and addresses that are asked for what is new."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from earmark.feeds.model import Feed
from earmark.feeds.scheduled import FeedOfSettings
from engine.api import Caller
from engine.api.jobs import JobConfig, JobKind
from engine.errors import ConfigurationInvalid
from tests.helpers.clock import START
from tests.helpers.file_server import content, nothing, serving, with_tag

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
NOW_S = START // 1_000_000 + 3600
"""An hour after the shop was counted."""


def text(*rows, header=HEADER):
    return "\n".join([header, *rows, ""])


@pytest.fixture
def server():
    with serving() as found:
        yield found


@pytest.fixture
def run(two_stores):
    """Run the job of a feed that takes its files, or its answers, from the source."""
    two_stores.forward(3600)

    def run(source, *, engine=None, name="north", **more):
        feed = Feed(
            name=name,
            source=str(source),
            kind=more.pop("kind", "on_hand"),
            sku={"column": "concrete_sku"},
            quantity={"column": "quantity"},
            **{"http": {"tries": 1}, "warehouse": {"column": "name"}, **more},
        )
        job = JobConfig(kind=JobKind.STOCK_UPDATE, name=name, interval=60, feed=name)
        found = FeedOfSettings(feed)
        return (engine or two_stores.engine).run_job(job, feeds=lambda _name: found)

    return run


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()

    def put(name, content, age_s=600):
        (folder / name).write_text(content)
        os.utime(folder / name, (NOW_S - age_s, NOW_S - age_s))

    put.folder = folder
    return put


def on_hand(shop, sku="001_1"):
    return {row.warehouse: row.quantity for row in shop.engine.stock(sku)}


def record(shop):
    (row,) = shop.query("SELECT failing_since, error, report FROM feed_source WHERE feed = 'north'")
    return row


def test_files_are_taken_in_the_order_in_which_they_were_counted(two_stores, run, drop):
    header = f"{HEADER},counted_at"
    drop("a-late.csv", text("001_1,North,7,0,0,2026-01-01T00:59:00Z", header=header), age_s=30)
    drop("b-early.csv", text("001_1,North,8,0,0,2026-01-01T00:58:00Z", header=header), age_s=20)
    drop("c-none.csv", "no stock", age_s=10)
    report = run(drop.folder, counted_at={"column": "counted_at"})
    names = [Path(entry["file"]).name for entry in report.result["files"]]
    assert names == ["b-early.csv", "a-late.csv", "c-none.csv"]
    assert [entry.get("refused") for entry in report.result["files"]] == [0, 0, None]
    assert on_hand(two_stores)["North"] == 7
    assert sorted(path.name for path in drop.folder.glob("*/*.csv")) == [
        "a-late.csv", "b-early.csv", "c-none.csv",
    ]  # fmt: skip


def test_what_a_folder_holds_for_others_is_left(run, drop):
    drop(".half.csv", text("001_1,North,7,0,0"))
    drop("stock [1].csv", text("001_1,North,6,0,0"))
    report = run(drop.folder / "stock [1].csv")
    assert [entry["outcome"] for entry in report.result["files"]] == ["imported"]
    assert run(drop.folder).result["files"] == []


def test_an_address_is_asked_once_for_the_same_content(two_stores, run, server):
    server.says(with_tag(text("001_1,North,7,0,0"), '"1"', NOW_S - 60))
    report = run(server.url())
    (entry,) = report.result["files"]
    assert (report.outcome, entry["outcome"], entry["imported"]) == ("done", "imported", 1)
    assert entry["as_of"] == "2026-01-01T00:59:00Z"
    assert on_hand(two_stores)["North"] == 7
    again = run(server.url())
    assert (again.outcome, again.result) == ("done", {"files": [], "unchanged": server.url()})
    server.says(with_tag(text("001_1,North,6,0,0"), '"2"', NOW_S - 30))
    run(server.url())
    assert on_hand(two_stores)["North"] == 6


def test_other_settings_ask_for_the_whole_file_again(run, server):
    server.says(with_tag(text("001_1,North,7,0,0"), '"1"', NOW_S - 60))
    run(server.url())
    assert run(server.url(), decimal=",", thousands=".").result["files"][0]["repeated"]
    assert "if-none-match" not in server.asked[-1].headers
    assert run(server.url(), decimal=",", thousands=".").result["files"] == []


def test_an_answer_that_was_imported_before_a_crash_is_not_imported_again(two_stores, run, server):
    server.says(with_tag(text("001_1,North,7,0,0"), '"1"', NOW_S - 60))
    run(server.url())
    two_stores.sql("DELETE FROM feed_source")
    (entry,) = run(server.url()).result["files"]
    assert entry["repeated"]
    assert two_stores.value("SELECT count(*) FROM stock_import WHERE substr(file, 1, 4) = '127.'") == 1
    assert run(server.url()).result["files"] == []


def test_the_same_file_of_two_feeds_is_two_files(two_stores, run, server):
    server.says(with_tag(text("001_1,any,7,0,0"), '"1"', NOW_S - 60))
    for name in ("North", "South"):
        (entry,) = run(server.url(), name=name, warehouse={"constant": name}).result["files"]
        assert entry["imported"] == 1
    assert on_hand(two_stores) == {"North": 7, "South": 7}


def test_a_file_that_a_guard_stops_says_how_to_accept_it(two_stores, run, drop):
    drop("a b.csv", text("001_1,North,70000,0,0"))
    report = run(drop.folder, guards={"grown": 1.0})
    (entry,) = report.result["files"]
    assert (report.outcome, entry["outcome"], entry["error"]["code"]) == (
        "partly",
        "failed",
        "stopped_by_guard",
    )
    assert on_hand(two_stores)["North"] == 10
    place = drop.folder / "failed" / "a b.csv"
    assert entry["error"]["remedy"].endswith(f"right: earmark stock import '{place}' --feed north --accept")
    told = json.loads(Path(f"{place}.report.json").read_text())
    assert (told["guard"], told["report"]["stopped"]["guard"]) == ("grown", "grown")


def test_an_answer_that_a_guard_stops_is_told_until_it_is_accepted(two_stores, run, server):
    server.says(with_tag(text("001_1,North,70000,0,0"), '"1"', NOW_S - 60))
    for _ in range(2):
        (entry,) = run(server.url(), guards={"grown": 1.0}).result["files"]
        assert entry["error"]["remedy"].endswith("right: earmark stock import --feed north --accept")
    assert on_hand(two_stores)["North"] == 10


def test_a_delta_is_applied_once_however_often_it_comes(two_stores, run, drop):
    for name in ("a.csv", "b.csv"):
        drop(name, text("001_1,North,-3,0,0"))
    drop("c.csv", text("001_1,North,5,0,0"))
    entries = run(drop.folder, kind="delta").result["files"]
    assert [entry.get("repeated", False) for entry in entries] == [False, True, False]
    assert on_hand(two_stores)["North"] == 12


def test_stock_tells_which_feed_and_file_its_numbers_are_from(two_stores, run, drop):
    drop("a.csv", text("001_2,North,4,0,0", "001_1,North,7,0,0"))
    run(drop.folder)
    row = next(row for row in two_stores.engine.stock("001_1") if row.warehouse == "North")
    assert (row.feed, Path(row.file).name, row.line) == ("north", "a.csv", 3)
    drop("b.csv", text("001_1,North,7,0,0"), age_s=60)
    run(drop.folder)
    listed = {(row.sku, row.warehouse): row for row in two_stores.engine.stock_list().stock}
    again = listed["001_1", "North"]
    assert (Path(again.file).name, again.counted_at > row.counted_at) == ("a.csv", True)
    assert listed["001_1", "South"].feed is None
    two_stores.deploy("states new* released\nnew -> released : cancel")
    two_stores.place("001_1 9")
    drop("c.csv", text("001_1,North,2,0,0", "001_2,North,0,0,0"), age_s=10)
    run(drop.folder)
    (short, *_) = two_stores.engine.stock_list(short=True).stock
    assert (short.sku, Path(short.file).name) == ("001_1", "c.csv")
    sold_out = two_stores.engine.stock_list(sold_out=True, warehouse="North").stock
    assert [(row.sku, row.feed) for row in sold_out if row.feed] == [("001_1", "north")]


def test_health_tells_how_each_feed_is_doing(two_stores, run, drop, server):
    def feeds():
        health = two_stores.engine.health()
        return {one.feed: one for one in health.feeds}, health.now

    run(drop.folder, expected_every="1 hour")
    found, now = feeds()
    assert (found["north"].since, found["north"].late_us(now)) == (now, 0)
    drop("a.csv", text("001_1,North,7,0,0", "X,North,1,0,0"), age_s=60)
    run(drop.folder, expected_every="1 hour")
    two_stores.forward(2 * 3600)
    found, now = feeds()
    assert (found["north"].rows, found["north"].refused) == (2, 1)
    assert found["north"].late_us(now) == 3660 * 1_000_000
    drop("b.csv", text("001_1,North,70000,0,0"), age_s=0)
    run(drop.folder, guards={"grown": 1.0})
    found, now = feeds()
    assert "grow" in found["north"].stopped
    assert (found["north"].failing_since, found["north"].error["code"]) == (now, "stopped_by_guard")
    with (drop.folder / "failed" / "b.csv").open():
        two_stores.sql("UPDATE stock_import SET stopped = NULL, stopped_because = NULL, accepted = 1")
    assert feeds()[0]["north"].failing_since is None
    server.says(nothing)
    run(server.url(), name="hub")
    found, now = feeds()
    assert (found["hub"].failing_since, found["hub"].error["code"]) == (now, "source_unreachable")
    two_stores.forward(31 * 86400)
    assert feeds()[0] == {}


def test_a_live_answer_counts_anew_with_every_run(two_stores, run, server):
    server.says(with_tag(text("001_1,North,7,0,0"), '"1"', NOW_S - 60))
    for _ in range(2):
        (entry,) = run(server.url(), http={"live": True, "tries": 1}).result["files"]
        assert entry["imported"] == 1
        two_stores.forward(60)


def test_an_answer_that_is_refused_is_asked_for_again_until_it_is_good(two_stores, run, server):
    server.says(with_tag("no stock", '"1"', NOW_S - 60))
    for _ in range(2):
        report = run(server.url())
        assert (report.outcome, report.result["files"][0]["outcome"]) == ("partly", "failed")
    since, error, _ = record(two_stores)
    assert (since, json.loads(error)["code"]) == (NOW_S * 1_000_000, "input_invalid")
    assert "127.0.0.1/stock.csv" in json.loads(error)["message"]
    server.says(with_tag(text("001_1,North,7,0,0", "X,North,7,0,0"), '"2"', NOW_S - 60))
    (entry,) = run(server.url()).result["files"]
    assert (entry["refused"], entry["report"]["refused"][0]["code"]) == (1, "unknown_sku")
    since, error, report = record(two_stores)
    assert (since, error) == (None, None)
    assert json.loads(report)["refused"][0]["line"] == 3


def test_an_address_that_cannot_be_had_is_told_and_kept_with_its_time(two_stores, run, server):
    server.says(nothing)
    first = run(server.url())
    assert (first.outcome, first.error["code"]) == ("failed", "source_unreachable")
    two_stores.forward(60)
    run(server.url())
    since, error, _ = record(two_stores)
    assert (since, json.loads(error)["code"]) == (NOW_S * 1_000_000, "source_unreachable")
    server.says(content(text("001_1,North,7,0,0"), modified_s=NOW_S))
    assert run(server.url()).outcome == "done"
    assert record(two_stores)[0] is None


def test_an_answer_without_a_time_is_refused_while_items_wait_for_a_count(two_stores, run, server):
    server.says(content(text("001_1,North,7,0,0")))
    assert run(server.url()).outcome == "done"
    two_stores.deploy("states shipped* released\nshipped -> released : stock-update\nevent stock-update")
    two_stores.place("001_1")
    report = run(server.url())
    assert report.outcome == "partly"
    assert report.result["files"][0]["error"]["code"] == "time_invalid"


def test_a_run_that_is_stopped_while_it_asks_is_made_up(two_stores, run, server):
    server.says(nothing)
    stopping = two_stores.engine.for_caller(Caller("anna", stop=lambda: True))
    report = run(server.url(), engine=stopping, http={"tries": 3})
    assert report.outcome == "stopped"
    assert two_stores.query("SELECT failing_since FROM feed_source") == [(None,)]


def test_a_feed_that_has_nowhere_to_be_taken_from_is_no_job_s(run):
    with pytest.raises(ConfigurationInvalid, match="standard input, which a job has none of"):
        run("-")


def test_a_job_of_a_feed_needs_the_feeds(two_stores):
    job = JobConfig(kind=JobKind.STOCK_UPDATE, name="north", interval=60, feed="north")
    report = two_stores.engine.run_job(job)
    assert (report.outcome, report.error["code"]) == ("failed", "configuration_invalid")
