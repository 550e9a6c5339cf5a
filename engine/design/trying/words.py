"""The words of a line of a trial: quantities, spans, times, and names that may have blanks in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.clock import format_time, parse_time, to_datetime, to_microseconds
from engine.definition import parse_duration
from engine.design.trying.terms import check_span
from engine.errors import InputError, QuantityInvalid, TimeInvalid
from engine.quantity import SCALE, parse_quantity

_NUMBER = re.compile(r"[+-]?\d*\.?\d+")


def after(now: int, span: str) -> int:
    """Return the time that is so much later, in UTC microseconds. Raises InputError."""
    check_span(span)
    try:
        return to_microseconds(parse_duration(span).added_to(to_datetime(now)))
    except OverflowError:
        raise InputError(f"{span!r} leads too far ahead") from None


def before(now: int, span: str) -> int:
    """Return the time that was so much earlier, in UTC microseconds. Raises InputError."""
    return 2 * now - after(now, span)


def time_of(text: str) -> int:
    """Return the time that a text tells, in UTC microseconds. Raises InputError."""
    try:
        return parse_time(text)
    except TimeInvalid as error:
        remedy = f"Write a time with its offset, such as {format_time(to_microseconds(to_datetime(0)))}."
        raise InputError(error.message, remedy=remedy) from None


def condition_of(words: list[str]) -> tuple[str, bool, list[str]]:
    """Return the condition, its answer, and the items for which it holds. Raises InputError."""
    values = {"true": True, "yes": True, "false": False, "no": False}
    place = next((at for at, word in enumerate(words) if at and word.lower() in values), None)
    if place is None:
        raise InputError("an answer is missing", remedy="Write: answer CONDITION true, or false.")
    return " ".join(words[:place]), values[words[place].lower()], words[place + 1 :]


def counted_of(words: list[str]) -> tuple[list[str], str | None]:
    """Return what was counted, and how long ago where that is told. Raises InputError."""
    made = words.index("made") if "made" in words else len(words)
    span = " ".join(words[made + 1 :]).removesuffix("ago").strip() if made < len(words) else None
    if not words[:made]:
        raise InputError("what was counted is missing", remedy="Write: count 12, or count 12 SKU.")
    return words[:made], span


def option(words: list[str], key: str) -> tuple[list[str], str | None]:
    """Return the words before the key, and what stands behind it, None without the key. Raises InputError."""
    if key not in words:
        return words, None
    place = words.index(key)
    rest = " ".join(words[place + 1 :])
    if not rest:
        raise InputError(
            f"there is nothing behind {key!r}", remedy="Write a name there, or leave the word out."
        )
    return words[:place], rest


def amount(words: list[str], default: str | None) -> tuple[int, str | None]:
    """Return the quantity, in millionths, and the sku, None where none is named. Raises InputError."""
    first = words[0] if words else default or ""
    number = _NUMBER.fullmatch(first) is not None
    quantity = parse_quantity(first) if number or default is None else SCALE
    if not quantity and default is not None:
        raise QuantityInvalid("an item has more than 0")
    rest = words[1:] if number else words
    no_more(rest[1:])
    return quantity, rest[0] if rest else None


def longest(words: list[str], known: Mapping[str, object], what: str) -> tuple[str, Sequence[str]]:
    """Return the longest name that the words begin with, and the words behind it; names may have blanks.

    ``what`` is missing without any words: Raises InputError.
    """
    if not words:
        raise InputError(f"{what} is missing", remedy=f"There are: {', '.join(known) or 'none'}.")
    for size in range(len(words), 0, -1):
        if (name := " ".join(words[:size])) in known:
            return name, words[size:]
    return words[0], words[1:]


def no_more(words: Sequence[str]) -> None:
    """See that nothing is left of a line. Raises InputError."""
    if words:
        raise InputError(f"{' '.join(words)!r} is too much", remedy="Leave it out, or see 'help'.")
