"""Why a guard can say neither true nor false of an item, in words of ours for what the language's library says."""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.guards.problems import OPERATORS

_FIXED = {
    "Applying SELECT to non-message type": "a key is asked of what is no JSON object",
    "cannot convert string to int": "int() was given a text that is no whole number",
    "cannot convert string to double": "double() was given a text that is no number",
    "String to Timestamp conversion failed": "timestamp() was given a text that is no time such as "
    "2026-12-01T00:00:00Z",
    "String to Duration conversion failed": "duration() was given a text that is no span such as 36h or 90s",
    "Type conversion error from 'string' to 'bool'": "bool() was given a text that is neither true nor false",
    "integer overflow": "a sum or a product of whole numbers is beyond 64 bits",
    "unsigned integer overflow": "a sum or a product of whole numbers is beyond 64 bits",
    "double out of int64 range": "int() was given a number that is beyond 64 bits",
    "timestamp overflow": "a time lies outside of the years 1 to 9999",
    "duration overflow": "a span of time is too long",
    "divide by zero": "a whole number is divided by 0",
    "modulus by zero": "the remainder of a division by 0 is asked for",
    "Invalid timezone": "there is no time zone of that name; they are named as in Europe/Berlin, or +01:00",
}
_KEY = re.compile(r"Key not found in map : (.*)", re.DOTALL)
_INDEX = re.compile(r"Index error: index=(-?\d+) size=(\d+)")
_BUDGET = re.compile(r"[Ii]teration budget")
_OVERLOAD = re.compile(r"No matching overloads found : (.*)", re.DOTALL)
_METHOD = re.compile(r"\((.*?)\)\.(\w+)\((.*)\)\Z", re.DOTALL)
_CALL = re.compile(r"(\S+?) ?\((.*)\)\Z", re.DOTALL)
_TYPES = {"int64": "int", "uint64": "uint", "null_type": "null", "null type": "null", "bool": "bool"}


def told(error: str) -> str:
    """Return what went wrong, of the library's text of an error."""
    first, _, rest = error.split("\n", 1)[0].partition(": ")
    said = " ".join((rest if first.isupper() and rest else error).split())
    if (known := _FIXED.get(said)) is not None:
        return known
    for pattern, words in _WORDS:
        if (found := pattern.search(said)) is not None:
            return words(found)
    return said


def _key(found: re.Match[str]) -> str:
    return f"there is no key {found[1]}; has() asks whether there is, as in has(order.data.gift) && ..."


def _index(found: re.Match[str]) -> str:
    index, size = int(found[1]), int(found[2])
    entries = "1 entry" if size == 1 else f"{size} entries"
    return f"entry [{index}] is asked of a list of {entries}; the first one is [0]"


def _overload(found: re.Match[str]) -> str:
    what = found[1].strip()
    if what == "!_":
        return '"!" was given what is neither true nor false; compare it, as in order.data.paid == true'
    if what == "<jump_condition>":
        return 'the condition of "? :" is neither true nor false; compare it, as in order.data.paid == true'
    if (method := _METHOD.fullmatch(what)) is not None:
        return _not_of(f'"{method[2]}" cannot be asked of {_types(method[1])}', method[1])
    if (call := _CALL.fullmatch(what)) is not None:
        name = OPERATORS.get(call[1], call[1])
        return _not_of(f'"{name}" cannot be used with {_types(call[2])}', call[2])
    return f'"{what}" cannot be used with such values'


def _not_of(text: str, types: str) -> str:
    return (
        f"{text}; ask first whether it is there, as in order.total != null && ..."
        if "null" in types
        else text
    )


def _types(text: str) -> str:
    """Return the types of values in words: ``string and int``."""
    names = [_TYPES.get(name.strip(), name.strip()) for name in text.split(",")]
    return " and ".join(filter(None, names))


_WORDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_KEY, _key),
    (_INDEX, _index),
    (_OVERLOAD, _overload),
    (_BUDGET, lambda _found: "it takes more than 10,000 rounds through its lists"),
)
