"""What doctor says of feeds: late, failing, stopped, partly refused, and two that contradict each other."""

from dataclasses import replace

from earmark.doctor.arrivals import arrivals
from earmark.doctor.check import Status
from earmark.feeds.model import Feed
from engine.results import FeedHealth, Health

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
NOW = 1_767_225_600_000_000
QUIET = Health(NOW, (), (), (), (), 0, (), 0)
GOOD = FeedHealth("north", NOW - 60 * MINUTE, NOW - 50 * MINUTE, 100, 0, None, NOW - 9 * DAY, DAY)


def feed(name="north", **more):
    return Feed(
        name=name,
        kind="on_hand",
        sku={"column": "sku"},
        quantity={"column": "quantity"},
        **{"warehouse": {"constant": "North"}, **more},
    )


def check(*found, configured=None):
    return arrivals(replace(QUIET, feeds=found), (feed(),) if configured is None else configured)


def test_feeds_that_give_their_counts_are_in_order():
    assert (check(GOOD).status, check(GOOD).detail) == (Status.OK, "1 feed, nothing late or refused")
    assert check(GOOD).more == ("north: counted 1 h 0 min ago, 100 rows",)
    assert check().more == ("north: nothing came yet",)
    assert check(configured=()).detail == "none configured"


def test_a_count_that_does_not_come_is_late():
    late = check(replace(GOOD, counted_at=NOW - 3 * DAY))
    assert (late.status, late.detail) == (Status.WARN, "north: late by 2 days: the last count is 3 days old")
    never = check(replace(GOOD, counted_at=None))
    assert never.detail == "north: late by 8 days: none came yet"
    assert check(replace(GOOD, counted_at=NOW - 3 * DAY, expected_us=None)).status is Status.OK


def test_what_cannot_be_imported_is_told_with_since_when_and_why():
    error = {"code": "source_unreachable", "message": "https://wms.example/ cannot be had", "remedy": ""}
    told = check(replace(GOOD, failing_since=NOW - 90 * MINUTE, error=error))
    assert told.detail == (
        "north: for 1 h 30 min nothing could be imported: https://wms.example/ cannot be had"
    )


def test_a_file_that_was_stopped_or_partly_refused_is_told():
    assert "stopped by a guard: half of it fell" in check(replace(GOOD, stopped="half of it fell")).detail
    assert check(replace(GOOD, refused=7)).detail == (
        "north: of 100 rows of the last file 7 were refused (7%)"
    )


def test_a_feed_that_is_configured_no_more_is_not_told():
    gone = replace(GOOD, feed="south", counted_at=NOW - 9 * DAY)
    assert check(GOOD, gone).status is Status.OK


def test_two_feeds_that_are_whole_for_one_warehouse_are_told():
    both = (feed("a", whole=True), feed("b", whole=True, warehouses=("North",)), feed("c"))
    assert "a and b are both whole = true for North" in check(configured=both).detail
