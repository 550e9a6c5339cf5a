"""Ages in the words of process timeouts: ``90 days``, ``36 hours``, ``P3M``."""

from __future__ import annotations

from dataclasses import replace

from engine.clock import LATEST, to_datetime, to_microseconds
from engine.duration import Duration, DurationInvalid, parse_duration
from engine.errors import InputError


def moment_before(now: int, age: str) -> int:
    """Return the moment so long before ``now``, both in UTC microseconds. Raises InputError for no age."""
    span = _span(age, "an age", "'90 days' or 'P3M'")
    back = replace(
        span,
        months=-span.months,
        days=-span.days,
        weekdays=-span.weekdays,
        microseconds=-span.microseconds,
        from_monday=False,
    )
    return to_microseconds(back.added_to(to_datetime(now)))


def moment_after(now: int, age: str) -> int:
    """Return the moment so long after ``now``, both in UTC microseconds. Raises InputError for no span of time."""
    try:
        span = _span(age, "a span of time", "'15 minutes' or 'PT15M'")
        found = to_microseconds(span.added_to(to_datetime(now)))
    except OverflowError:
        found = LATEST
    if found >= LATEST:
        raise InputError(f"{age!r} from now is beyond the year 9998")
    return found


def _span(text: str, noun: str, example: str) -> Duration:
    remedy = f"Write {noun} such as {example}."
    if not isinstance(text, str):
        raise InputError(f"not {noun}: {text!r} is no text", remedy=remedy)
    try:
        return parse_duration(text)
    except DurationInvalid as error:
        raise InputError(f"not {noun}: {error}", remedy=remedy) from None
