"""JSON from users: exact decimals, no key twice, no NaN, and a place for everything that is wrong."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

from engine.errors import InputError


def decode_json(text: str, name: str, line: int = 1) -> Any:
    """Return the one JSON value of the text, which starts at that line of the named source.

    Raises InputError with the place of what is wrong.
    """
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise unreadable(error, name, line) from None


def decode_next(text: str, start: int) -> tuple[Any, int]:
    """Return the JSON value at ``start`` and where it ends. Raises ValueError or RecursionError."""
    return _DECODER.raw_decode(text, start)


def unreadable(error: Exception, name: str, line: int = 1) -> InputError:
    """Return the error to raise for a text that is not JSON."""
    if isinstance(error, json.JSONDecodeError):
        place = f"{name}:{line + error.lineno - 1}:{error.colno}"
        return InputError(f"{place}: this is not JSON: {error.msg}", remedy="Mend the JSON at that place.")
    text = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InputError(f"{name}:{line}: this JSON is refused: {text}", remedy="Mend the JSON.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name in found if counted[name] > 1)
        raise ValueError(f'the key "{twice}" stands in one object twice')
    return found


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_once)
