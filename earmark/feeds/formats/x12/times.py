"""Dates and times of X12 (DTM) as ISO 8601."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_PLACES = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
    "AT": "America/Halifax",
    "NT": "America/St_Johns",
    "HT": "Pacific/Honolulu",
}
"""Codes of zones whose clocks are put forward in summer."""

_OFFSETS = {
    "UT": "+00:00",
    "GM": "+00:00",
    "ES": "-05:00",
    "ED": "-04:00",
    "CS": "-06:00",
    "CD": "-05:00",
    "MS": "-07:00",
    "MD": "-06:00",
    "PS": "-08:00",
    "PD": "-07:00",
    "AS": "-04:00",
    "AD": "-03:00",
    "NS": "-03:30",
    "ND": "-02:30",
    "HS": "-10:00",
    **{f"{hours:02d}": f"+{hours:02d}:00" for hours in range(1, 13)},
    **{f"{25 - hours:02d}": f"-{hours:02d}:00" for hours in range(1, 13)},
}
"""Codes of fixed offsets; 01 to 12 are hours before UTC's, 13 to 24 those behind it."""

_LOCAL = {"", "LT"}


def iso_time(date: str, time: str, zone: str) -> str:
    """Return date (CCYYMMDD or YYMMDD), time (HHMM with or without seconds) and code of a zone as ISO 8601.

    A date alone comes out as a date, and what has no zone, or local time, without an offset. Raises ValueError that
    says what is wrong.
    """
    day = _parsed(date, {8: "%Y%m%d", 6: "%y%m%d"}, "date")
    if not time:
        return day.date().isoformat()
    clock = _parsed(time[:6], {4: "%H%M", 6: "%H%M%S"}, "time")
    if len(time) > 8 or not time.isdigit():
        raise ValueError(f"{time[:20]!r} is no time")
    moment = datetime.combine(day.date(), clock.time())
    shown = moment.isoformat(timespec="minutes" if len(time) == 4 else "seconds")
    if zone in _LOCAL:
        return shown
    if zone in _OFFSETS:
        return shown + _OFFSETS[zone]
    if zone in _PLACES:
        # Of an hour that comes twice the earlier one counts.
        return moment.replace(tzinfo=ZoneInfo(_PLACES[zone])).isoformat()
    raise ValueError(f"the zone {zone!r} of {shown} is not known")


def _parsed(text: str, patterns: dict[int, str], noun: str) -> datetime:
    if not (text.isascii() and text.isdigit() and len(text) in patterns):
        raise ValueError(f"{text[:20]!r} is no {noun}")
    return datetime.strptime(text, patterns[len(text)])
