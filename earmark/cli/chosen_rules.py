"""Which rules a check tells of: ``--select`` and ``--ignore``. Errors are told in any case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Self

from engine.definition import Finding, LoadResult, Severity, rules
from engine.definition.suggest import did_you_mean
from engine.errors import InputError


@dataclass(frozen=True, slots=True)
class ChosenRules:
    """The rules that are asked for: all when ``selected`` is empty, without those that are ``ignored``."""

    selected: frozenset[str]
    ignored: frozenset[str]

    @classmethod
    def of(cls, select: Sequence[str], ignore: Sequence[str]) -> Self:
        """Return the choice. Raises InputError for what is no rule."""
        known = {rule.id for rule in rules()}
        unknown = [name for name in dict.fromkeys((*select, *ignore)) if name not in known]
        if unknown:
            told = "; ".join(
                f"there is no rule {name!r}.{did_you_mean(name, sorted(known))}" for name in unknown
            )
            raise InputError(told, remedy="docs/process-xml.md lists every rule.")
        return cls(frozenset(select), frozenset(ignore))

    def of_result(self, result: LoadResult) -> LoadResult:
        """Return the result with the findings that are asked for; what is left out counts as ignored."""
        told = tuple(finding for finding in result.findings if self._tells(finding))
        return replace(result, findings=told, ignored=result.ignored + len(result.findings) - len(told))

    def warnings(self, result: LoadResult) -> Collection[Finding]:
        """Return the warnings among the findings that are asked for."""
        return [finding for finding in result.findings if finding.severity is Severity.WARNING]

    def _tells(self, finding: Finding) -> bool:
        if finding.severity is Severity.ERROR:
            return True
        return finding.rule not in self.ignored and (not self.selected or finding.rule in self.selected)
