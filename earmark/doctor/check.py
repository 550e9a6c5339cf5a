"""What a check came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from earmark.words.text import count
from engine.errors import EarmarkError


class Status(StrEnum):
    """``warn`` asks for a look, ``error`` for a remedy before work goes on; ``skipped`` was not looked at."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` says how to mend it, ``more`` lists what it is about.

    ``code`` is that of the error when the look was refused.
    """

    check: str
    status: Status
    detail: str
    remedy: str = ""
    more: tuple[str, ...] = ()
    code: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return self.status is not Status.ERROR

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "check": self.check,
            "status": self.status.value,
            "ok": self.ok,
            "detail": self.detail,
            "remedy": self.remedy,
            "code": self.code,
            "more": list(self.more),
        }


def fine(name: str, detail: str, more: Sequence[str] = ()) -> Check:
    """Return a check without findings."""
    return Check(name, Status.OK, detail, more=tuple(more))


def warn(name: str, detail: str, remedy: str, more: Sequence[str] = ()) -> Check:
    """Return a check that asks for a look."""
    return Check(name, Status.WARN, detail, remedy, tuple(more))


def wrong(name: str, detail: str, remedy: str, more: Sequence[str] = ()) -> Check:
    """Return a check that found an error."""
    return Check(name, Status.ERROR, detail, remedy, tuple(more))


def refused(name: str, error: EarmarkError) -> Check:
    """Return a check whose finding is what the engine refused."""
    title, *listed = error.lines
    detail = f"{title} {'; '.join(text.strip() for text in listed)}" if listed else title
    return Check(name, Status.ERROR, detail, error.remedy, code=error.code)


def tried(name: str, look: Callable[[], Check]) -> Check:
    """Return what the look came to; what the engine refuses is the finding."""
    try:
        return look()
    except EarmarkError as error:
        return refused(name, error)


def span(microseconds: float) -> str:
    """Return a length of time for people: ``2 days``, ``3 h 20 min``, ``45 s``."""
    seconds = int(microseconds / 1_000_000)
    days, rest = divmod(seconds, 86_400)
    if days >= 2:
        return count(days, "day")
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes >= 2 else f"{timedelta(seconds=rest).seconds} s"
