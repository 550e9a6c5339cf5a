"""A clock that tests move by hand."""

from __future__ import annotations

START = 1_767_225_600_000_000
"""Where the clock starts: 2026-01-01T00:00:00Z in microseconds."""

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class SettableClock:
    """A clock that stands still until a test moves it (microseconds)."""

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> int:
        self.now += round(seconds * 1_000_000)
        return self.now
