"""Pieces of text: numbers with their nouns, and names that cannot steer a terminal."""

from __future__ import annotations

from collections.abc import Iterable

_UNSEEN = (
    0x61C,
    0x200B,
    0x200E,
    0x200F,
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xE0000, 0xE0080),
)
"""What shows nothing of its own, but turns the direction of what follows, or ends a line."""


def _escapes(codes: Iterable[int]) -> dict[int, str]:
    return {code: chr(code).encode("unicode_escape").decode() for code in codes}


_CONTROL = _escapes((*range(9), *range(11, 32), *range(127, 160), *_UNSEEN))
_BREAKS = _escapes((9, 10))


def plain(text: str) -> str:
    """Return the text with control characters and direction marks escaped: a name cannot steer the terminal."""
    return text.translate(_CONTROL)


def flat(text: str) -> str:
    """Return the text on one line: line breaks and tabs in a name are escaped as well."""
    return plain(text).translate(_BREAKS)


def count(number: object, noun: str, form: str = "") -> str:
    """Return the number with its noun: ``1 item``, ``2 items``; ``form`` is the number's format, such as ``,``."""
    return f"{number:{form}} {named(number, noun)}"


def named(number: object, noun: str) -> str:
    """Return the noun, given in the singular, as it stands after the number: ``process``, ``processes``."""
    if number == 1:
        return noun
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
