"""Names that a spreadsheet would change: an apostrophe before them keeps them, and reading takes it away again.

``0017`` would lose its zeros, ``1E5`` become 100000, ``1-2`` a date, and ``=1+1`` a formula. For every text
``unprotected(protected(text)) == text``, and ``unprotected(unmistakable(text)) == text``.
"""

from __future__ import annotations

import re

MARK = "'"
"""What stands before a name that is protected."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_PLAIN = re.compile(r"0|[1-9][0-9]{0,10}", re.ASCII)
"""A number that comes back as it went: no zeros before it, and short enough to be shown with all its digits."""

_NUMBER = re.compile(r"[0-9 .,'’]*[0-9][0-9.,]*(e[+-]?[0-9]+)?\s*%?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(
    r"[0-9]{1,4}\s?[-/.: ]\s?[0-9]{1,2}(\s?[-/.: ]\s?[0-9]{1,4})?(\s?[ap]m)?", re.ASCII | re.IGNORECASE
)
_MONTHS = (
    "jan(uary|uar)?|feb(ruary|ruar)?|mar(ch)?|mär(z)?|apr(il)?|may|mai|june?|juni|july?|juli|aug(ust)?|"
    "sept?(ember)?|oct(ober)?|okt(ober)?|nov(ember)?|dec(ember)?|dez(ember)?"
)
_WITH_MONTH = re.compile(
    rf"[0-9]{{1,4}}[-/. ]*({_MONTHS})\.?([-/. ]*[0-9]{{1,4}})?"
    rf"|({_MONTHS})\.?[-/. ]*[0-9]{{1,4}}([-/. ,]+[0-9]{{1,4}})?",
    re.IGNORECASE,
)
_WORD = re.compile(r"true|false|wahr|falsch|vrai|faux", re.IGNORECASE)
_MONEY = re.compile(r"[$€£¥][0-9 .,]+|[0-9 .,]+[$€£¥]", re.ASCII)


def protected(text: str) -> str:
    """Return the text so that a spreadsheet keeps it as it is."""
    return MARK + text if _would_change(text) else unmistakable(text)


def unmistakable(text: str) -> str:
    """Return the text as it is, or, where reading would take its first sign for protection, with one more."""
    return MARK + text if text[:1] == MARK and _is_freed(text[1:]) else text


def unprotected(text: str) -> str:
    """Return the text without what protects it; one that nothing protects as it is."""
    return text[1:] if text[:1] == MARK and _is_freed(text[1:]) else text


def _would_change(text: str) -> bool:
    """Whether a spreadsheet would show, or write again, another text, or compute one."""
    if text.startswith(_FORMULA):
        return True
    if _NUMBER.fullmatch(text) is not None:
        return _PLAIN.fullmatch(text) is None
    return any(pattern.fullmatch(text) for pattern in (_DATE, _WITH_MONTH, _WORD, _MONEY))


def _is_freed(text: str) -> bool:
    """Whether an apostrophe before the text protects it, and is not part of it; any number may have one."""
    if text[:1] == MARK:
        return _is_freed(text[1:])
    return _would_change(text) or _NUMBER.fullmatch(text) is not None
