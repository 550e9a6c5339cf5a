"""Quantities as they are written: decimal and thousands signs as declared, units, signs before or after."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from earmark.feeds.mapping.outcomes import RowRefused
from engine.api.values import SCALE, parse_quantity
from engine.errors import QuantityInvalid
from engine.results import Code

if TYPE_CHECKING:
    from earmark.feeds.model import Feed, Quantity

_BLANKS = str.maketrans({"\xa0": " ", "\u202f": " ", "\u2009": " "})
_DIGITS = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DOUBTFUL = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+", re.ASCII)
_GROUPED_BY_COMMA = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_WITH_COMMA = re.compile(r"[0-9.]*,[0-9]+", re.ASCII)
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+?[0-9]+", re.ASCII)


def number_of(feed: Feed, part: Quantity) -> Callable[[str], int]:
    """Return what reads a quantity in millionths; it raises RowRefused."""
    declared = {"decimal", "thousands"} & feed.model_fields_set
    decimal, thousands, sign = feed.decimal, feed.thousands, part.sign
    grouped = re.compile(rf"[0-9]{{1,3}}({re.escape(thousands)}[0-9]{{3}})+") if thousands else None
    units = sorted((unit.casefold() for unit in part.unit), key=len, reverse=True)

    def number(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text) * SCALE
        plain = _signed(_without_unit(_unmarked(text), units), sign, text)
        if not declared and _DOUBTFUL.fullmatch(plain):
            raise _doubtful(text)
        whole, point, places = plain.partition(decimal)
        digits = whole.lstrip("+-")
        if grouped is not None and thousands in digits:
            if not grouped.fullmatch(digits):
                raise _bad(
                    text,
                    f"{thousands!r} is the thousands sign of the feed, and does not stand before three digits",
                )
            whole = whole.replace(thousands, "")
        if not _DIGITS.fullmatch(f"{whole}{places}"):
            raise _bad(text, _reason(plain, feed))
        try:
            return parse_quantity(f"{whole}.{places}" if point else whole, allow_negative=True)
        except QuantityInvalid as error:
            raise _bad(text, error.message) from None

    return number


def _unmarked(text: str) -> str:
    """Return the text without the apostrophe by which spreadsheets mark text, and with plain blanks and minus."""
    return text.removeprefix("'").translate(_BLANKS).replace("\u2212", "-").strip()


def _without_unit(text: str, units: list[str]) -> str:
    folded = text.casefold()
    for unit in units:
        if folded.endswith(unit):
            return text[: len(text) - len(unit)].rstrip()
    return text


def _signed(text: str, sign: str, written: str) -> str:
    """Return the number with its sign before it, wherever the feed says that it stands."""
    if text.endswith("-") and text != "-":
        if sign == "before":
            raise _bad(written, 'a minus that stands behind needs quantity.sign = "after" in the feed')
        return f"-{text[:-1].rstrip()}"
    if text.startswith(("-", "+")):
        if sign == "after" and text[0] == "-":
            raise _bad(written, 'the feed says that a minus stands behind: say quantity.sign = "either"')
        return text[0] + text[1:].lstrip()
    return text


def _doubtful(text: str) -> RowRefused:
    whole, fraction = text.replace(".", ""), text.rstrip("0").rstrip(".")
    return RowRefused(
        Code.DOUBTFUL_QUANTITY,
        f'the quantity {text!r} can be {whole} or {fraction}: say in the feed decimal = ".", or decimal = "," and '
        'thousands = "."',
    )


def _bad(text: str, why: str) -> RowRefused:
    return RowRefused(Code.BAD_QUANTITY, f"the quantity {text[:60]!r} cannot be read: {why}")


def _reason(text: str, feed: Feed) -> str:
    """Return what it may be that is not a number for the feed, and how it is read; "" where nothing is known."""
    if not text:
        return 'the field is empty: say what that means, quantity.words = { "" = "zero" } (or "skip", "unlimited")'
    if _SHORTENED.fullmatch(text):
        return "a spreadsheet has shortened the number"
    if text.startswith("#"):
        return "a formula of the spreadsheet failed"
    return _reason_of_signs(text, feed) or _reason_of_words(text)


def _reason_of_signs(text: str, feed: Feed) -> str:
    """Return which sign of decimals or thousands is not the feed's."""
    if feed.decimal == "." and feed.thousands != "," and _GROUPED_BY_COMMA.fullmatch(text):
        return 'if the comma separates thousands, say thousands = "," in the feed, if decimals, decimal = ","'
    if feed.decimal == "." and _WITH_COMMA.fullmatch(text):
        return 'if the comma is the decimal sign, say decimal = "," in the feed (and thousands = ".", if any)'
    if feed.decimal == "," and "." in text and feed.thousands != ".":
        return (
            'the decimal sign of the feed is the comma; if the point separates thousands, say thousands = "."'
        )
    return ""


def _reason_of_words(text: str) -> str:
    """Return how the feed can be told what the text means."""
    if re.match(r"[0-9]", text) and text[-1:].isalpha():
        return "if that is a unit, say quantity.unit in the feed"
    if re.search(r"[0-9]", text):
        return f'a text that is no number can be told in the feed: quantity.words = {{ "{text}" = "10" }}'
    return (
        f'a word can be told in the feed: quantity.words = {{ "{text}" = "zero" }} (or "skip", "unlimited")'
    )
