"""Crontab expressions next to a clock that is looked at every minute, in weeks in which it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import to_microseconds
from engine.jobs.times import cron_times, is_due

ZONES = (
    "Europe/Berlin", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "America/Nuuk", "America/Havana",
    "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll", "Pacific/Easter", "America/St_Johns", "Asia/Gaza",
    "Asia/Pyongyang", "America/Caracas",
)  # fmt: skip
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def changes(zone: str) -> list[datetime]:
    """The moments, to the day before, at which the clock of the zone was or will be changed."""
    local, start = ZoneInfo(zone), datetime(2014, 1, 1, tzinfo=UTC)
    days = [start + n * DAY for n in range(5000)]
    return [d for d in days if d.astimezone(local).utcoffset() != (d + DAY).astimezone(local).utcoffset()]


@dataclass(frozen=True)
class Cron:
    """An expression, and what it means, told apart from what reads it."""

    minute: str
    hour: str
    day: str
    weekday: str
    minutes: frozenset[int]
    hours: frozenset[int]

    @property
    def text(self) -> str:
        return f"{self.minute} {self.hour} {self.day} * {self.weekday}"

    @property
    def goes_by_clock(self) -> bool:
        return "*" in self.minute + self.hour

    def matches(self, shown: datetime) -> bool:
        in_day = shown.minute in self.minutes and shown.hour in self.hours
        on_day = self.day in ("*", str(shown.day))
        return in_day and on_day and self.weekday in ("*", WEEKDAYS[shown.weekday()])


def field(size: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    values = st.frozensets(st.integers(0, size - 1), min_size=1, max_size=3)
    steps = st.integers(1, size // 2)
    return st.one_of(
        values.map(lambda chosen: (",".join(map(str, sorted(chosen))), chosen)),
        steps.map(lambda n: (f"*/{n}", frozenset(range(0, size, n)))),
    )


@st.composite
def crons(draw: st.DrawFn) -> Cron:
    # Mostly the small hours, in which clocks are changed.
    hour = draw(st.one_of(st.integers(0, 3).map(lambda h: (str(h), frozenset([h]))), field(24)))
    minute = draw(field(60))
    day = draw(st.sampled_from(["* *"] * 4 + [f"* {name}" for name in WEEKDAYS] + ["29 *", "5 *"]))
    return Cron(minute[0], hour[0], *day.split(), minutes=minute[1], hours=hour[1])


weeks = st.sampled_from(ZONES).flatmap(
    lambda zone: st.tuples(st.just(zone), st.sampled_from(changes(zone)).map(lambda day: day - 2 * DAY))
)


def every_minute(zone: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Moments of five days, with what the clock shows."""
    local = ZoneInfo(zone)
    for n in range(5 * 24 * 60):
        moment = start + n * MINUTE
        yield moment, moment.astimezone(local).replace(tzinfo=None, fold=0)


def expected(cron: Cron, zone: str, start: datetime) -> list[datetime]:
    """When the job is to run in the five days, found by looking at the clock every minute."""
    shown_at = list(every_minute(zone, start))
    days = {shown.date() for _, shown in shown_at if cron.matches(shown)}
    seen: set[datetime] = set()
    before, runs = shown_at[0][1] - MINUTE, []
    for moment, shown in shown_at:
        left_out = (before + n * MINUTE for n in range(1, (shown - before) // MINUTE))
        owed = any(cron.matches(t) and (not cron.goes_by_clock or t.date() not in days) for t in left_out)
        if owed or (cron.matches(shown) and (cron.goes_by_clock or shown not in seen)):
            runs.append(moment)
        seen.add(shown)
        before = shown
    return runs


def found(cron: str, zone: str, start: datetime) -> list[datetime]:
    """When the job runs in the five days."""
    times, runs, now = cron_times(cron, zone), [], start
    while (moment := times.get_next_fire_time(None, now)) is not None and moment < start + 5 * DAY:
        runs.append(moment)
        now = moment + timedelta(microseconds=1)
    return runs


@settings(max_examples=150)
@given(cron=crons(), week=weeks, asked=st.lists(st.integers(0, 5 * 24 * 60), min_size=2, max_size=2))
def test_a_job_runs_when_the_clock_says_so(cron: Cron, week: tuple[str, datetime], asked: list[int]) -> None:
    zone, start = week
    runs = expected(cron, zone, start)
    assert found(cron.text, zone, start) == runs

    covered, now = (start + minutes * MINUTE for minutes in sorted(asked))
    due = any(covered < moment <= now for moment in runs)
    assert is_due(cron_times(cron.text, zone), to_microseconds(covered), to_microseconds(now)) is due


@settings(max_examples=150)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59), week=weeks)
def test_a_fixed_time_runs_once_for_every_day(hour: int, minute: int, week: tuple[str, datetime]) -> None:
    zone, start = week
    local = ZoneInfo(zone)
    runs = found(f"{minute} {hour} * * *", zone, start)
    # A gap that ends with its day, as in Nuuk, is made up when the next one begins: it is still that day's run.
    days = [_day_of(moment, local, hour, minute) for moment in runs]
    assert days == [days[0] + n * DAY for n in range(len(days))] and len(days) in (4, 5, 6)


def _day_of(moment: datetime, local: ZoneInfo, hour: int, minute: int) -> date:
    shown = moment.astimezone(local)
    if (shown.hour, shown.minute) == (hour, minute):
        return shown.date()
    return (moment - timedelta(microseconds=1)).astimezone(local).date() if shown.hour == 0 else shown.date()
