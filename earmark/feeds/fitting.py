"""What of a feed does not fit together: each problem with the key that is concerned and how it is mended."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from earmark.feeds.spans import an_age
from engine.feeds import CountKind

if TYPE_CHECKING:
    from earmark.feeds.model import CountedAt, Feed, Name, Quantity, Warehouse, Where

Key = tuple[str | int, ...]
"""The way to a value of a feed."""

Problem = tuple[Key, str]

NAMED_TIMES = ("iso", "epoch", "epoch-ms")
"""What ``counted_at.format`` may be besides a format of ``strptime``."""

_NO_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "utf_7"}
_WORDS = ("zero", "skip", "unlimited", "refuse")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_KINDS = (
    '"on_hand" (what lies there, promised or not), "available" (less what is promised) or "delta" (what is to be '
    "added)"
)


def misfits(feed: Feed) -> list[Problem]:
    """Return everything that does not fit together, in the order of the keys."""
    problems = [*_kind(feed), *_text(feed), *_names(feed), *_quantity(feed), *_tests(feed), *_times(feed)]
    return [*problems, *_delivery(feed), *_guards(feed)]


def _kind(feed: Feed) -> Iterator[Problem]:
    if feed.kind is None:
        yield ("kind",), f"say what its quantities are: kind = {_KINDS}"
    added = feed.quantity is not None and bool(feed.quantity.add)
    if feed.kind is CountKind.AVAILABLE and feed.promised is None:
        yield (
            ("kind",),
            'kind "available" is less what is promised, and Earmark would take it off again: say promised = '
            '"earmark" to have put back what Earmark has promised, or add the columns of what is promised '
            '(quantity.add) and say kind = "on_hand"',
        )
    if feed.kind is CountKind.AVAILABLE and feed.promised is not None and added:
        yield (
            ("quantity", "add"),
            'a sum that has what is promised in it is kind = "on_hand", without promised',
        )
    if feed.kind in (CountKind.ON_HAND, CountKind.DELTA) and feed.promised is not None:
        yield ("promised",), f'promised is of kind "available" only, and this is "{feed.kind}"'
    if feed.kind is CountKind.DELTA and feed.whole:
        yield ("whole",), "a feed of deltas cannot be whole: what it does not name has not changed"
    if feed.kind is CountKind.DELTA and feed.zero:
        yield ("zero",), "in a feed of deltas 0 changes nothing: drop the rows instead"
    if feed.warehouses and not feed.whole:
        yield (
            ("warehouses",),
            "warehouses says for which ones the file is whole: say whole = true, or leave it out",
        )


def _text(feed: Feed) -> Iterator[Problem]:
    if (said := unusable_encoding(feed.encoding)) is not None:
        yield ("encoding",), said
    if len(feed.delimiter) != 1 or feed.delimiter in "\r\n":
        yield ("delimiter",), f'{feed.delimiter!r} is not one character; a tab is "\\t"'
    if feed.quote and feed.quote == feed.delimiter:
        yield ("quote",), "quote and delimiter are the same"
    if feed.decimal == feed.thousands:
        yield ("thousands",), f"thousands and decimal are both {feed.decimal!r}"
    if feed.thousands.isdigit() or feed.thousands in ("-", "+"):
        yield ("thousands",), f"{feed.thousands!r} cannot be a thousands sign"
    if feed.columns and feed.header_with:
        yield (
            ("header_with",),
            "columns is for a file without a header, header_with finds one: give one of them",
        )


def unusable_encoding(name: str) -> str | None:
    """Return why no text can be read in the encoding, None if it can."""
    try:
        known = codecs.lookup(name)
        "a".encode(name)
    except (LookupError, ValueError):
        return f'{name!r} is no encoding; write one such as "utf-8", "cp1252", "iso-8859-15" or "utf-16"'
    return f"{name!r} is no encoding of files" if known.name in _NO_TEXT else None


def _names(feed: Feed) -> Iterator[Problem]:
    if feed.sku is None:
        yield ("sku",), 'say where the sku stands: sku = { column = "..." }'
    else:
        yield from _name(("sku",), feed.sku)
        if feed.sku.constant is not None or feed.sku.file_name is not None:
            yield ("sku",), "a sku stands in the rows: give column or join"
    if feed.warehouse is None:
        yield ("warehouse",), 'say which warehouse: warehouse = { column = "..." }, or { constant = "NAME" }'
    else:
        yield from _name(("warehouse",), feed.warehouse)
        yield from _columns(feed, feed.warehouse)


def _name(key: Key, part: Name) -> Iterator[Problem]:
    kinds = ("column", "join", "constant", "file_name", "columns")
    given = [kind for kind in kinds if getattr(part, kind, None)]
    if len(given) != 1:
        said = " and ".join(given) if given else "nothing"
        yield (
            key,
            f"give one of column, join, constant{', columns' if key[0] == 'warehouse' else ''} or file_name; "
            f"there is {said}",
        )
    yield from _pattern((*key, "pattern"), part.pattern)
    yield from _pattern((*key, "file_name"), part.file_name)
    if part.separator and not part.join:
        yield (*key, "separator"), "separator stands between what is joined, and there is no join"
    if part.codes_columns is not None and part.codes_file is None:
        yield (*key, "codes_columns"), "there is no codes_file whose columns these could be"
    if part.default is not None and (part.column is None or key[0] == "sku"):
        yield (*key, "default"), "default is for a warehouse that stands in a column"
    if "unknown" in part.model_fields_set and not part.codes and part.codes_file is None:
        yield (*key, "unknown"), "unknown says what becomes of what is no code, and there are no codes"


def _columns(feed: Feed, part: Warehouse) -> Iterator[Problem]:
    if part.columns is None:
        if part.not_columns:
            yield ("warehouse", "not_columns"), "not_columns goes with columns"
        return
    if part.columns.count("{warehouse}") != 1:
        yield ("warehouse", "columns"), "{warehouse} must stand in it once, for the warehouse"
    if feed.quantity is not None and (feed.quantity.column or feed.quantity.add):
        yield (
            ("quantity",),
            "the quantity stands in the column of each warehouse: give neither column nor add",
        )


def _pattern(key: Key, pattern: str | None) -> Iterator[Problem]:
    try:
        re.compile(pattern or "")
    except re.error as error:
        yield key, f"{pattern!r} is no regular expression: {error}"


def _quantity(feed: Feed) -> Iterator[Problem]:
    part = feed.quantity
    one_each = feed.warehouse is not None and feed.warehouse.columns is not None
    if part is None:
        if not one_each:
            yield ("quantity",), 'say where the quantity stands: quantity = { column = "..." }'
        return
    if not one_each and not part.column and not part.add:
        yield ("quantity",), "give column, or add"
    if part.column and (part.add or part.subtract):
        yield ("quantity", "column"), "give column, or add (and subtract), not both"
    if feed.kind is CountKind.DELTA and "negative" in part.model_fields_set:
        yield (
            ("quantity", "negative"),
            "what is negative in a delta is taken off the stock; leave negative out",
        )
    yield from _words(part)


def _words(part: Quantity) -> Iterator[Problem]:
    for word, meaning in part.words.items():
        if meaning not in _WORDS and not _NUMBER.fullmatch(meaning):
            yield (
                ("quantity", "words", word),
                f"{meaning!r} is neither a number nor one of {', '.join(_WORDS)}",
            )


def _tests(feed: Feed) -> Iterator[Problem]:
    for key in ("unlimited", "bundle", "zero", "keep", "drop"):
        tests: tuple[Where, ...] = getattr(feed, key)
        for place, test in enumerate(tests):
            if bool(test.values or test.not_values) == (test.matches is not None):
                yield (key, place), "give values, not_values or both, or matches"
            yield from _pattern((key, place, "matches"), test.matches)
            both = {v.casefold() for v in test.values} & {v.casefold() for v in test.not_values}
            if both:
                yield (key, place), f"{', '.join(map(repr, sorted(both)))} is in values and in not_values"


def _times(feed: Feed) -> Iterator[Problem]:
    part = feed.counted_at
    if part is None:
        return
    key = ("counted_at",)
    given = [kind for kind in ("column", "join", "file_name", "message") if getattr(part, kind)]
    if len(given) > 1:
        yield key, f"give one of column, join, file_name and message; there is {' and '.join(given)}"
    if part.optional and not part.column and not part.join:
        yield (*key, "optional"), "optional goes with column or join"
    if part.message and feed.format == "csv":
        yield (*key, "message"), "a CSV file tells no time of its own: give column, file_name or lag"
    yield from _pattern((*key, "file_name"), part.file_name)
    yield from _zone((*key, "timezone"), part.timezone)
    yield from _checked((*key, "lag"), part.lag, an_age)
    if given and not part.message:
        yield from _format((*key, "format"), part)


def _zone(key: Key, zone: str | None) -> Iterator[Problem]:
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        yield key, f"{zone!r} is not a time zone; write one such as 'Europe/Berlin'"


def _format(key: Key, part: CountedAt) -> Iterator[Problem]:
    if part.format in NAMED_TIMES:
        return
    moment = datetime(2026, 11, 28, 22, 33, 44, tzinfo=UTC)
    try:
        read = datetime.strptime(moment.strftime(part.format), part.format)
    except (ValueError, re.error):
        yield (
            key,
            f'{part.format!r} cannot be read; write one such as "%d.%m.%Y %H:%M", or {" or ".join(NAMED_TIMES)}',
        )
        return
    if read.date() != moment.date():
        yield key, f"{part.format!r} has not year, month and day: the time of a count needs its date"
    elif "%z" not in part.format and part.timezone is None:
        yield key, 'the format has no offset (%z): say timezone, such as "Europe/Berlin"'


def _delivery(feed: Feed) -> Iterator[Problem]:
    part = feed.delivery
    if part is None:
        return
    if feed.kind is not CountKind.DELTA:
        yield ("delivery",), 'delivery is of kind "delta" only: a count is always taken'
    given = [name for name in ("column", "file_name", "by") if getattr(part, name)]
    if len(given) != 1:
        said = " and ".join(given) if given else "nothing"
        yield ("delivery",), f"give one of column, file_name and by; there is {said}"
    yield from _pattern(("delivery", "file_name"), part.file_name)


def _guards(feed: Feed) -> Iterator[Problem]:
    yield from _checked(("guards", "oldest"), feed.guards.oldest, an_age)


def _checked(key: Key, text: str | None, read: Callable[[str], float]) -> Iterator[Problem]:
    try:
        if text is not None:
            read(text)
    except ValueError as error:
        yield key, str(error)
