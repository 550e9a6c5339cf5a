"""Numbers with their nouns: ``1 item``, ``2 items``."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """Return the number with its noun, which is given in the singular: ``1 item``, ``2 items``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
