"""Collecting findings: one list for a whole load, so that every problem is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from engine.definition.check_rules import CATALOGUE
from engine.definition.ignores import Ignored
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
        self._ignored: list[Ignored] = []
        self.passed_over = 0
        """How many findings ``as_tuple`` has left out because a comment says that they are meant."""

    def ignore(self, ignored: Iterable[Ignored]) -> None:
        """Do not tell of what comments of a file say is meant."""
        self._ignored += ignored

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
        """Return the findings in the order of the files as they were opened, then by line and column.

        What comments ignore is left out, and a comment that ignores nothing is told.
        """
        meant = {finding for finding in self._kept if self._is_meant(finding)}
        self.passed_over = len(meant)
        self._check_ignored(meant)
        told = [finding for finding in self._kept if finding not in meant]
        rest = [self._rest(rule, place) for rule, place in self._first_left_out.items()]
        return tuple(sorted([*told, *rest], key=self._order))

    def _is_meant(self, finding: Finding) -> bool:
        return finding.severity is not Severity.ERROR and any(one.covers(finding) for one in self._ignored)

    def _check_ignored(self, meant: Collection[Finding]) -> None:
        for one in self._ignored:
            rule = CATALOGUE.get(one.rule)
            if rule is None or rule.severity is Severity.ERROR:
                what = f'The comment ignores "{one.rule}"' if one.rule else "The comment names no rule"
                why = ", which is an error" if rule is not None else ", which is no rule" if one.rule else ""
                hint = self.suggest("ignores-no-rule", one.rule, list(CATALOGUE)) if rule is None else ""
                remedy = "Name a rule of a warning or a hint."
                self.add("ignores-no-rule", one.place, f"{what}{why}.{hint}", remedy)
            elif not any(one.covers(finding) for finding in meant):
                message = f'Nothing in the element behind the comment is "{one.rule}".'
                self.add(
                    "ignores-nothing", one.place, message, "Delete the comment, or put it where it is meant."
                )

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
