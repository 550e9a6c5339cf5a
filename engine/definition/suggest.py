"""The nearest known name to a mistyped one."""

from __future__ import annotations

from collections.abc import Collection

_MOST_CANDIDATES = 500


def did_you_mean(name: str, candidates: Collection[str]) -> str:
    """Return a question such as ' Did you mean "paid"?', or an empty string when nothing is near."""
    # Comparing is slow; a file with thousands of names must not take minutes to refuse.
    if len(candidates) > _MOST_CANDIDATES or len(name) > 200:
        return ""
    nearest = next((known for known in candidates if known.casefold() == name.casefold()), None)
    if nearest is None:
        from difflib import get_close_matches

        nearest = next(iter(get_close_matches(name, candidates, 1, 0.7)), None)
    return "" if nearest is None else f' Did you mean "{nearest}"?'
