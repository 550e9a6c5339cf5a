"""The nearest known name to a mistyped one in rule files.

The same as ``engine/definition/suggest.py``, a second time and on purpose: this package imports nothing else of
Earmark, and definitions import nothing of it, so there is no place that both could use.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_LONGEST_NAME = 200
_LIKENESS = 0.65
"""How alike two names must be, of 1: one wrong letter in a name of three is still near."""


def did_you_mean(name: str, candidates: Collection[str]) -> str:
    """Return a question such as 'Did you mean "hold"?', or an empty string when nothing is near."""
    if len(name) > _LONGEST_NAME:
        return ""
    same = [known for known in candidates if known.casefold() == name.casefold()]
    near = same or get_close_matches(name, candidates, 1, _LIKENESS)
    return f'Did you mean "{near[0]}"?' if near else ""
