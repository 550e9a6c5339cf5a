"""When a job is due: crontab expressions and intervals, as triggers for APScheduler."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.clock import EPOCH, to_datetime
from engine.nouns import count


class Times(Protocol):
    """The part of an APScheduler trigger that is used here."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first time at or after ``now``, None when there is none."""


def cron_times(expression: str, timezone: str) -> Times:
    """Return the times of a five-field crontab expression. Raises ValueError for one that is not readable.

    Two spellings mean different things to different schedulers and are refused: weekdays as numbers (0 is
    Sunday to cron, Monday to APScheduler), and a day of the month together with a weekday (cron takes either,
    APScheduler both).
    """
    from engine.jobs.wall_clock import WallClockTimes

    fields = expression.split()
    if len(fields) != 5:
        raise ValueError(
            f"{expression!r} has {count(len(fields), 'field')}; cron has five: minute hour day month weekday"
        )
    day, weekday = fields[2], fields[4]
    if re.search(r"\d", weekday.partition("/")[0]):
        raise ValueError(
            f"{expression!r} counts weekdays by number; write mon, tue, wed, thu, fri, sat or sun"
        )
    if day not in ("*", "?") and weekday not in ("*", "?"):
        raise ValueError(f"{expression!r} names a day of the month and a weekday; name one of them")
    try:
        times = WallClockTimes(expression.replace("?", "*"), ZoneInfo(timezone))
    except ValueError as error:
        raise ValueError(f"{expression!r} is not a crontab expression: {error}") from None
    if times.get_next_fire_time(None, EPOCH) is None:
        raise ValueError(f"{expression!r} is never due")
    return times


def interval_times(seconds: float) -> Times:
    """Return the times of an interval."""
    from apscheduler.triggers.interval import IntervalTrigger

    # Counted from one fixed moment, so that the hosts that share a database agree on what is due.
    times: Times = IntervalTrigger(seconds=seconds, start_date=EPOCH, timezone=ZoneInfo("UTC"))
    return times


def is_due(times: Times, covered: int, now: int) -> bool:
    """Return whether there is a time after ``covered`` and not after ``now`` (UTC microseconds)."""
    following = times.get_next_fire_time(None, to_datetime(covered + 1))
    return following is not None and following <= to_datetime(now)
