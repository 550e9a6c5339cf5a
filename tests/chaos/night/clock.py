"""One clock for all processes of a night: a number in a file."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.clock import START

SECOND = 1_000_000


class SharedClock:
    """Tells the time (UTC microseconds) that the file has; whoever plays the night moves it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        if not self._path.exists():
            self._set(START)

    def __call__(self) -> int:
        return int(self._path.read_text())

    def forward(self, seconds: float) -> int:
        """Move it on; return the new time."""
        now = self() + round(seconds * SECOND)
        self._set(now)
        return now

    def _set(self, now: int) -> None:
        other = self._path.with_suffix(".new")
        other.write_text(str(now))
        other.replace(self._path)
