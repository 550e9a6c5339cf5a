"""A clock that the demonstration sets: weeks of orders pass in seconds, and due timeouts are truly due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.api.values import to_datetime, to_microseconds


class DemoClock:
    """Gives UTC microseconds, as every clock of the engine; stands still between two ``go`` calls."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._now = to_microseconds(start)

    def __call__(self) -> int:
        """Return the present time of the demonstration."""
        return self._now

    @property
    def today(self) -> datetime:
        """The present time of the demonstration as an aware datetime."""
        return to_datetime(self._now)

    @property
    def day(self) -> int:
        """The day of the story; it begins on day 0."""
        return (self.today.date() - self._start.date()).days

    def go(self, day: int, hour: int, minute: int = 0) -> datetime:
        """Go on to an hour of a day counted from the start (day 0), and return that time.

        Raises ValueError for a time in the past: what has happened cannot be changed.
        """
        midnight = self._start.replace(hour=0, minute=0)
        wanted = to_microseconds(midnight + timedelta(days=day, hours=hour, minutes=minute))
        if wanted < self._now:
            raise ValueError(f"day {day}, {hour:02}:{minute:02} is before {self.today:%Y-%m-%d %H:%M}")
        self._now = wanted
        return self.today


def start_of_story(days: int, now: datetime | None = None) -> datetime:
    """Return the last Monday, at eight in the morning, from which a story of so many days ends by now.

    Always a Monday, because timeouts that count working days depend on it.
    """
    latest = (now or datetime.now(UTC)) - timedelta(days=days + 1)
    monday = latest - timedelta(days=latest.weekday())
    return monday.replace(hour=8, minute=0, second=0, microsecond=0)
