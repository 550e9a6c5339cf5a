"""The nearest known name to a mistyped one. ``rules/suggest.py`` has the same for rule files."""

from __future__ import annotations

from collections.abc import Collection

_MOST_CANDIDATES = 500
_LONGEST_NAME = 200
_LIKENESS = 0.65
"""How alike two names must be, of 1: one wrong letter in a name of three is still near."""


def nearest(name: str, candidates: Collection[str]) -> str | None:
    """Return the known name that was probably meant: the same in other letters, or one that is spelled alike."""
    # Comparing is slow; a file with thousands of names must not take minutes to refuse.
    if len(candidates) > _MOST_CANDIDATES or len(name) > _LONGEST_NAME:
        return None
    for known in candidates:
        if known.casefold() == name.casefold():
            return known
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, candidates, 1, _LIKENESS)), None)


def did_you_mean(name: str, candidates: Collection[str]) -> str:
    """Return a question such as ' Did you mean "paid"?', or an empty string when nothing is near."""
    near = nearest(name, candidates)
    return "" if near is None else f' Did you mean "{near}"?'
