"""Time: UTC microseconds since 1970 in the database, aware datetimes at the edge; the clock is passed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from engine.errors import TimeInvalid

Clock = Callable[[], int]
"""Returns the present time in UTC microseconds since 1970-01-01."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
"""Microseconds in a second."""

EARLIEST = 0
"""The earliest time that is taken from outside: 1970-01-01. What was before, nobody counted with this."""

LATEST = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
"""The first time that is no longer taken: a year more, and an offset leads out of what can be written."""


def system_clock() -> int:
    """Return the host's time in UTC microseconds."""
    return time.time_ns() // 1000


def to_datetime(microseconds: int) -> datetime:
    """Return the aware UTC datetime."""
    return EPOCH + timedelta(microseconds=microseconds)


def to_microseconds(moment: datetime) -> int:
    """Return UTC microseconds of an aware datetime."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def format_time(microseconds: int) -> str:
    """Return ISO 8601 in UTC with a Z, microseconds only where there are any."""
    return to_datetime(microseconds).isoformat().replace("+00:00", "Z")


def in_range(microseconds: int) -> bool:
    """Return whether a time is one that is taken from outside: of the years 1970 to 9998."""
    return EARLIEST <= microseconds < LATEST


def parse_time(text: str) -> int:
    """Return UTC microseconds of an ISO 8601 time with offset.

    Raises TimeInvalid for what is none, and for a time that is not of the years 1970 to 9998.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TimeInvalid(f"{text!r} is not a time") from None
    if moment.tzinfo is None:
        raise TimeInvalid(f"{text!r} has no offset")
    if not in_range(found := to_microseconds(moment)):
        raise TimeInvalid(f"{text!r} is not of the years 1970 to 9998")
    return found
