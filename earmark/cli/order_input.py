"""Reading orders: one JSON object, or JSON Lines with one order a line, streamed.

The number of JSON values at the top of the input tells one from the other. In JSON Lines a bad line is
refused by its number and the others go on; a single bad order is an error.
"""

from __future__ import annotations

import json
import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from pydantic import ValidationError

from earmark.cli.json_input import decode_json, decode_next, unreadable
from engine.errors import InputError
from engine.requests import OrderRequest
from engine.results import Code, PlaceRefusal
from engine.results.orders import MOST_REFUSED

LONGEST_LINE = 16 << 20
"""How many bytes a line may have."""

_MOST_BLANK = 1 << 20
"""How many bytes blank lines in a row may have."""

LARGEST_SPREAD = 64 << 20
"""How many bytes orders may have that are not one a line: they are read as a whole."""

_MOST_SKIPPED = 1 << 30
"""After how many bytes of a line that is too long its end is not looked for any more."""

_SPACE = re.compile(r"\s*")
_SHAPE = 'An order is {"reference", "store", "items": [{"sku", "quantity"}]}; docs/cli.md shows one.'
_ONE_A_LINE = "Write each order on a line of its own: of those there may be any number."

_Lines = Iterator[tuple[int, bytes]]


@dataclass(slots=True)
class OrderLines:
    """The orders of a JSON Lines input with their line numbers; what cannot be read is in ``refused``.

    ``refused`` is complete once the lines have been gone through. ``stopped`` tells that the rest of the input was
    not read, because it has no end or nothing that could be used.
    """

    _name: str
    _lines: _Lines
    refused: list[PlaceRefusal] = field(default_factory=list)
    stopped: bool = False

    def __iter__(self) -> Iterator[tuple[int, OrderRequest]]:
        for number, raw in self._filled():
            value: Any = None
            try:
                value = decode_json(_text(raw).strip(), self._name, number)
                order = to_order(value)
            except InputError as error:
                self._refuse(number, error, value)
            else:
                yield number, order

    def _filled(self) -> _Lines:
        """Yield the lines until their end, or until they cannot be gone through."""
        number = 0
        try:
            for number, raw in self._lines:
                if len(self.refused) >= MOST_REFUSED:
                    self.stopped = True
                    return
                if len(raw) > LONGEST_LINE:
                    self.refused.append(
                        PlaceRefusal(number, None, Code.LINE_TOO_LONG, f"the line {_TOO_LONG}", _ONE_A_LINE)
                    )
                else:
                    yield number, raw
        except InputError as error:
            self._refuse(number + 1, error)
            self.stopped = True

    def _refuse(self, number: int, error: InputError, value: Any = None) -> None:
        self.refused.append(PlaceRefusal(number, _reference(value), error.code, error.message, error.remedy))


def read_orders(stream: IO[bytes], name: str, *, lines: bool) -> OrderRequest | OrderLines:
    """Return the one order of the input, or its lines. Raises InputError for input that is neither."""
    filled = _filled(stream, name)
    if lines:
        return OrderLines(name, filled)
    first = next(filled, None)
    if first is None:
        raise InputError(f"{name}: there is no order in it", remedy=_SHAPE)
    if len(first[1]) > LONGEST_LINE:
        raise InputError(f"{name}:{first[0]}: the line {_TOO_LONG}", remedy=_ONE_A_LINE)
    second = next(filled, None)
    if second is not None and _is_whole(first[1]):
        return OrderLines(name, chain((first, second), filled))
    begun = [first] if second is None else [first, second]
    return _spread_out(_joined(begun, stream.read(LARGEST_SPREAD), name), name)


_TOO_LONG = f"is longer than {LONGEST_LINE >> 20} MiB"


def _filled(stream: IO[bytes], name: str) -> _Lines:
    """Yield the lines that are not blank, with their numbers; of one that is too long its beginning.

    Raises InputError where no line is going to end, or to have anything in it.
    """
    number = blank = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            yield number, raw
            if not raw.endswith(b"\n"):
                _skip_line(stream, f"{name}:{number}")
        elif raw.strip():
            yield number, raw
            blank = 0
        else:
            blank += len(raw)
            if blank > _MOST_BLANK:
                raise InputError(f"{name}:{number}: nothing but blank lines comes any more", remedy=_SHAPE)


def _skip_line(stream: IO[bytes], place: str) -> None:
    skipped = 0
    while (raw := stream.readline(LONGEST_LINE)) and not raw.endswith(b"\n"):
        skipped += len(raw)
        if skipped > _MOST_SKIPPED:
            raise InputError(f"{place}: the line does not end; nothing behind it is read", remedy=_ONE_A_LINE)


def to_order(value: Any) -> OrderRequest:
    """Return the order that the JSON value describes. Raises InputError with every problem in one message."""
    if isinstance(value, list):
        remedy = "Write one JSON object per order, each on a line of its own."
        raise InputError("orders do not come as a JSON array", remedy=remedy)
    if not isinstance(value, dict):
        raise InputError(f"an order is a JSON object, not {kind_of(value)}", remedy=_SHAPE)
    try:
        return OrderRequest.model_validate(value)
    except ValidationError as error:
        told = error.errors(include_url=False)
        raise InputError("; ".join(sentence(detail, "an order") for detail in told), remedy=_SHAPE) from None


def _spread_out(text: str, name: str) -> OrderRequest | OrderLines:
    """Read values that span lines; several are handed on as if each stood on the line where it begins."""
    places = array("q")
    line, position = 1, _next_value(text, 0)
    line += text.count("\n", 0, position)
    while position < len(text):
        try:
            value, end = decode_next(text, position)
        except (ValueError, RecursionError) as error:
            raise unreadable(error, name, 1 if isinstance(error, json.JSONDecodeError) else line) from None
        following = _next_value(text, end)
        if not places and following == len(text):
            return to_order(value)
        places.extend((line, position, end))
        line += text.count("\n", position, following)
        position = following
    return OrderLines(name, _values(text, places))


def _values(text: str, places: array[int]) -> _Lines:
    """Yield the values of a text, each with its line; ``places`` are line, start and end of each."""
    for n in range(0, len(places), 3):
        line, start, end = places[n : n + 3]
        # A line break inside JSON text is white space only: inside a string it would have been refused.
        yield line, text[start:end].replace("\n", " ").encode()


def _joined(first: Sequence[tuple[int, bytes]], rest: bytes, name: str) -> str:
    """Return the first lines and all that follows them as one text."""
    parts, last = list[bytes](), 0
    for number, raw in first:
        parts.append(b"\n" * (number - last - 1) + raw)  # blank lines count for the places in messages
        last = number
    whole = b"".join((*parts, rest))
    if len(whole) > LARGEST_SPREAD:
        size = f"{LARGEST_SPREAD >> 20} MiB"
        raise InputError(
            f"{name}: the orders are not one a line, and have more than {size}", remedy=_ONE_A_LINE
        )
    # Files that were joined may each have begun with a mark of their order of bytes.
    whole = whole.removeprefix(BOM_UTF8).replace(b"\n" + BOM_UTF8, b"\n")
    try:
        return whole.decode()
    except UnicodeDecodeError as error:
        before = whole[: error.start]
        place, byte = before.count(b"\n") + 1, error.start - before.rfind(b"\n") - 1
        raise _not_text(f"{name}:{place}: ", byte) from None


def _next_value(text: str, start: int) -> int:
    found = _SPACE.match(text, start)  # and not a slice: of each value it would copy all that come after it
    return start if found is None else found.end()


def _is_whole(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_text("", error.start) from None


def _not_text(place: str, byte: int) -> InputError:
    told = f"{place}this is not UTF-8 text (byte {byte} of the line)"
    return InputError(told, remedy="Save it as UTF-8.")


def _reference(value: Any) -> str | None:
    reference = value.get("reference") if isinstance(value, dict) else None
    return reference if isinstance(reference, str) else None


def kind_of(value: Any) -> str:
    """Return what a JSON value is that should be something else."""
    names = {str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def sentence(detail: Any, what: str) -> str:
    """Return the sentence about a mistake that pydantic tells of; ``what`` it is in: ``an order``."""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(
        "."
    )
    said = {
        "missing": "is missing",
        "string_type": "must be text",
        "string_too_short": "is empty",
        "tuple_type": "must be a list",
        "too_short": f"{what} needs at least one item",
        "model_type": "must be a JSON object",
    }.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return f"{where}: {said}"
