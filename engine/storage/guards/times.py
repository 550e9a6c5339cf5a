"""Times of guards in SQL: microseconds since 1970 in UTC, spans in microseconds, zones by their changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.clock import SECOND, to_microseconds
from engine.storage.guards.shapes import Untranslatable, Value
from engine.storage.guards.spelling import Spelling

LONGEST_SPAN = 9_223_372_036_854_775
"""The longest span that the language knows, in microseconds: 292 years."""

FIRST, LAST = -62_135_596_800 * SECOND, 253_402_300_800 * SECOND
"""The years 1 to 9999, in microseconds; the end is not one of them."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_SPAN = re.compile(r"(-?)(?:(\d{1,7})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
_ZONED = (datetime(2010, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))
"""Within these times the database knows zones; Python knows them always."""

_DAY = 86_400 * SECOND
_CLOCKED = {
    "getHours": (3_600 * SECOND, 24),
    "getMinutes": (60 * SECOND, 60),
    "getSeconds": (SECOND, 60),
    "getMilliseconds": (1_000, 1_000),
}
_DATED = {
    "getFullYear": ("year", 0),
    "getMonth": ("month", 1),
    "getDate": ("day", 0),
    "getDayOfMonth": ("day", 1),
    "getDayOfYear": ("doy", 1),
}


def time_of(text: str) -> int:
    """Return a time as it is written. Raises Untranslatable for what is finer, or written in another way."""
    if not _TIME.fullmatch(text):
        raise Untranslatable
    try:
        return to_microseconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Untranslatable from None


def span_of(text: str) -> int:
    """Return a span as it is written, in microseconds. Raises Untranslatable."""
    match = _SPAN.fullmatch(text)
    if not match or not any(match.groups()[1:]):
        raise Untranslatable
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    span = (hours * 3600 + minutes * 60 + seconds) * SECOND
    if span > LONGEST_SPAN:
        raise Untranslatable
    return -span if match[1] else span


def within(sql: str, low: int, high: int, spelling: Spelling) -> str:
    """Return an int where it lies within these bounds, else NULL."""
    return f"CASE WHEN {sql} BETWEEN {spelling.number(low)} AND {spelling.number(high)} THEN {sql} END"


def part_of(name: str, time: Value, zone: str | None, spelling: Spelling) -> Value:
    """Return a part of a time, such as ``getHours``, in a zone. Raises Untranslatable."""
    local = time.sql if zone is None else _local(time.sql, zone, spelling)
    whole = f"({local} + {spelling.number(-FIRST)})"
    if name in _CLOCKED:
        unit, most = _CLOCKED[name]
        sql = f"({whole} / {spelling.number(unit)} {spelling.percent} {spelling.number(most)})"
        return Value(sql, "int", low=0, high=most)
    if name == "getDayOfWeek":  # the first day was a Monday
        sql = f"(({whole} / {spelling.number(_DAY)} + 1) {spelling.percent} 7)"
        return Value(sql, "int", low=0, high=6)
    if name not in _DATED:
        raise Untranslatable
    part, less = _DATED[name]
    seconds = f"({whole} / {spelling.number(SECOND)} - {spelling.number(-FIRST // SECOND)})"
    return Value(f"({spelling.part_of_date(part, seconds)} - {less})", "int", low=0, high=9999)


def _local(time: str, zone: str, spelling: Spelling) -> str:
    if match := _OFFSET.fullmatch(zone):
        offset = (int(match[2]) * 3600 + int(match[3]) * 60) * SECOND
        return _inside(f"({time} + {spelling.number(-offset if match[1] == '-' else offset)})", spelling)
    changes = _changes(zone)
    begin, end = map(to_microseconds, _ZONED)
    cases = [f"WHEN {time} < {spelling.number(begin)} OR {time} >= {spelling.number(end)} THEN NULL"]
    for until, offset in changes[:-1]:
        cases.append(f"WHEN {time} < {spelling.number(until)} THEN {spelling.number(offset)}")
    return f"({time} + CASE {' '.join(cases)} ELSE {spelling.number(changes[-1][1])} END)"


def _inside(local: str, spelling: Spelling) -> str:
    return f"({within(local, FIRST + _DAY, LAST - _DAY, spelling)})"


@cache
def _changes(zone: str) -> tuple[tuple[int, int], ...]:
    """Return until when each offset of a zone holds, in microseconds. Raises Untranslatable."""
    try:
        known = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Untranslatable from None

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(known).utcoffset() or timedelta()

    found, moment = [], _ZONED[0]
    while moment < _ZONED[1]:
        after = moment + timedelta(days=7)
        if offset(after) != offset(moment):
            low, high = moment, after
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == offset(moment) else (low, middle)
            found.append((to_microseconds(high), offset(moment) // timedelta(microseconds=1)))
        moment = after
    return (*found, (to_microseconds(_ZONED[1]), offset(_ZONED[1]) // timedelta(microseconds=1)))
