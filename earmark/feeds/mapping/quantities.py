"""The quantity of a record: one column or a sum, with words that mean something else than a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from earmark.feeds.mapping.columns import Columns
from earmark.feeds.mapping.numbers import number_of
from earmark.feeds.mapping.outcomes import Fields, RowRefused, RowSkipped
from earmark.feeds.mapping.parts import Known, OfText, Part
from engine.api.values import format_quantity, parse_quantity
from engine.feeds import CountKind, Repeated
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Feed, Quantity


class Amount(NamedTuple):
    """A quantity in millionths, whether it never runs out, and the text of what is below zero and counts as 0."""

    quantity: int
    unlimited: bool
    below_zero: str | None


UNLIMITED = Amount(0, True, None)
NOTHING = Amount(0, False, None)

Reading = Callable[[str], Amount]
"""Reads a text; raises RowRefused or RowSkipped."""


def reading_of(feed: Feed, part: Quantity) -> Reading:
    """Return what reads the text of one column."""
    number, judged = number_of(feed, part), _judge(feed, part)
    words = {word.strip().casefold(): _meaning(word, meaning) for word, meaning in part.words.items()}

    def read(text: str) -> Amount:
        word = words.get(text.casefold())
        return judged(number(text), text) if word is None else word()

    return read


def amount_of(feed: Feed, part: Quantity, columns: Columns) -> Part[Amount]:
    """Return what reads the quantity of a record."""
    if part.add:
        return Part(_sum(feed, part, columns))
    return OfText(columns.place(part.column or ()) or 0, reading_of(feed, part))


def _sum(feed: Feed, part: Quantity, columns: Columns) -> Callable[[Fields], Amount]:
    signed = [*((name, 1) for name in part.add), *((name, -1) for name in part.subtract)]
    places = [(columns.place(name) or 0, sign) for name, sign in signed]
    # Terms of a sum may be below zero.
    each = Known(reading_of(feed.model_copy(update={"kind": CountKind.DELTA}), part))
    judged = _judge(feed, part)

    def read(fields: Fields) -> Amount:
        total = 0
        for place, sign in places:
            amount = each.read(fields[place])
            if amount.unlimited:
                return UNLIMITED
            total += sign * amount.quantity
        return judged(total, format_quantity(total))

    return read


def _judge(feed: Feed, part: Quantity) -> Callable[[int, str], Amount]:
    """Return what makes an amount of a number, by what the feed says of negative ones."""
    # A part of a sum, and what is to be added to, counts as it is: only what comes of it may not be below zero.
    partial = feed.kind is CountKind.AVAILABLE or feed.repeated is Repeated.SUM
    refuses = part.negative == "refuse"
    keeps = feed.kind is CountKind.DELTA or (partial and not refuses)

    def judged(number: int, text: str) -> Amount:
        if number >= 0 or keeps:
            return Amount(number, False, None)
        if refuses:
            raise RowRefused(Code.BAD_QUANTITY, f"the quantity {text!r} is negative, which the feed refuses")
        return Amount(0, False, text)

    return judged


def _meaning(word: str, meaning: str) -> Callable[[], Amount]:
    if meaning == "zero":
        return lambda: NOTHING
    if meaning == "unlimited":
        return lambda: UNLIMITED
    if meaning == "skip":
        why = f"the quantity is {word!r}" if word else "the quantity is empty"

        def skip() -> Amount:
            raise RowSkipped(why)

        return skip
    if meaning == "refuse":

        def refuse() -> Amount:
            raise RowRefused(Code.BAD_QUANTITY, f"the quantity is {word!r}, which the feed refuses")

        return refuse
    amount = Amount(parse_quantity(meaning), False, None)
    return lambda: amount
