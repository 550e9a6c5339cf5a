"""Timeout texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.definition import Duration, DurationInvalid, parse_duration

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1 hour", HOUR),
        ("1hour", HOUR),
        ("2 Hours", 2 * HOUR),
        ("14days", 14 * DAY),
        ("+5 days", 5 * DAY),
        ("+ 5 days", 5 * DAY),
        ("1 day 2 hours", 26 * HOUR),
        ("1 day + 12 hours", 36 * HOUR),
        ("1 day, 2 hours", 26 * HOUR),
        ("1day2hours", 26 * HOUR),
        ("1 hour -10 minutes", 50 * MINUTE),
        ("30 minutes ago 1 hour 40 minutes", 70 * MINUTE),
        ("20min", 20 * MINUTE),
        ("30 mins", 30 * MINUTE),
        ("1 sec", SECOND),
        ("1 secs", SECOND),
        ("3 second", 3 * SECOND),
        ("500 ms", SECOND // 2),
        ("500 msec", SECOND // 2),
        ("7 milliseconds", 7_000),
        ("5 µs", 5),
        ("5 usec", 5),
        ("5 microseconds", 5),
        ("1 week", 7 * DAY),
        ("2weeks", 14 * DAY),
        ("1 fortnight", 14 * DAY),
        ("first week", 7 * DAY),
        ("third day", 3 * DAY),
        ("second hour", 2 * HOUR),
        (" 1 minute ", MINUTE),
        ("PT20M", 20 * MINUTE),
        ("P1DT2H", 26 * HOUR),
        ("P2W", 14 * DAY),
        ("PT1.5S", 1_500_000),
        ("PT90S", 90 * SECOND),
        ("PT0H1S", SECOND),
    ],
)
def test_a_span_of_the_same_length_from_every_start(text, microseconds):
    duration = parse_duration(text)
    assert duration.microseconds_if_exact == microseconds
    start = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert duration.added_to(start) == start + timedelta(microseconds=microseconds)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 month", "2026-01-15T10:00", "2026-02-15T10:00"),
        ("1 month", "2026-01-31T10:00", "2026-02-28T10:00"),
        ("1 month", "2028-01-31T10:00", "2028-02-29T10:00"),
        ("1 year", "2028-02-29T00:00", "2029-02-28T00:00"),
        ("P1Y2M3D", "2026-01-31T00:00", "2027-04-03T00:00"),
        ("1 month 1 day", "2026-01-31T00:00", "2026-03-01T00:00"),
        ("next month", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("1 weekday", "2026-05-15T15:00", "2026-05-18T15:00"),
        ("1 weekday", "2026-05-16T15:00", "2026-05-18T15:00"),
        ("3 weekdays", "2026-05-11T15:00", "2026-05-14T15:00"),
        ("5 weekdays", "2026-05-13T15:00", "2026-05-20T15:00"),
        ("5 weekdays", "2026-05-17T15:00", "2026-05-22T15:00"),
        ("11 weekdays", "2026-05-15T15:00", "2026-06-01T15:00"),
        ("10 days -1 weekday", "2026-05-08T15:00", "2026-05-15T15:00"),
    ],
)
def test_a_span_that_depends_on_the_calendar(text, start, end):
    duration = parse_duration(text)
    assert duration.microseconds_if_exact is None
    assert duration.added_to(datetime.fromisoformat(start)) == datetime.fromisoformat(end)


def test_arithmetic_is_in_utc():
    start = datetime(2026, 1, 31, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    end = parse_duration("1 month").added_to(start)
    assert end == datetime(2026, 2, 28, 22, 30, tzinfo=UTC)
    assert end.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "0 days",
        "-1 day",
        "1 day ago",
        "1 hour -60 minutes",
        "this week",
        "last month",
        "soon",
        "1",
        "days",
        "1 lightyear",
        "1.5 hours",
        "one day",
        "tomorrow",
        "next monday",
        "noon",
        "1 day and 2 hours",
        "1 day;",
        "P",
        "PT",
        "P1DT",
        "P1H",
        "PT0S",
        "P-1D",
        "p1d",
        "101 years",
        "99999999999999999999 days",
        "9999999999999 months",
        "1200 months -36000 days",
        "1 mss",
        "١ day",
        "1 day\x00",
    ],
)
def test_what_is_no_span_longer_than_zero_is_refused_with_a_sentence(text):
    with pytest.raises(DurationInvalid) as raised:
        parse_duration(text)
    assert not text.strip() or text.strip() in str(raised.value)


def test_the_end_of_the_calendar_is_an_overflow():
    for text in ("1 month", "1 day", "1 weekday", "1 second"):
        with pytest.raises(OverflowError):
            parse_duration(text).added_to(datetime(9999, 12, 31, 23, 59, 59, 999_999))


def test_a_duration_is_a_value():
    assert parse_duration("1 day") == parse_duration("P1D") == Duration(days=1)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-11-22", "2026-11-23"), ("2026-11-23", "2026-11-30"), ("2026-11-28", "2026-11-30")],
)
def test_next_week_is_its_monday_at_the_same_time_of_day(start, end):
    duration = parse_duration("next week")
    assert duration.microseconds_if_exact is None
    at = duration.added_to(datetime.fromisoformat(f"{start}T15:30:00+00:00"))
    assert at == datetime.fromisoformat(f"{end}T15:30:00+00:00")


def test_what_may_lie_before_its_start_is_no_span():
    for text in ("this week", "this week 3 days", "last week"):
        with pytest.raises(DurationInvalid):
            parse_duration(text)
    assert parse_duration("this week 7 days").from_monday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("15m", '"15 min"'),
        ("1s", '"1 sec"'),
        ("1h", '"1 hour"'),
        ("1h30m", '"1 hour 30 min"'),
        ("+2 wks", '"2 weeks"'),
        ("21", '"21 days" or "21 min"'),
    ],
)
def test_what_was_probably_meant_is_suggested(text, meant):
    with pytest.raises(DurationInvalid, match=f"did you mean {meant}"):
        parse_duration(text)
