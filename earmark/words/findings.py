"""The findings of a check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from earmark.words.text import flat
from engine.definition import Finding, LoadResult, Severity, show_finding
from engine.errors import DefinitionError


class FindingsError(DefinitionError):
    """The process definition has errors, or with ``strict`` warnings that are refused."""

    def __init__(self, findings: Sequence[Finding], *, strict: bool = False) -> None:
        what = "warnings, and --strict refuses them" if strict else "errors"
        text = "\n".join([f"the process definition has {what}:", *map(finding_text, findings)])
        super().__init__(text, remedy="Mend what is listed; nothing was changed.")
        self.parameters = {"findings": [show_finding(finding) for finding in findings]}


def finding_text(finding: Finding) -> str:
    """Return the two lines of a finding."""
    head = f"{finding.location} {finding.severity.value} {finding.rule} {finding.message}"
    return f"{flat(head)}\n  mend: {flat(finding.remedy)}" if finding.remedy else flat(head)


def tally(findings: Sequence[Finding]) -> str:
    """Return the numbers by severity, such as ``1 error, 2 warnings``."""
    counts = Counter(finding.severity for finding in findings)
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
    parts = [f"{counts[s]} {word}{'' if counts[s] == 1 else 's'}" for s, word in words.items() if counts[s]]
    return ", ".join(parts) or "no findings"


def require_good(result: LoadResult) -> None:
    """Raise FindingsError with every finding of severity error, if there is one."""
    if result.errors:
        raise FindingsError(result.errors)
