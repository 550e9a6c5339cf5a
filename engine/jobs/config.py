"""What a job of ``earmark.toml`` may say, checked before anything runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.jobs.times import Times, cron_times, interval_times


class JobKind(StrEnum):
    """What a job does."""

    CONDITIONS = "conditions"
    TIMEOUTS = "timeouts"
    STOCK_UPDATE = "stock-update"
    PUBLISH = "publish"
    RECONCILE = "reconcile"
    PURGE = "purge"
    ARCHIVE = "archive"
    FORGET = "forget"
    BALANCE = "balance"
    EXCHANGE_EXPORT = "exchange-export"
    EXCHANGE_IMPORT = "exchange-import"


_SHORTEST_INTERVAL_S = 1.0
_OPTIONS = {
    "store": {JobKind.CONDITIONS, JobKind.TIMEOUTS},
    "limit": {JobKind.CONDITIONS, JobKind.TIMEOUTS},
    "path": {JobKind.STOCK_UPDATE},
    "feed": {JobKind.STOCK_UPDATE},
    "settle_s": {JobKind.STOCK_UPDATE},
    "older_than": {JobKind.PURGE, JobKind.ARCHIVE, JobKind.FORGET},
    "archived": {JobKind.PURGE},
    "to": {JobKind.EXCHANGE_EXPORT},
    "source": {JobKind.EXCHANGE_IMPORT},
}
_WRITTEN = {"source": "from"}
"""How options are written that Python has another word for."""

_SPOOL = "spool:"


class JobConfig(BaseModel):
    """A job: its kind, when it is due (``cron`` or ``interval``), and the options of its kind.

    ``name`` is the kind unless given. ``interval`` is a number of seconds or a text such as ``5 minutes``;
    intervals are counted from midnight UTC of 1 January 1970, so every host has the same ones. ``cron`` has five
    fields and is read in ``timezone``. ``path`` is the pattern of the stock files, ``feed`` the name of a feed of
    the same settings; a file is taken up ``settle_s`` seconds after it was last written to. ``older_than`` is the
    age of what is purged, archived or forgotten; with ``archived`` archived orders are purged. ``to`` are the
    ways on which other databases are told of reservations, ``source`` (written ``from``) is where they tell
    theirs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    kind: JobKind
    name: Annotated[str, Field(default="", max_length=100, pattern=r"^[^/\s][^/]*$")]
    cron: str | None = None
    interval: Annotated[float, Field(ge=_SHORTEST_INTERVAL_S, allow_inf_nan=False)] | None = None
    timezone: str = "UTC"
    store: Annotated[str, Field(min_length=1)] | None = None
    limit: Annotated[int, Field(gt=0)] | None = None
    path: Annotated[str, Field(min_length=1)] | None = None
    feed: Annotated[str, Field(min_length=1)] | None = None
    settle_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 2.0
    older_than: str | None = None
    archived: bool = False
    to: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] | None = None
    source: Annotated[str | None, Field(min_length=1, alias="from")] = None

    @property
    def key(self) -> str:
        """The job's row in the database: its kind, and its name where that differs."""
        return self.kind.value if self.name == self.kind.value else f"{self.kind.value}/{self.name}"

    @property
    def times(self) -> Times:
        """When the job is due."""
        if self.cron is not None:
            return cron_times(self.cron, self.timezone)
        assert self.interval is not None  # one of the two is given
        return interval_times(self.interval)

    @model_validator(mode="before")
    @classmethod
    def _name_by_kind(cls, value: object) -> object:
        if isinstance(value, dict) and "name" not in value and isinstance(value.get("kind"), str):
            return {**value, "name": value["kind"]}
        return value

    @field_validator("interval", mode="before")
    @classmethod
    def _interval(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("write a number of seconds, or a text such as '5 minutes'")
        return _seconds(value) if isinstance(value, str) else value

    @field_validator("older_than")
    @classmethod
    def _older_than(cls, value: str | None) -> str | None:
        from engine.definition import DurationInvalid, parse_duration

        try:
            if value is not None:
                parse_duration(value)
        except DurationInvalid as error:
            raise ValueError(f"{error}; write an age such as '90 days'") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is not a time zone; write one such as 'Europe/Berlin'") from None
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.cron is None) == (self.interval is None):
            raise ValueError("give either 'cron' or 'interval'")
        if self.cron is not None:
            cron_times(self.cron, self.timezone)
        for option in sorted(self.model_fields_set & set(_OPTIONS)):
            if self.kind not in _OPTIONS[option]:
                written = _WRITTEN.get(option, option)
                raise ValueError(f"{written!r} is not an option of a {self.kind.value} job")
        if self.kind is JobKind.STOCK_UPDATE and (self.path is None) == (self.feed is None):
            raise ValueError(
                "a stock-update job needs either 'feed', the name of a feed, or 'path', a pattern such as "
                "'incoming/*.csv'"
            )
        if self.kind in _OPTIONS["older_than"] and self.older_than is None:
            kind = f"{'an' if self.kind is JobKind.ARCHIVE else 'a'} {self.kind.value}"
            raise ValueError(f"{kind} job needs 'older_than', an age such as '90 days'")
        if self.kind is JobKind.EXCHANGE_EXPORT and self.to is None:
            raise ValueError("an exchange-export job needs 'to', such as ['spool:to-others']")
        if self.kind is JobKind.EXCHANGE_IMPORT and self.source is None:
            raise ValueError("an exchange-import job needs 'from', such as 'spool:from-others'")
        return self

    def inside(self, folder: Path) -> Self:
        """Return the job with its path and its spools taken from the folder of the configuration file."""
        placed = {
            "path": None if self.path is None else str(folder / self.path),
            "to": None if self.to is None else tuple(_placed(way, folder) for way in self.to),
            "source": None if self.source is None else _placed(self.source, folder),
        }
        return self.model_copy(update={name: value for name, value in placed.items() if value is not None})


def _placed(way: str, folder: Path) -> str:
    return f"{_SPOOL}{folder / way.removeprefix(_SPOOL)}" if way.startswith(_SPOOL) else way


def _seconds(text: str) -> float:
    from engine.definition import DurationInvalid, parse_duration

    try:
        exact = parse_duration(text).microseconds_if_exact
    except DurationInvalid as error:
        raise ValueError(str(error)) from None
    if exact is None:
        raise ValueError(
            f"{text!r} has no fixed length; write seconds, minutes, hours, days or weeks, or use 'cron'"
        )
    return exact / 1_000_000
