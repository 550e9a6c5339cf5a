"""Text that fits: clean characters, lines no longer than a box may be wide."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PIECES = re.compile(r"\s+|\([^()]*\)|[^\s/\-_.:,;]+[/\-_.:,;]*|[/\-_.:,;]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """Return the text on one line, with characters that no XML document may hold replaced."""
    shown = (" " if c.isspace() else "\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join("".join(shown).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd").split())


def items(number: int) -> str:
    """Return how many items: ``1 item``, ``2 items``."""
    return f"{number} {'item' if number == 1 else 'items'}"


def states_text(number: int) -> str:
    """Return how many states: ``1 state``, ``2 states``."""
    return f"{number} {'state' if number == 1 else 'states'}"


def wrap(text: str, width: int) -> tuple[str, ...]:
    """Break a text into lines of at most ``width`` characters; joined with the lost spaces it is whole again.

    Breaks after spaces first (not inside parentheses), then after ``/ - _ . : , ;``, then between words of a
    camel-case name, and inside a word only when nothing else is left.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(clean(text), width):
        if line and len((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    lines.append(line.rstrip())
    return tuple(line for line in lines if line) or ("",)


def _pieces(text: str, width: int) -> list[str]:
    found: list[str] = []
    for piece in _PIECES.findall(text):
        if len(piece) <= width:
            found.append(piece)
            continue
        for word in _CAMEL.split(piece):
            found.extend(word[start : start + width] for start in range(0, len(word), width))
    return found
