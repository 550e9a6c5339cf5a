"""Findings that a file says are meant: ``<!-- earmark: ignore RULE, RULE -->`` before the element that has them.

The comment holds for the next element, with all that is in it; before the root it holds for the whole file. What is
wrong cannot be meant: errors are told all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.definition.model import Finding, Location

_COMMENT = re.compile(r"<!--\s*earmark\s*:\s*ignore\b(?P<rules>[^>]*?)-->", re.DOTALL)
_NAMES = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A rule that is not told from a line of a file to another one, both included; ``place`` is the comment's."""

    rule: str
    first: int
    last: int
    place: Location

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is one that the comment means."""
        place = finding.location
        same = finding.rule == self.rule and place.file == self.place.file
        return same and self.first <= place.line <= self.last


class IgnoreScanner:
    """Is given the markup of a well-formed file piece by piece, and knows in the end what it ignores."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Location]] = []
        self._open: list[list[tuple[str, Location, int]]] = []
        self.found: list[Ignored] = []

    def comment(self, text: str, place: Location) -> None:
        """A comment, which may ignore rules for the element behind it."""
        match = _COMMENT.fullmatch(text)
        if match is not None:
            names = list(filter(None, _NAMES.split(match["rules"]))) or [""]
            self._waiting += [(name, place) for name in names]

    def start(self, place: Location) -> None:
        """A start tag."""
        self._open.append([(rule, at, place.line) for rule, at in self._waiting])
        self._waiting = []

    def end(self, line: int) -> None:
        """An end tag, or the end of a start tag that ends its element; it ends on this line."""
        self._close(self._open.pop() if self._open else [], line)

    def finish(self, line: int) -> Iterator[Ignored]:
        """Yield what the file ignores; a comment with no element behind it ignores nothing."""
        self._close([(rule, at, line + 1) for rule, at in self._waiting], line)
        yield from self.found

    def _close(self, opened: list[tuple[str, Location, int]], line: int) -> None:
        self.found += [Ignored(rule, first, line, at) for rule, at, first in opened]
