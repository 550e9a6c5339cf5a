"""The time of a count as the feed's files tell it: in its format and zone, in one column or in several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from zoneinfo import ZoneInfo

from earmark.feeds.model import CountedAt
from earmark.feeds.records import same_name
from engine.api.values import format_time, to_datetime

_EPOCHS = {"epoch": 1_000_000, "epoch-ms": 1000}

TimeText = Callable[[int], str]
"""Turns a time, UTC microseconds, into what stands in a column."""


def formats_of(part: CountedAt) -> tuple[str, ...]:
    """Return the format of each column of the time, in their order; none where it cannot be taken apart."""
    if part.column is not None:
        return (part.format,)
    pieces = tuple(part.format.split(" "))
    return pieces if part.join and len(pieces) == len(part.join) and part.format not in _EPOCHS else ()


def format_in(part: CountedAt | None, column: str) -> str:
    """Return the format in the column of that name: that of its part of a time in several, else all of it."""
    if part is None:
        return "iso"
    pieces = dict(zip(map(same_name, part.join), formats_of(part), strict=False))
    return pieces.get(same_name(column), part.format)


def time_text(part: CountedAt | None, form: str = "iso") -> TimeText:
    """Return what writes times in a format of ``counted_at``, in the zone of the feed."""
    if (unit := _EPOCHS.get(form)) is not None:
        return lambda moment: str(moment // unit)
    if form == "iso":
        return lru_cache(4096)(format_time)
    zone = UTC if part is None or part.timezone is None else ZoneInfo(part.timezone)

    @lru_cache(4096)
    def written(moment: int) -> str:
        return to_datetime(moment).astimezone(zone).strftime(form)

    return written
