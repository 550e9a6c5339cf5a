"""Spans of time in words."""

from __future__ import annotations

from datetime import datetime

from earmark.words.text import count

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def age_text(seconds: float) -> str:
    """Return a span as a person says it, in the largest unit of which there are at least two: ``26 hours``."""
    for length, unit in _UNITS:
        if seconds >= 2 * length:
            return count(int(seconds // length), unit)
    return count(int(seconds), "second")


def short_age(seconds: float) -> str:
    """Return a span in one short word: ``26h``."""
    number, unit = age_text(seconds).split()
    return f"{number}{unit[0]}"


def time_text(moment: datetime) -> str:
    """Return a UTC time to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
