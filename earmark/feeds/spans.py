"""Spans of time as feeds say them: ``2 hours``."""

from __future__ import annotations

from engine.definition import DurationInvalid, parse_duration


def an_age(text: str) -> float:
    """Return the seconds of a span such as ``2 hours``. Raises ValueError where it has no fixed length."""
    try:
        exact = parse_duration(text).microseconds_if_exact
    except DurationInvalid as error:
        raise ValueError(f"{error}; write a span such as '2 hours'") from None
    if exact is None or exact < 0:
        raise ValueError(f"{text!r} has no fixed length; write seconds, minutes, hours, days or weeks")
    return exact / 1_000_000
