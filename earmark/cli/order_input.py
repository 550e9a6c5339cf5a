"""Reading orders: one JSON object, or JSON Lines with one order a line, streamed.

The number of JSON values at the top of the input tells one from the other. In JSON Lines a bad line is
refused by its number and the others go on; a single bad order is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from pydantic import ValidationError

from earmark.cli.json_input import decode_json, decode_next, unreadable
from engine.errors import InputError
from engine.requests import OrderRequest
from engine.results import PlaceRefusal

_SPACE = re.compile(r"\s*")
_SHAPE = 'An order is {"reference", "store", "items": [{"sku", "quantity"}]}; docs/cli.md shows one.'


@dataclass(slots=True)
class OrderLines:
    """The orders of a JSON Lines input with their line numbers; what cannot be read is in ``refused``.

    ``refused`` is complete once the lines have been gone through.
    """

    _name: str
    _lines: Iterator[tuple[int, bytes]]
    refused: list[PlaceRefusal] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[int, OrderRequest]]:
        for number, raw in self._lines:
            value: Any = None
            try:
                value = decode_json(_text(raw).strip(), self._name, number)
                order = to_order(value)
            except InputError as error:
                self.refused.append(
                    PlaceRefusal(number, _reference(value), error.code, error.message, error.remedy)
                )
            else:
                yield number, order


def read_orders(stream: IO[bytes], name: str, *, lines: bool) -> OrderRequest | OrderLines:
    """Return the one order of the input, or its lines. Raises InputError for input that is neither."""
    filled = ((number, raw) for number, raw in enumerate(stream, start=1) if raw.strip())
    if lines:
        return OrderLines(name, filled)
    first, second = next(filled, None), next(filled, None)
    if first is None:
        raise InputError(f"{name}: there is no order in it", remedy=_SHAPE)
    if second is None:
        return _spread_out([first], name)
    if _is_whole(first[1]):
        return OrderLines(name, chain((first, second), filled))
    return _spread_out([first, second, *filled], name)


def to_order(value: Any) -> OrderRequest:
    """Return the order that the JSON value describes. Raises InputError with every problem in one message."""
    if isinstance(value, list):
        remedy = "Write one JSON object per order, each on a line of its own."
        raise InputError("orders do not come as a JSON array", remedy=remedy)
    if not isinstance(value, dict):
        raise InputError(f"an order is a JSON object, not {_kind(value)}", remedy=_SHAPE)
    try:
        return OrderRequest.model_validate(value)
    except ValidationError as error:
        told = error.errors(include_url=False)
        raise InputError("; ".join(map(_sentence, told)), remedy=_SHAPE) from None


def _spread_out(lines: Sequence[tuple[int, bytes]], name: str) -> OrderRequest | OrderLines:
    """Read values that span lines; several are handed on as if each stood on the line where it begins."""
    text, values = _joined(lines, name), list[tuple[int, bytes]]()
    line, position = 1, _next_value(text, 0)
    line += text.count("\n", 0, position)
    while position < len(text):
        try:
            value, end = decode_next(text, position)
        except (ValueError, RecursionError) as error:
            raise unreadable(error, name, 1 if isinstance(error, json.JSONDecodeError) else line) from None
        following = _next_value(text, end)
        if not values and following == len(text):
            return to_order(value)
        # A line break inside JSON text is white space only: inside a string it would have been refused.
        values.append((line, text[position:end].replace("\n", " ").encode()))
        line += text.count("\n", position, following)
        position = following
    return OrderLines(name, iter(values))


def _joined(lines: Sequence[tuple[int, bytes]], name: str) -> str:
    # Blank lines were left out; they count for the places in messages.
    parts, last = [], 0
    for number, raw in lines:
        parts.append("\n" * (number - last - 1) + _text(raw, f"{name}:{number}: "))
        last = number
    return "".join(parts)


def _next_value(text: str, start: int) -> int:
    found = _SPACE.match(text, start)  # and not a slice: of each value it would copy all that come after it
    return start if found is None else found.end()


def _is_whole(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


def _text(raw: bytes, place: str = "") -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        told = f"{place}this is not UTF-8 text (byte {error.start} of the line)"
        raise InputError(told, remedy="Save it as UTF-8.") from None


def _reference(value: Any) -> str | None:
    reference = value.get("reference") if isinstance(value, dict) else None
    return reference if isinstance(reference, str) else None


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _sentence(detail: Any) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(
        "."
    )
    said = {
        "missing": "is missing",
        "string_type": "must be text",
        "string_too_short": "is empty",
        "tuple_type": "must be a list",
        "too_short": "an order needs at least one item",
        "model_type": "must be a JSON object",
    }.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    return f"{where}: {said}"
