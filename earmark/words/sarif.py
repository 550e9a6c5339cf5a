"""Findings for programs that show them beside the lines: SARIF 2.1.0, and annotations of GitHub's workflows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from engine.definition import Finding, Severity, rules

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_PAGES = {Severity.ERROR: "errors.md", Severity.WARNING: "warnings.md", Severity.INFO: "hints.md"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return a SARIF log with one run; its rules are all that the findings break."""
    broken = {finding.rule for finding in findings}
    driver = {
        "name": "earmark",
        "version": version,
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": rule.summary},
                "help": {"text": f"With examples in docs/checks/{_PAGES[rule.severity]}#{rule.id}"},
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
            }
            for rule in rules()
            if rule.id in broken
        ],
    }
    results = [_result(finding) for finding in findings]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    place = finding.location
    where: dict[str, Any] = {"artifactLocation": {"uri": quote(place.file)}}
    if place.line:
        where["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.remedy}".strip()},
        "locations": [{"physicalLocation": where}],
    }


def workflow_lines(findings: Iterable[Finding]) -> list[str]:
    """Return the lines that a workflow of GitHub turns into annotations."""
    return [_workflow_line(finding) for finding in findings]


def _workflow_line(finding: Finding) -> str:
    place = finding.location
    where = f"file={_value(place.file)},line={max(place.line, 1)},col={max(place.column, 1)}"
    told = f"{finding.message} {finding.remedy}".strip()
    return f"::{_KINDS[finding.severity]} {where},title={_value(finding.rule)}::{_text(told)}"


def _text(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(value: str) -> str:
    return _text(value).replace(":", "%3A").replace(",", "%2C")
