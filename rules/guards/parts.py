"""The parts of a guard that must all be true, as its author wrote them."""

from __future__ import annotations

_QUOTES = "'\""


def parts_of(text: str) -> list[str]:
    """Return the texts between the ``&&`` at the top of an expression; the whole text where there are none.

    An expression with another joining operator at the top (``||``, ``? :``) has one part: itself.
    """
    parts, depth, start, place = [], 0, 0, 0
    while place < len(text):
        sign = text[place]
        if sign in _QUOTES:
            place = _after_quotes(text, place)
            continue
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and (text.startswith("||", place) or sign == "?"):
            return [text.strip()]
        if depth == 0 and text.startswith("&&", place):
            parts.append(text[start:place].strip())
            place = start = place + 2
            continue
        place = text.find("\n", place) if text.startswith("//", place) and "\n" in text[place:] else place + 1
    return [*parts, text[start:].strip()]


def _after_quotes(text: str, place: int) -> int:
    quote = text[place] * 3 if text.startswith(text[place] * 3, place) else text[place]
    raw = place > 0 and text[place - 1] in "rR"
    place += len(quote)
    while place < len(text) and not text.startswith(quote, place):
        place += 2 if text[place] == "\\" and not raw else 1
    return place + len(quote)
