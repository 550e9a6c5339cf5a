"""When it was counted: the time of each row, or one for the whole file, in the zone that the feed names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.names import in_file_name
from earmark.feeds.mapping.outcomes import RowRefused
from earmark.feeds.mapping.parts import Known, OfText, Part
from engine.api.values import format_time, parse_time
from engine.errors import TimeInvalid
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import CountedAt

Moment = Part[int]
"""Takes the time out of a record, UTC microseconds."""

_EPOCHS = {"epoch": 1_000_000, "epoch-ms": 1000}


def moment_of_rows(part: CountedAt, columns: Columns) -> tuple[str, Moment] | None:
    """Return the name of what tells the time of each row, and what reads it; None where no column does."""
    if part.column is None and not part.join:
        return None
    wanted = part.join or (part.column,)
    found_at = [columns.place(name, optional=part.optional) for name in wanted if name is not None]
    if part.optional and None in found_at:
        return None
    places = [place or 0 for place in found_at]
    read = time_reader(part)

    def moment(text: str) -> int:
        try:
            return read(text)
        except TimeInvalid as error:
            raise RowRefused(Code.BAD_TIME, error.message) from None

    named = " ".join(columns.names[place] for place in places if columns.names)
    if len(places) == 1:
        return named, OfText(places[0], moment)
    known = Known(moment)
    return named, Part(lambda fields: known.read(" ".join(fields[place] for place in places)))


def moment_of_name(part: CountedAt, path: Path) -> int | None:
    """Return the time that the name of the file tells. Raises InputError or TimeInvalid where it does not."""
    if part.file_name is None:
        return None
    return time_reader(part)(in_file_name(part.file_name, path))


def time_reader(part: CountedAt) -> Callable[[str], int]:
    """Return what reads a time as the feed writes it, in UTC microseconds; it raises TimeInvalid."""
    if (unit := _EPOCHS.get(part.format)) is not None:
        return lambda text: _epoch(text, unit)
    zone = None if part.timezone is None else ZoneInfo(part.timezone)
    form = part.format

    def read(text: str) -> int:
        if not text.strip():
            raise TimeInvalid("the row has no time of the count")
        try:
            found = (
                datetime.fromisoformat(text.strip())
                if form == "iso"
                else datetime.strptime(text.strip(), form)
            )
        except ValueError:
            raise TimeInvalid(f"{text!r} is not a time of the form {form!r}") from None
        if found.tzinfo is None:
            if zone is None:
                raise TimeInvalid(f"{text!r} has no offset, and the feed no timezone")
            found = _local(found, zone)
        return parse_time(found.isoformat())

    return read


def _epoch(text: str, unit: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise TimeInvalid(f"{text!r} is not a number of {'seconds' if unit == 1_000_000 else 'milliseconds'}")
    return parse_time(format_time(int(text) * unit)) if int(text) * unit < 1 << 57 else _too_late(text)


def _too_late(text: str) -> int:
    raise TimeInvalid(f"{text!r} is not of the years 1970 to 9998")


def _local(naive: datetime, zone: tzinfo) -> datetime:
    """Return the moment that a clock in the zone shows so.

    Where the clocks were set back it shows it twice, where they were set forward never: the earlier of the two
    that can be meant is taken. A count taken as too early keeps a reservation longer, one too late sells twice.
    """
    if not 1970 <= naive.year < 9998:
        raise TimeInvalid(f"{naive} is not of the years 1970 to 9998")
    both = [naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    earlier = min(both)
    if naive.time() == naive.time().min and earlier.astimezone(zone).date() < naive.date():
        return max(both)  # midnight was skipped: the day began when the clocks had been set
    return earlier
