"""Pieces of text: numbers with their nouns, and names that cannot steer a terminal."""

from __future__ import annotations

_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")


def plain(text: str) -> str:
    """Return the text with control characters replaced, so that a name cannot steer the terminal."""
    return text.translate(_CONTROL)


def count(number: object, noun: str) -> str:
    """Return the number with its noun: ``1 item``, ``2 items``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
