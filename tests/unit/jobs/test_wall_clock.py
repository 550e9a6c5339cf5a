"""Crontab expressions in the nights in which clocks are changed: fixed times run once, others go by the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.clock import to_microseconds
from engine.jobs.times import cron_times, interval_times, is_due

TICK = timedelta(microseconds=1)


def runs(cron, zone, first, days):
    """The times of the job, as the clock in the zone shows them, in so many days from the midnight of the first."""
    local = ZoneInfo(zone)
    start = datetime.fromisoformat(first).replace(tzinfo=local)
    end = (start + timedelta(days=days)).astimezone(UTC)
    times, found, now = cron_times(cron, zone), [], start.astimezone(UTC)
    while (now := times.get_next_fire_time(None, now)) < end:
        found.append(now.astimezone(local).strftime("%d %H:%M %z"))
        now += TICK
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "first", "expected"),
    [
        # the hour from two to three does not exist, and comes twice
        ("30 2 * * *", "Europe/Berlin", "2026-03-28", ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24", ["24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100"]),
        # several times in the gap are one run, together with what is due at its end
        ("0,30 2 * * *", "Europe/Berlin", "2026-03-29", ["29 03:00 +0200", "30 02:00 +0200", "30 02:30 +0200"]),
        ("30 2,3 * * sun", "Europe/Berlin", "2026-03-28", ["29 03:00 +0200", "29 03:30 +0200"]),
        ("0 2,3 * * sun", "Europe/Berlin", "2026-03-28", ["29 03:00 +0200"]),
        # half an hour
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["04 02:30 +1100", "05 02:15 +1100"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["05 01:45 +1100", "06 01:45 +1030"]),
        # midnight does not exist; 23 o'clock comes twice; the gap ends with the day
        ("0 0 * * *", "America/Santiago", "2026-09-05", ["05 00:00 -0400", "06 01:00 -0300", "07 00:00 -0300"]),
        ("30 23 * * *", "America/Santiago", "2026-04-04", ["04 23:30 -0300", "05 23:30 -0400"]),
        ("0 0 * * *", "Asia/Beirut", "2026-03-29", ["29 01:00 +0300", "30 00:00 +0300"]),
        ("0 0 * * *", "Asia/Beirut", "2026-10-24", ["24 00:00 +0300", "25 00:00 +0200"]),
        ("30 23 * * *", "America/Nuuk", "2026-03-27", ["27 23:30 -0200", "29 00:00 -0100", "29 23:30 -0100"]),
        # days of the month and of the week
        ("30 2 29 * *", "Europe/Berlin", "2026-03-28", ["29 03:00 +0200"]),
        ("30 0 * * sun", "America/Santiago", "2026-09-05", ["06 01:00 -0300"]),
        ("30 2 28,30 * *", "Europe/Berlin", "2026-03-28", ["28 02:30 +0100", "30 02:30 +0200"]),
        # by the clock: nothing is made up, unless the day would have no run
        ("30 0-3/1 * * sun", "Europe/Berlin", "2026-03-28", ["29 00:30 +0100", "29 01:30 +0100", "29 03:00 +0200"]),
        ("30 * * * sun", "Europe/Berlin", "2026-03-28", ["29 00:30 +0100", "29 01:30 +0100", "29 03:30 +0200"]),
        ("*/30 2 * * *", "Europe/Berlin", "2026-03-29", ["29 03:00 +0200", "30 02:00 +0200", "30 02:30 +0200"]),
        ("*/30 2,4 * * sun", "Europe/Berlin", "2026-03-28", ["29 04:00 +0200", "29 04:30 +0200"]),
        # Samoa had no 30 December, so nothing of that day is made up
        ("30 2 * * *", "Pacific/Apia", "2011-12-29", ["29 02:30 -1000", "31 02:30 +1400"]),
        ("30 2 * * *", "UTC", "2026-03-29", ["29 02:30 +0000", "30 02:30 +0000"]),
    ],
)  # fmt: skip
def test_times_in_the_nights_of_a_change(cron, zone, first, expected):
    assert runs(cron, zone, first, 3)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("cron", "zone", "spring", "autumn"),
    [
        ("*/15 * * * *", "Europe/Berlin", 92, 100),
        ("0 * * * *", "Europe/Berlin", 23, 25),
        ("7 0-23 * * *", "Europe/Berlin", 23, 25),
        ("0-59/15 2-3 * * *", "Europe/Berlin", 4, 12),
        ("0 */2 * * *", "Europe/Berlin", 11, 13),
        ("0 0/2 * * *", "Europe/Berlin", 11, 13),
        ("*/10 * * * *", "Australia/Lord_Howe", 141, 147),
        ("* * * * *", "Antarctica/Troll", 22 * 60, 26 * 60),
    ],
)
def test_a_job_of_every_so_often_goes_on_through_the_repeated_hour(cron, zone, spring, autumn):
    south = zone == "Australia/Lord_Howe"
    short, long = ("2026-10-04", "2026-04-05") if south else ("2026-03-29", "2026-10-25")
    assert (len(runs(cron, zone, short, 1)), len(runs(cron, zone, long, 1))) == (spring, autumn)


def test_a_scheduler_that_was_down_over_the_change_makes_the_night_up_once():
    berlin = cron_times("30 2 * * *", "Europe/Berlin")

    def at(text):
        return to_microseconds(datetime.fromisoformat(text))

    gap_ends = at("2026-03-29T01:00:00+00:00")
    assert not is_due(berlin, at("2026-03-28T01:30:00+00:00"), gap_ends - 1)
    assert is_due(berlin, at("2026-03-28T01:30:00+00:00"), gap_ends)
    assert is_due(berlin, gap_ends - 1, at("2026-03-29T05:00:00+00:00"))
    assert not is_due(berlin, gap_ends, at("2026-03-29T05:00:00+00:00"))
    # down from 02:15 until the clock shows 02:45 for the second time
    assert is_due(berlin, at("2026-10-25T00:15:00+00:00"), at("2026-10-25T01:45:00+00:00"))
    assert not is_due(berlin, at("2026-10-25T00:30:00+00:00"), at("2026-10-25T05:00:00+00:00"))


def test_an_interval_knows_no_change_of_clocks():
    hourly, now = interval_times(3600), datetime(2026, 3, 28, tzinfo=UTC)
    found = []
    for _ in range(48):
        now = hourly.get_next_fire_time(None, now) + TICK
        found.append(now - TICK)
    assert found == [datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=hour) for hour in range(48)]


def test_the_next_time_is_after_the_one_before():
    times, now = cron_times("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert times.get_next_fire_time(None, now) == now
    assert times.get_next_fire_time(now, now) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
