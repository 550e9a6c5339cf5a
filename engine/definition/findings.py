"""Collecting findings: one list for a whole load, so that every problem is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from engine.definition.check_rules import CATALOGUE
from engine.definition.model import Finding, Location, Severity
from engine.definition.suggest import did_you_mean
from engine.nouns import count

MOST_OF_ONE_RULE = 200
"""A file with more findings of one rule than this gets one more that counts the rest."""


class FindingList:
    """Findings in the making. Severity comes from the catalogue, so a rule is always equally bad."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._seen: set[Finding] = set()
        self._count: Counter[str] = Counter()
        self._first_left_out: dict[str, Location] = {}
        self._file_order: dict[str, int] = {}

    def file_opened(self, shown: str) -> None:
        """Note that a file is read now: its findings come after those of the files before it."""
        self._file_order.setdefault(shown, len(self._file_order))

    def add(self, rule: str, location: Location | None, message: str, remedy: str) -> None:
        """Add a finding unless it is known already; ``rule`` must be in the catalogue."""
        place = location or Location("")
        finding = Finding(rule, CATALOGUE[rule].severity, message, remedy, place)
        if finding in self._seen:
            return
        self._count[rule] += 1
        if self._count[rule] > MOST_OF_ONE_RULE:
            self._first_left_out.setdefault(rule, place)
            return
        self._seen.add(finding)
        self._kept.append(finding)

    def suggest(self, rule: str, name: str, candidates: Collection[str]) -> str:
        """Return ``did_you_mean`` for a finding of ``rule``, or nothing when it will not be listed any more.

        Comparing names is slow: a file with thousands of mistakes must not take minutes to refuse.
        """
        return "" if self._count[rule] >= MOST_OF_ONE_RULE else did_you_mean(name, candidates)

    @property
    def has_errors(self) -> bool:
        """Whether there is a finding of severity error."""
        return any(CATALOGUE[rule].severity is Severity.ERROR for rule in self._count)

    def as_tuple(self) -> tuple[Finding, ...]:
        """Return the findings in the order of the files as they were opened, then by line and column."""
        rest = [self._rest(rule, place) for rule, place in self._first_left_out.items()]
        return tuple(sorted([*self._kept, *rest], key=self._order))

    def _order(self, finding: Finding) -> tuple[int, int, int]:
        place = finding.location
        return self._file_order.get(place.file, -1), place.line, place.column

    def _rest(self, rule: str, place: Location) -> Finding:
        more = self._count[rule] - MOST_OF_ONE_RULE
        verb = "is" if more == 1 else "are"
        message = f"From here on {count(more, 'more finding')} of this rule {verb} not listed."
        return Finding(
            rule, CATALOGUE[rule].severity, message, "Mend the listed ones and check again.", place
        )
