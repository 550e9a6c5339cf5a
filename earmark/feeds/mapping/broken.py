"""Skus that a spreadsheet has changed: what has happened to them, and how they are read or mended."""

from __future__ import annotations

import re

from earmark.feeds.mapping.outcomes import RowRefused
from engine.results import Code

_BROKEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]{1,3}", re.ASCII),
        "is a long number that a spreadsheet has shortened, and its digits are lost: have the file written anew, "
        "with the column as text",
    ),
    (
        re.compile(r'="[^"]*"|=[0-9]+', re.ASCII),
        "is written as a formula, so that a spreadsheet keeps its zeros: the feed can read it with "
        "sku.pattern = '^=?\"?(.*?)\"?$'",
    ),
    (
        re.compile(r"'.*"),
        "begins with an apostrophe, by which spreadsheets mark a text: the feed can read it with "
        'sku.pattern = "^\'?(.*)$"',
    ),
    (
        re.compile(r"[0-9]{6,}[.,]0+", re.ASCII),
        "is a number that was written with decimals: the feed can read it with sku.pattern = '^([0-9]+)([.,]0+)?$'",
    ),
    (re.compile(r"#(N/A|REF!|NAME\?|VALUE!|NULL!|DIV/0!|NV|WERT!|BEZUG!)"), "is a formula that has failed"),
)


_SUSPECT = re.compile(r"\Z|[='#]|[0-9][0-9.,]*([eE]\+[0-9]+)?\Z", re.ASCII)
"""What may be one of them: most skus are not, and there are many."""


def is_suspect(text: str) -> bool:
    """Return whether there may be something to be said about a sku: none that is suspected here is refused yet."""
    return _SUSPECT.match(text) is not None


def check_sku(text: str) -> None:
    """Raise RowRefused for what is no sku: nothing, or what a spreadsheet has made of one."""
    if not text:
        raise RowRefused(Code.BAD_SKU, "the row has no sku")
    if not is_suspect(text):
        return
    for pattern, what in _BROKEN:
        if pattern.fullmatch(text):
            raise RowRefused(Code.BAD_SKU, f"the sku {text!r} {what}")
