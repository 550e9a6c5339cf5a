"""Printing what was refused, moved and found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from earmark.cli.output import line
from earmark.words.refusals import move_text, part_lines, refusal_lines, shortfall_lines

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import Finding
    from engine.results import MoveReport, Refusal

_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def show_refusals(out: Console, what: str, refusals: Sequence[Refusal]) -> None:
    """Write a line per refused item."""
    for text in refusal_lines(what, refusals):
        line(out, text, "red")


def show_move(out: Console, report: MoveReport) -> None:
    """Write what a trigger or a run did."""
    for what in ("blocked", "failed", "stuck"):
        show_refusals(out, what, getattr(report, what))
    for text in part_lines(report.parts):
        line(out, text)
    for text in shortfall_lines(report.shortfall):
        line(out, text, "yellow")
    line(out, move_text(report.as_dict()))


def print_findings(out: Console, findings: Iterable[Finding], *, excerpts: bool = False) -> None:
    """Write the findings, each with place, severity, rule and remedy; with the line that each is about if asked."""
    from earmark.words.excerpts import excerpt
    from earmark.words.findings import finding_lines

    for finding in findings:
        head, *remedy = finding_lines(finding)
        line(out, head, _STYLES[finding.severity.value])
        for text in excerpt(finding.location) if excerpts else ():
            line(out, text)
        for text in remedy:
            line(out, text, _STYLES[finding.severity.value])
