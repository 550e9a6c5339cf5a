"""Names out of a record: skus and warehouses, by column, pattern, padding and tables of codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.feeds.mapping.broken import check_sku, is_suspect
from earmark.feeds.mapping.codes import codes_of
from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.outcomes import Getter, RowRefused, RowSkipped
from earmark.feeds.mapping.parts import Batch, OfText, Part
from engine.errors import InputError
from engine.protection import MARK, unprotected
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Name


def sku_of(part: Name, columns: Columns, path: Path, *, escaped: bool = False) -> Part[str]:
    """Return what takes the sku out of a record.

    Where it may be ``escaped``, what protects it from spreadsheets is taken away.
    """
    changed = _changed(part, "sku", Code.BAD_SKU)

    def sku(text: str) -> str:
        if escaped and text[:1] == MARK and (freed := unprotected(text)) != text:
            return freed if changed is None else changed(freed)
        name = text if changed is None else changed(text)
        if not name.isalnum():
            check_sku(name)
        return name

    place = columns.place(part.column or ()) if not part.join else None
    if place is None:
        get = _found(part, columns, path)
        return Part(lambda fields: sku(get(fields)))
    return _Skus(place, sku, plain=changed is None)


class _Skus(Part[str]):
    """Skus that stand in one column: there are too many to remember them."""

    def __init__(self, place: int, sku: Callable[[str], str], *, plain: bool) -> None:
        super().__init__(lambda fields: sku(fields[place]))
        self._place, self._plain = place, plain

    def column(self, batch: Batch) -> Sequence[str | None]:
        """Return the sku of each record, None where there is something to be said about it."""
        if not self._plain:
            return super().column(batch)
        return [
            None if not text.isalnum() and is_suspect(text) else text for text in batch.column(self._place)
        ]


def warehouse_of(part: Name, columns: Columns, path: Path, *, escaped: bool = False) -> Part[str]:
    """Return what takes the warehouse out of a record, as ``sku_of`` does."""
    named = warehouse_named(part)

    def turned(text: str) -> str:
        return named(unprotected(text) if escaped else text)

    if part.column is not None:
        place = columns.place(part.column, optional=part.default is not None)
        return Part(lambda _: turned("")) if place is None else OfText(place, turned)
    get = _found(part, columns, path)
    return Part(lambda fields: turned(get(fields)))


def warehouse_named(part: Name) -> Callable[[str], str]:
    """Return what turns a text into the name of a warehouse; it raises RowRefused or RowSkipped."""
    changed, default = _changed(part, "warehouse", Code.BAD_WAREHOUSE), part.default
    codes = codes_of(part)

    def named(text: str) -> str:
        if not text and default is not None:
            return codes.get(default, default)
        name = text if changed is None else changed(text)
        if not name:
            raise RowRefused(Code.BAD_WAREHOUSE, "the row names no warehouse")
        return name

    return named


def _found(part: Name, columns: Columns, path: Path) -> Getter:
    if part.constant is not None:
        constant = part.constant
        return lambda _: constant
    if part.file_name is not None:
        found = in_file_name(part.file_name, path)
        return lambda _: found
    places = [columns.place(name) for name in part.join]
    separator = part.separator
    return lambda fields: separator.join(fields[place] for place in places if place is not None)


def in_file_name(pattern: str, path: Path) -> str:
    """Return what the pattern finds in the name of the file. Raises InputError where it finds nothing."""
    found = re.search(pattern, path.name)
    if found is None:
        raise InputError(
            f"{path}: the name of the file does not match {pattern!r}",
            remedy="Mend file_name in the feed, or the name of the file.",
        )
    return _group(found)


def _group(found: re.Match[str]) -> str:
    return ((found[1] if found.re.groups else found[0]) or "").strip()


def _changed(part: Name, what: str, code: Code) -> Callable[[str], str] | None:
    """Return what is done to the text that was found, None for nothing."""
    steps = [step for step in (_by_pattern(part, what, code), _filled(part), _by_codes(part, what)) if step]
    if not steps:
        return None
    if len(steps) == 1:
        return steps[0]

    def changed(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return changed


def _by_pattern(part: Name, what: str, code: Code) -> Callable[[str], str] | None:
    if part.pattern is None:
        return None
    search = re.compile(part.pattern).search
    pattern = part.pattern

    def picked(text: str) -> str:
        found = search(text)
        if found is None:
            raise RowRefused(code, f"the {what} {text!r} does not match {pattern!r}")
        return _group(found)

    return picked


def _filled(part: Name) -> Callable[[str], str] | None:
    prefix, pad = part.prefix, part.pad
    if not prefix and not pad:
        return None
    return lambda text: prefix + text.rjust(pad, "0") if text else text


def _by_codes(part: Name, what: str) -> Callable[[str], str] | None:
    codes, unknown = codes_of(part), part.unknown
    if not codes and part.codes_file is None:
        return None

    def named(text: str) -> str:
        name = codes.get(text)
        if name is not None:
            return name
        if unknown == "keep":
            return text
        if unknown == "skip":
            raise RowSkipped(f"the {what} is not in the table of codes")
        raise RowRefused(Code.UNKNOWN_CODE, f"the feed has no code {text!r} for a {what}")

    return named
