"""What a feed of ``earmark.toml``, or a profile, may say: ``[[feeds]]``, checked before anything is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from earmark.feeds.addresses import check_address, is_address
from earmark.feeds.spans import an_age
from engine.feeds import CountKind, Repeated

Text = Annotated[str, Field(min_length=1)]
Names = tuple[Text, ...]
"""Alternatives: the first one that the file has is taken. Case and blanks around do not count."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Where(_Part):
    """A test of a record: the column has one of ``values``, or none of ``not_values``; case does not count.

    With both of them, ``values`` say yes and ``not_values`` no, and a row with anything else is refused.
    ``matches`` stands for them: a regular expression that is searched in the text, whatever its case. A column that
    the file does not have is the empty text, unless it must be there: ``optional`` off.
    """

    column: Names | Text
    values: tuple[str, ...] = ()
    not_values: tuple[str, ...] = ()
    matches: Text | None = None
    optional: bool = True


class Name(_Part):
    """Where a name comes from: a column, several joined by ``join``, the file's name, or always the same.

    ``pattern`` is a regular expression that is searched in the text; its first group, else all that it matches,
    is the name. ``prefix`` and ``pad`` (zeros in front, up to so many characters) are put before it. ``codes``
    turns what was found into the name that Earmark knows; what is no code is refused, or kept with
    ``unknown = "keep"``. ``codes_file`` is a CSV beside ``earmark.toml`` whose first column is the code and whose
    second the name; ``codes_columns`` names two others. ``default`` is the name, as Earmark knows it, where the
    file does not have the column, or its field is empty.
    """

    column: Names | Text | None = None
    join: Names = ()
    separator: str = ""
    constant: Text | None = None
    file_name: Text | None = None
    pattern: Text | None = None
    prefix: str = ""
    pad: Annotated[int, Field(ge=0, le=255)] = 0
    codes: dict[str, Text] = {}
    codes_file: Text | None = None
    codes_columns: tuple[Text, Text] | None = None
    unknown: Literal["refuse", "keep", "skip"] = "refuse"
    default: Text | None = None


class Warehouse(Name):
    """The warehouse of a row; ``columns`` is the pattern of the columns when each warehouse has one of its own.

    ``{warehouse}`` in it stands for the warehouse, such as ``{warehouse} (warehouse quantity)``; ``{warehouse}``
    alone is every column that the feed does not name otherwise. ``not_columns`` are columns that are none of a
    warehouse; a star at the end stands for whatever follows (``Option*``).
    """

    columns: Text | None = None
    not_columns: Names = ()


class Quantity(_Part):
    """The quantity of a row: one column, or the sum of several (``add``) less others (``subtract``).

    ``words`` says what a text means instead of a number: ``zero``, ``skip`` (the row is none of the feed's),
    ``unlimited``, ``refuse``, or a number; ``""`` is the empty field. What is negative is refused, or ``zero``.
    ``unit`` is a suffix that may follow the number. ``sign`` ``after`` reads ``7-`` as -7.
    """

    column: Names | Text | None = None
    add: tuple[Names | Text, ...] = ()
    subtract: tuple[Names | Text, ...] = ()
    words: dict[str, Text] = {}
    negative: Literal["zero", "refuse"] = "zero"
    unit: Names = ()
    sign: Literal["before", "after", "either"] = "before"


class CountedAt(_Part):
    """Where the time of the count stands: columns joined by a blank, the file's name, or the message itself.

    ``format`` is that of ``strptime`` (``%d.%m.%Y %H:%M``), ``iso`` (the default), ``epoch`` (seconds) or
    ``epoch-ms``; what has no zone is of ``timezone``. A date without a time is the start of its day. A time that a
    change of the clocks makes doubtful is the earlier one. ``file_name`` is a regular expression whose first group
    is the text. ``lag`` is how long before the file was written it was counted, where nothing tells. With
    ``optional`` a file without the column is taken as one that nothing tells of.
    """

    column: Names | Text | None = None
    join: Names = ()
    file_name: Text | None = None
    message: bool = False
    format: Text = "iso"
    timezone: Text | None = None
    lag: Text | None = None
    optional: bool = False


class DeliveryOf(_Part):
    """By what a delivery of deltas is known: an id in a ``column``, the same in each row, or in a ``file_name`` (a
    regular expression, its first group). Else it is known by its content and, unless said otherwise, by name and
    time of its file; ``by`` says ``time`` alone, or nothing else (``content``).
    """

    column: Names | Text | None = None
    file_name: Text | None = None
    by: Literal["content", "time"] | None = None


class FeedGuards(_Part):
    """When a file is not to be believed (``engine.feeds.Guards``): shares between 0 and 1, ``oldest`` an age."""

    refused: Share | None = None
    vanished: Share | None = None
    fallen: Share | None = None
    grown: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    oldest: Text | None = None


class Http(_Part):
    """How an ``https://`` source is asked. Secrets are names of environment variables, never the secret itself.

    ``user`` with the password in ``password_env``, or a bearer token in ``token_env``; ``${NAME}`` in a header, or
    in the query of the address, is the variable's value. ``timeout_s`` is how long nothing may come, ``longest_s``
    how long all of it may take, ``largest`` how many bytes it may have, packed or not; ``tries`` is how often it is
    asked in all when it cannot be had. ``hosts`` are those that it may be redirected to. ``live`` says that the
    answer is made when it is asked for: it is of that moment, where nothing else tells when it was counted.
    """

    user: Text | None = None
    password_env: Text | None = None
    token_env: Text | None = None
    headers: dict[str, str] = {}
    timeout_s: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30.0
    longest_s: Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)] = 600.0
    largest: Annotated[int, Field(gt=0)] = 1 << 30
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    hosts: Names = ()
    live: bool = False

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name of a header")
            if not text.isascii() or not text.isprintable():
                raise ValueError(f"the header {name} has something in it that cannot be sent")
        return value

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        if self.token_env is not None and (self.user, self.password_env) != (None, None):
            raise ValueError("give either 'token_env' or 'user' with 'password_env'")
        if (self.user is None) != (self.password_env is None):
            raise ValueError("'user' and 'password_env' go together")
        return self


class Lookalike(_Part):
    """A file that looks like the feed's and means something else, by its columns: it is refused with ``message``.

    It has all of the columns ``has`` and none of those in ``lacks``.
    """

    has: Annotated[Names, Field(min_length=1)]
    lacks: Names = ()
    message: Text
    remedy: Text


class Export(_Part):
    """How ``stock export`` writes such a file: ``columns`` are its header, in order, each with what stands in it.

    ``{sku}``, ``{warehouse}``, ``{quantity}`` (``{quantity:4}`` with at least four decimals), ``{unlimited}`` and
    ``{bundle}`` (1 or 0), ``{in_stock}`` (0 where the quantity is), and ``{counted_at}`` stand for what is stored.
    ``before`` are lines above the header and ``under`` lines below it, as they are. ``refused`` says why no such
    file is written.
    """

    columns: dict[Text, str] = {}
    before: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    refused: Text | None = None


class Feed(_Part):
    """A source of stock: where it lies, how it is written, and what its columns mean.

    ``profile`` is the name of a shipped feed (or of another one above it) whose settings hold where this one says
    nothing. ``source`` is a path, a pattern (``incoming/*.csv``), ``-`` or an address. ``kind`` must be said, here
    or by the profile; with ``available`` also ``promised = "earmark"``, which puts back what Earmark has promised.
    ``unlimited``, ``bundle`` and ``zero`` (the quantity is 0 whatever it says) hold where *all* of their tests do;
    ``keep`` keeps the records for which all do, ``drop`` drops those for which any does. ``header_with`` finds the
    header as the first line that has these columns, ``skip_after`` are the lines below it that are no data, and
    those down to a line that begins with ``skip_until``, if there is one; ``columns`` names those of a file without
    a header. ``escape`` is the sign before a name that a spreadsheet would change, which is taken away
    (``engine/protection.py``). ``warning`` is told with every file. ``options`` are those of the format.
    ``expected_every`` is how old the last good count may be (``1 day``) before the feed is late.
    """

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^/\s][^/]*$")]
    profile: Text | None = None
    source: Text | None = None
    format: Text = "csv"
    encoding: Text = "utf-8"
    delimiter: Text = ","
    quote: Annotated[str, Field(max_length=1)] = '"'
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, Field(max_length=1)] = ""
    skip_lines: Annotated[int, Field(ge=0)] = 0
    header_with: Names = ()
    skip_after: Annotated[int, Field(ge=0)] = 0
    skip_until: Text | None = None
    columns: Names = ()
    sheet: Text | None = None
    rest: Literal["ignore", "refuse"] = "ignore"
    kind: CountKind | None = None
    promised: Literal["earmark"] | None = None
    whole: bool = False
    warehouses: Names = ()
    repeated: Repeated = Repeated.EQUAL
    sku: Name | None = None
    warehouse: Warehouse | None = None
    quantity: Quantity | None = None
    unlimited: tuple[Where, ...] = ()
    bundle: tuple[Where, ...] = ()
    zero: tuple[Where, ...] = ()
    keep: tuple[Where, ...] = ()
    drop: tuple[Where, ...] = ()
    counted_at: CountedAt | None = None
    delivery: DeliveryOf | None = None
    guards: FeedGuards = FeedGuards()
    escape: Literal["", "'"] = ""
    warning: Text | None = None
    lookalikes: tuple[Lookalike, ...] = ()
    export: Export = Export()
    expected_every: Text | None = None
    http: Http = Http()
    options: dict[str, str | int | float | bool] = {}

    _origins: dict[tuple[str, ...], str] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> dict[tuple[str, ...], str]:
        """Where each value comes from that is said somewhere, by the way of keys that leads to it."""
        return self._origins

    @field_validator("source")
    @classmethod
    def _no_secret(cls, value: str | None) -> str | None:
        if value is not None and is_address(value):
            check_address(value)
        return value

    @field_validator("expected_every")
    @classmethod
    def _age(cls, value: str | None) -> str | None:
        if value is not None:
            an_age(value)
        return value

    def inside(self, folder: Path) -> Self:
        """Return the feed with the paths of its source and tables taken from the folder of the settings."""
        placed = self.model_copy(
            update={
                "source": _placed(self.source, folder),
                "sku": _with_codes(self.sku, folder),
                "warehouse": _with_codes(self.warehouse, folder),
            }
        )
        placed._origins = self._origins
        return placed


def _placed(source: str | None, folder: Path) -> str | None:
    if source is None or source == "-" or "://" in source:
        return source
    return str(folder / source)


_AnyName = TypeVar("_AnyName", bound=Name)


def _with_codes(part: _AnyName | None, folder: Path) -> _AnyName | None:
    if part is None or part.codes_file is None:
        return part
    return part.model_copy(update={"codes_file": str(folder / part.codes_file)})
