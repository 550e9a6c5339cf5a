"""Dates and times of EDIFACT (DTM) as ISO 8601."""

from __future__ import annotations

from datetime import datetime

_FORMATS = {
    "101": (6, "%y%m%d"),
    "102": (8, "%Y%m%d"),
    "201": (10, "%y%m%d%H%M"),
    "203": (12, "%Y%m%d%H%M"),
    "204": (14, "%Y%m%d%H%M%S"),
    "205": (12, "%Y%m%d%H%M"),
    "303": (12, "%Y%m%d%H%M"),
    "304": (14, "%Y%m%d%H%M%S"),
    "718": (8, "%Y%m%d"),
    "719": (12, "%Y%m%d%H%M"),
}
"""By the code of the format (2379): how many digits there are, and how they are read. Of a period, its start."""

_PERIODS = {"718", "719"}
_ZONES = {
    "UTC": "+00:00",
    "GMT": "+00:00",
    "WET": "+00:00",
    "CET": "+01:00",
    "MEZ": "+01:00",
    "CES": "+02:00",
    "MES": "+02:00",
    "EET": "+02:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}


def iso_time(text: str, code: str) -> str:
    """Return a time of a DTM as ISO 8601: a date alone where it is one, with an offset where it has one.

    Raises ValueError that says what is wrong.
    """
    if code not in _FORMATS:
        raise ValueError(f"the format {code or '(none)'} of a time is none of {', '.join(_FORMATS)}")
    digits, pattern = _FORMATS[code]
    first, rest = text[:digits], text[digits:]
    if not (first.isascii() and first.isdigit() and len(first) == digits):
        raise ValueError(f"{text[:40]!r} is no time of the format {code}")
    moment = datetime.strptime(first, pattern)
    if code in _PERIODS:
        return _shown(moment, pattern)
    offset = _offset(rest, code, text)
    return _shown(moment, pattern) + offset


def _shown(moment: datetime, pattern: str) -> str:
    if "%H" not in pattern:
        return moment.date().isoformat()
    return moment.isoformat(timespec="seconds" if "%S" in pattern else "minutes")


def _offset(rest: str, code: str, text: str) -> str:
    """Return the offset of formats 205, 303 and 304; the others have none."""
    if code == "205":
        if (
            len(rest) == 5
            and rest[0] in "+-"
            and rest[1:].isascii()
            and rest[1:].isdigit()
            and rest[1:3] < "24"
        ):
            return f"{rest[:3]}:{rest[3:]}"
        raise ValueError(f"{text[:40]!r} has no offset such as +0100, which the format 205 has")
    if code in ("303", "304"):
        zone = rest.strip().upper()[:3]
        if zone in _ZONES:
            return _ZONES[zone]
        raise ValueError(f"the zone {rest[:10]!r} of {text[:40]!r} is not known")
    if rest:
        raise ValueError(f"{text[:40]!r} is no time of the format {code}")
    return ""
