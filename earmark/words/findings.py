"""The findings of a check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from earmark.words.text import count
from engine.definition import Finding, LoadResult, Severity, show_finding
from engine.errors import DefinitionError


class FindingsError(DefinitionError):
    """The process definition has errors, or with ``strict`` warnings that are refused."""

    def __init__(self, findings: Sequence[Finding], *, strict: bool = False) -> None:
        refused = ", and --strict refuses warnings" if strict else ""
        super().__init__(
            f"the process definition has {tally(findings)}{refused}:",
            listed=[text for finding in findings for text in finding_lines(finding)],
            remedy="Mend what is listed; nothing was changed.",
        )
        self.parameters = {"findings": [show_finding(finding) for finding in findings]}


def finding_lines(finding: Finding) -> list[str]:
    """Return a finding as a line of its own, and one that tells how to mend it."""
    head = f"{finding.location} {finding.severity.value} {finding.rule} {finding.message}"
    return [head, f"  mend: {finding.remedy}"] if finding.remedy else [head]


def tally(findings: Sequence[Finding]) -> str:
    """Return the numbers by severity, such as ``1 error, 2 warnings``."""
    counts = Counter(finding.severity for finding in findings)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
    parts = [count(counts[severity], word) for severity, word in words.items() if counts[severity]]
    return ", ".join(parts) or "no findings"


def require_good(result: LoadResult) -> None:
    """Raise FindingsError with every finding of severity error, if there is one."""
    if result.errors:
        raise FindingsError(result.errors)
