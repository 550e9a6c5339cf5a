"""Numbers with their nouns: ``1 item``, ``2 items``."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Return the number with its noun, which is given in the singular: ``1 item``, ``2 items``."""
    return f"{number} {named(number, noun)}"


def named(number: int, noun: str) -> str:
    """Return the noun, given in the singular, as it stands for so many: ``column``, ``columns``."""
    return noun if number == 1 else f"{noun}s"
