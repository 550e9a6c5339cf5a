"""The times of a crontab expression on the clock of a zone, also in the nights in which that clock is changed.

APScheduler finds the times on a clock that never changes; what becomes of them is decided here, as cron(8) does
for clocks that are set by less than three hours. A time that the clock leaves out runs at the first moment after
the gap, and a time that it shows twice runs the first time. A job with ``*`` as its minute or hour goes by the
clock instead: it runs whenever the clock shows one of its times, so it goes on through the repeated hour and makes
up nothing. Beyond cron, it makes up what was left out when the gap swallows all its times of a day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_EVERY = (re.compile(r"\*|(^|,)0+(-0*59\b|/)"), re.compile(r"\*|(^|,)0+(-0*23\b|/)"))
"""What makes a minute, and an hour, one that runs on and on: the star, or all values spelled out."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A clock is changed at ``moment`` (UTC), from one distance to UTC to another."""

    moment: datetime
    old: timedelta
    new: timedelta

    @property
    def gap(self) -> tuple[datetime, datetime]:
        """From which time of the clock to which, the second left out, it shows nothing; empty when set back."""
        shown = self.moment.replace(tzinfo=None)
        return shown + self.old, shown + self.new


class WallClockTimes:
    """When a clock in ``zone`` shows what a five-field crontab expression says; a trigger for APScheduler.

    Raises ValueError for an expression that is not readable.
    """

    def __init__(self, expression: str, zone: ZoneInfo) -> None:
        self._zone = zone
        self._shown = CronTrigger.from_crontab(expression, UTC)
        minute, hour = expression.split()[:2]
        self._goes_by_clock = bool(_EVERY[0].search(minute) or _EVERY[1].search(hour))

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first time at or after ``now``, and after the previous one; None when there is none.

        Times that passed without a run are left out: the records make them up, once.
        """
        since = now.astimezone(UTC)
        if previous_fire_time is not None:
            since = max(since, previous_fire_time.astimezone(UTC) + _TICK)
        return self._next(since)

    def _next(self, since: datetime) -> datetime | None:
        # A gap that ends at this very moment still counts: the search begins just before.
        seen = since - _TICK
        offset = self._offset(seen)
        shown = since.replace(tzinfo=None) + offset
        while (match := self._match(shown)) is not None:
            moment = (match - offset).replace(tzinfo=UTC)
            change = self._change(seen, moment)
            if change is None:
                if self._goes_by_clock or not moment.astimezone(self._zone).fold:
                    return moment
                seen, shown = moment, match + _TICK
            elif self._makes_up(match, change):
                return change.moment
            else:
                seen, offset = change.moment, change.new
                shown = change.gap[1]
        return None

    def _makes_up(self, match: datetime, change: _Change) -> bool:
        """Return whether the change leaves out the match, which has to run all the same."""
        start, end = change.gap
        # Where a whole day is left out, on its way across the date line, so are its times.
        if not start <= match < end or end - start >= _DAY:
            return False
        return not self._goes_by_clock or not self._runs_on(match, start, end)

    def _runs_on(self, match: datetime, start: datetime, end: datetime) -> bool:
        """Return whether the day of the match has a time outside of the gap."""
        midnight = datetime.combine(match.date(), datetime.min.time())
        first, after = self._match(midnight), self._match(end)
        return (first is not None and first < start) or (after is not None and after < midnight + _DAY)

    def _match(self, shown: datetime) -> datetime | None:
        """Return the first time of the expression at or after what a clock without changes shows."""
        match = self._shown.get_next_fire_time(None, shown.replace(tzinfo=UTC))
        return None if match is None else match.replace(tzinfo=None)

    def _offset(self, moment: datetime) -> timedelta:
        offset = moment.astimezone(self._zone).utcoffset()
        assert offset is not None  # a ZoneInfo always knows
        return offset

    def _change(self, after: datetime, until: datetime) -> _Change | None:
        """Return the first change of the clock after one moment and not after the other, if there is one."""
        offset = self._offset(after)
        while after < until:
            look = min(after + _DAY, until)
            if self._offset(look) != offset:
                while look - after > _TICK:
                    middle = after + (look - after) // 2
                    after, look = (middle, look) if self._offset(middle) == offset else (after, middle)
                return _Change(look, offset, self._offset(look))
            after = look
        return None


# What APScheduler takes as a trigger; its base class is not typed, and gives nothing but a name.
BaseTrigger.register(WallClockTimes)
