"""The columns of a file by name: which one is meant, which are missing, which are given twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from earmark.feeds.looks import SIGNS
from earmark.feeds.records import same_name
from engine.definition import nearest
from engine.errors import InputError


class Columns:
    """Finds columns, and gathers what is wrong with them until ``check`` is asked."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(names):
            self._places[same_name(name)].append(place)
        self.used: set[int] = set()
        self._missing: list[str] = []
        self._twice: list[str] = []

    def has(self, name: str) -> bool:
        """Return whether the file has a column of that name."""
        return same_name(name) in self._places

    def place(self, wanted: str | Sequence[str], *, optional: bool = False) -> int | None:
        """Return where the first of the alternatives stands that the file has, None where it has none."""
        alternatives = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        for name in alternatives:
            if places := self._places.get(same_name(name)):
                if len(places) > 1 and name not in self._twice:
                    self._twice.append(name)
                self.used.add(places[0])
                return places[0]
        if not optional:
            self._missing.append(" or ".join(map(repr, alternatives)) + self._meant(alternatives))
        return None

    def lacks(self, pattern: str) -> None:
        """Tell that no column is like the pattern."""
        self._missing.append(f"like {pattern!r}")

    def check(self, path: Path, feed: str) -> None:
        """Raise InputError for what is missing or given twice, with everything that is wrong."""
        problems = [f"there is no column {text}" for text in dict.fromkeys(self._missing)]
        problems += [f"column {name!r} is given twice" for name in self._twice]
        if not problems:
            return
        said = ", ".join(map(repr, self.names[:20])) + (", ..." if len(self.names) > 20 else "")
        raise InputError(
            f"{path}: {problems[0]}",
            listed=[*problems[1:], f"the file has these columns: {said}"],
            remedy=self._separator()
            or f"Mend the columns of the feed {feed!r}, or the file; 'earmark feed try' shows "
            "what is understood.",
        )

    def _meant(self, alternatives: Sequence[str]) -> str:
        known = {same_name(name): name for name in self.names if name}
        near = next((hit for name in alternatives if (hit := nearest(same_name(name), list(known)))), None)
        return "" if near is None else f": is {known[near]!r} meant?"

    def _separator(self) -> str:
        """Return what to do where a column's name looks like several ones."""
        for sign, told in SIGNS.items():
            if any(name.count(sign) for name in self.names) and len(self.names) <= 2:
                written = "\\t" if sign == "\t" else sign
                said = f'say delimiter = "{written}" if they are; it is not guessed.'
                return f"The columns look separated by {told}: {said}"
        return ""
