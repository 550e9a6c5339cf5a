"""Which columns a feed's file is written with, and what stands in each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from earmark.feeds.export.times import formats_of
from earmark.feeds.model import Feed, Name, Names, Where
from earmark.feeds.shipped import profile_names
from engine.errors import InputError
from engine.feeds import CountKind

WRITTEN = ("csv", "xlsx")
"""The formats that are written."""

VALUES = ("sku", "warehouse", "quantity", "unlimited", "bundle", "in_stock", "counted_at")
"""What a column may be made of."""

_PLACE = re.compile(r"\{(\w+)(?::([0-9]))?\}")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of what stands in a column: a text, or one of VALUES, with at least so many decimals."""

    text: str = ""
    value: str = ""
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is written. ``yes`` and ``no`` stand for flags."""

    name: str
    parts: tuple[Part, ...]
    yes: str = "1"
    no: str = "0"

    @property
    def is_name(self) -> bool:
        """Whether a name stands in it, which a spreadsheet may change."""
        return any(part.value in ("sku", "warehouse") for part in self.parts)

    @property
    def is_warehouse(self) -> bool:
        """Whether nothing of a row but its warehouse stands in it."""
        return {part.value for part in self.parts} <= {"warehouse", ""}

    @property
    def is_number(self) -> bool:
        """Whether nothing but a number stands in it."""
        return [part.value for part in self.parts] in (["quantity"], ["in_stock"])


def columns_of(feed: Feed) -> tuple[Column, ...]:
    """Return the columns, in order. Raises InputError where such a file cannot be written, with the reason."""
    if (why := _refusal(feed)) is not None:
        raise not_written(feed, why)
    said = feed.export.columns
    return tuple(_said(feed, name, text) for name, text in said.items()) if said else tuple(_derived(feed))


def not_written(feed: Feed, why: str) -> InputError:
    """Return the error for a feed whose file is not written, with the profiles that are."""
    return InputError(
        f"stock is not written as {feed.name!r}: {why}",
        remedy=f"These profiles are written: {', '.join(writable())}. docs/feeds/index.md says why not the others.",
    )


def writable() -> list[str]:
    """Return the names of the profiles that are written."""
    from earmark.feeds.shipped import profile

    return [name for name in profile_names() if "columns" in profile(name).get("export", {})]


def _refusal(feed: Feed) -> str | None:
    if feed.export.refused is not None:
        return feed.export.refused
    if feed.format not in WRITTEN:
        return f'the format "{feed.format}" is read only'
    if feed.kind is not CountKind.ON_HAND:
        return f'its kind is "{feed.kind}", and stock is what is on hand'
    if feed.warehouse is None or feed.warehouse.columns is not None:
        return "it has a column for each warehouse"
    return None


def _said(feed: Feed, name: str, text: str) -> Column:
    parts, end = [], 0
    for found in _PLACE.finditer(text):
        if found[1] not in VALUES:
            known = ", ".join(f"{{{value}}}" for value in VALUES)
            raise not_written(feed, f"export.columns says {found[0]} of {name!r}, and there are {known}")
        parts += [Part(text[end : found.start()]), Part(value=found[1], decimals=int(found[2] or 0))]
        end = found.end()
    return Column(name, tuple(part for part in (*parts, Part(text[end:])) if part != Part()))


def _derived(feed: Feed) -> Iterator[Column]:
    """Yield the columns that the feed reads, each by its first name."""
    assert feed.sku is not None and feed.warehouse is not None and feed.quantity is not None
    if feed.sku.column is None:
        raise not_written(feed, "its sku is joined of several columns: say [feeds.export] columns")
    if feed.quantity.column is None:
        raise not_written(feed, "its quantity is a sum of several columns: say [feeds.export] columns")
    yield Column(_first(feed.sku.column), (Part(value="sku"),))
    if feed.warehouse.column is not None:
        yield Column(_first(feed.warehouse.column), (Part(value="warehouse"),))
    yield Column(_first(feed.quantity.column), (Part(value="quantity"),))
    if feed.counted_at is not None:
        named = feed.counted_at.join or (feed.counted_at.column,)
        for name, _ in zip(named, formats_of(feed.counted_at), strict=False):
            if name is not None:
                yield Column(_first(name), (Part(value="counted_at"),))
    yield from _tests(feed)


def _tests(feed: Feed) -> Iterator[Column]:
    """Yield the columns of flags, and those that make the feed keep the rows and take their quantities."""
    for flag, tests in (("unlimited", feed.unlimited), ("bundle", feed.bundle)):
        for test in tests:
            yield Column(_first(test.column), (Part(value=flag),), *_yes_and_no(test))
    for test in feed.keep:
        if test.values:
            yield Column(_first(test.column), (Part(test.values[0]),) if test.values[0] else ())


def _yes_and_no(test: Where) -> tuple[str, str]:
    yes = test.values[0] if test.values else "1"
    no = test.not_values[0] if test.not_values else "0" if "0" not in test.values else ""
    return yes, no


def _first(column: Names | str) -> str:
    return column if isinstance(column, str) else column[0]


def written_names(part: Name) -> dict[str, str]:
    """Return by name, as Earmark knows it, the code that the file has for it: the first one of several."""
    from earmark.feeds.mapping.codes import codes_of

    names: dict[str, str] = {}
    for code, name in codes_of(part).items():
        names.setdefault(name, code)
    return names
