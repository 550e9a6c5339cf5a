"""Timeout texts: relative ones (``1 day 2 hours``, ``14days``, ``+5 days``) and ISO 8601 ones (``P1DT2H``).

The relative grammar is the span part of PHP's relative date formats, which existing process files use:
https://www.php.net/manual/en/datetime.formats.php#datetime.formats.relative. What names a moment instead of a
span (``tomorrow``, ``next monday``, ``noon``) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_LONGEST_DAYS = 36_525
_SHORTEST_MONTH_DAYS = 28


class DurationInvalid(ValueError):
    """The text is not a span of time that is longer than zero and at most 100 years."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time on the calendar, added in the order of its fields.

    ``months`` and ``weekdays`` (Monday to Friday) depend on the date they are added to; ``days`` and
    ``microseconds`` do not, because all arithmetic is in UTC, where a day has 24 hours. ``from_monday`` counts from
    the Monday of the week that the start lies in, at the same time of day: ``next week``.
    """

    months: int = 0
    days: int = 0
    weekdays: int = 0
    microseconds: int = 0
    from_monday: bool = False

    @property
    def microseconds_if_exact(self) -> int | None:
        """The length in microseconds when it is the same for every start, else None."""
        if self.months or self.weekdays or self.from_monday:
            return None
        return self.days * _DAY + self.microseconds

    def added_to(self, start: datetime) -> datetime:
        """Return ``start`` plus this span, in UTC.

        A ``start`` with an offset is converted to UTC; one without is taken as UTC and stays without. A month
        added to a day that the target month does not have gives that month's last day (31 January + 1 month
        is 28 or 29 February). Raises OverflowError past the year 9999.
        """
        moment = start.astimezone(UTC) if start.tzinfo is not None else start
        if self.from_monday:
            moment -= timedelta(days=moment.weekday())
        if self.months:
            moment = _add_months(moment, self.months)
        moment += timedelta(days=self.days)
        if self.weekdays:
            moment = _add_weekdays(moment, self.weekdays)
        return moment + timedelta(microseconds=self.microseconds)


def _add_months(moment: datetime, months: int) -> datetime:
    # Imported here: few timeouts have months, and every start of the program would pay for the import.
    from dateutil.relativedelta import relativedelta

    try:
        return moment + relativedelta(months=months)
    except ValueError as error:
        raise OverflowError(str(error)) from error


def _add_weekdays(moment: datetime, count: int) -> datetime:
    step = 1 if count > 0 else -1
    weeks, rest = divmod(abs(count), 5)
    # Whole weeks keep the day of the week, so the day-by-day walk is at most four working days long; a start
    # on a weekend first goes to the working day before it (after it, when going back).
    while moment.weekday() > 4:
        moment -= timedelta(days=step)
    moment += timedelta(days=7 * weeks * step)
    while rest:
        moment += timedelta(days=step)
        if moment.weekday() <= 4:
            rest -= 1
    return moment


_UNITS: dict[str, tuple[str, int]] = {
    "µs": ("microseconds", 1),
    "microsecond": ("microseconds", 1),
    "µsec": ("microseconds", 1),
    "usec": ("microseconds", 1),
    "ms": ("microseconds", 1_000),
    "msec": ("microseconds", 1_000),
    "millisecond": ("microseconds", 1_000),
    "sec": ("microseconds", _SECOND),
    "second": ("microseconds", _SECOND),
    "min": ("microseconds", 60 * _SECOND),
    "minute": ("microseconds", 60 * _SECOND),
    "hour": ("microseconds", 3_600 * _SECOND),
    "day": ("days", 1),
    "week": ("days", 7),
    "fortnight": ("days", 14),
    "forthnight": ("days", 14),
    "weekday": ("weekdays", 1),
    "month": ("months", 1),
    "year": ("months", 12),
}

_ORDINALS = {
    "previous": -1,
    "last": -1,
    "this": 0,
    "next": 1,
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
}

_NAMED_WEEKS = frozenset({"previous", "last", "this", "next"})
"""With one of these a ``week`` begins on its Monday, as in PHP; ``first week`` and ``1 week`` are seven days."""

_ABBREVIATIONS = {
    "s": "sec",
    "m": "min",
    "h": "hour",
    "hr": "hour",
    "hrs": "hours",
    "d": "day",
    "w": "week",
    "wk": "week",
    "wks": "weeks",
    "mo": "month",
    "mth": "month",
    "y": "year",
    "yr": "year",
    "yrs": "years",
}
"""What people write for a unit and mean; no unit of the grammar, so it is suggested and not read."""

_AMOUNT = re.compile(r"\+?([0-9]{1,13})[ \t]*([a-zµ]*)[ \t]*")
_TERM = re.compile(
    r"[ \t,.]*(?:(?P<sign>[+-]?)[ \t]*(?P<number>[0-9]{1,13})[ \t]*|(?P<ordinal>[a-z]+)[ \t]+)"
    r"(?P<unit>[a-zµ]+)(?P<ago>(?:[ \t]+ago\b)*)"
)
_ISO = re.compile(
    r"P(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})(?:[.,](?P<fraction>\d{1,6}))?S)?)?",
    re.ASCII,
)


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """Return the span that ``text`` describes; raise DurationInvalid, and nothing else, when it does not."""
    trimmed = text.strip()
    if not trimmed:
        raise DurationInvalid("a timeout without text is no span of time")
    duration = _parse_iso(trimmed) if trimmed.startswith("P") else _parse_relative(trimmed)
    _require_forward(duration, trimmed)
    return duration


def _parse_iso(text: str) -> Duration:
    match = _ISO.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise DurationInvalid(f'"{text}" is not an ISO 8601 duration such as P1DT2H or PT20M')
    part = {name: int(value or 0) for name, value in match.groupdict().items() if name != "fraction"}
    seconds = part["hours"] * 3_600 + part["minutes"] * 60 + part["seconds"]
    fraction = int((match["fraction"] or "0").ljust(6, "0"))
    return Duration(
        months=part["years"] * 12 + part["months"],
        days=part["weeks"] * 7 + part["days"],
        microseconds=seconds * _SECOND + fraction,
    )


def _parse_relative(text: str) -> Duration:
    total, from_monday = {"months": 0, "days": 0, "weekdays": 0, "microseconds": 0}, False
    # Not casefold: it would turn the micro sign into the Greek letter.
    lowered, position = text.lower(), 0
    while position < len(lowered):
        match = _TERM.match(lowered, position)
        if match is None:
            rest = text[position:].strip()
            raise DurationInvalid(f'"{text}" is not readable from "{rest}" on{_meant(lowered)}')
        field, amount = _term(match, text)
        total[field] += amount
        from_monday |= match["unit"] == "week" and match["ordinal"] in _NAMED_WEEKS
        if match["ago"].count("ago") % 2:
            # As in PHP, "ago" turns round everything before it.
            total = {name: -value for name, value in total.items()}
        position = match.end()
    return Duration(**total, from_monday=from_monday)


def _meant(text: str) -> str:
    """Return a question with the text that was probably meant, or nothing: ``15m`` is ``15 min``."""
    terms = _AMOUNT.findall(text) if _AMOUNT.sub("", text) == "" else []
    units = [_ABBREVIATIONS.get(unit, unit) or "days" for _, unit in terms]
    if not terms or not all(unit in _UNITS or unit.removesuffix("s") in _UNITS for unit in units):
        return ""
    meant = " ".join(f"{number} {unit}" for (number, _), unit in zip(terms, units, strict=True))
    other = f' or "{terms[0][0]} min"' if terms == [(terms[0][0], "")] else ""
    return f'; did you mean "{meant}"{other}?'


def _term(match: re.Match[str], text: str) -> tuple[str, int]:
    word = match["unit"]
    unit = _UNITS.get(word) or (_UNITS.get(word.removesuffix("s")) if word not in {"mss", "µss"} else None)
    if unit is None:
        raise DurationInvalid(f'"{text}" has no unit of time at "{word}"{_meant(text.lower())}')
    if match["ordinal"] is None:
        count = int(match["number"]) * (-1 if match["sign"] == "-" else 1)
    elif match["ordinal"] in _ORDINALS:
        count = _ORDINALS[match["ordinal"]]
    else:
        raise DurationInvalid(f'"{text}" has no number at "{match["ordinal"]}"')
    return unit[0], count * unit[1]


def _require_forward(duration: Duration, text: str) -> None:
    # With mixed signs the span must be longer than zero from every start: the shortest possible one counts.
    month_days = _SHORTEST_MONTH_DAYS if duration.months > 0 else 31
    week_days = 1 if duration.weekdays > 0 else 3
    days = duration.months * month_days + duration.days + duration.weekdays * week_days
    days -= 6 if duration.from_monday else 0
    if days * _DAY + duration.microseconds <= 0:
        raise DurationInvalid(f'"{text}" is zero or negative, or can be')
    longest = abs(duration.months) * 31 + abs(duration.days) + abs(duration.weekdays) * 3
    if longest + abs(duration.microseconds) // _DAY > _LONGEST_DAYS:
        raise DurationInvalid(f'"{text}" is longer than 100 years')
