"""Printing items that were not moved, and what a move did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earmark.cli.output import count, line

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import MoveReport, Refusal

_MOST_SHOWN = 50


def show_refusals(out: Console, what: str, refusals: Sequence[Refusal]) -> None:
    """Write a line per refusal; of very many only the first, and how many more there are."""
    for refusal in refusals[:_MOST_SHOWN]:
        whose = "" if refusal.item is None else f"item {refusal.item} "
        line(out, f"{whose}{what} {refusal.code} {refusal.message}", "red")
    if len(refusals) > _MOST_SHOWN:
        line(out, f"and {len(refusals) - _MOST_SHOWN} more {what}; --json lists all", "red")


def show_move(out: Console, report: MoveReport) -> None:
    """Write what a trigger or a run did."""
    for what in ("blocked", "failed", "stuck"):
        show_refusals(out, what, getattr(report, what))
    line(out, move_text(report.as_dict()))


def move_text(report: dict[str, object]) -> str:
    """Return the numbers of a move on one line."""
    counts = {
        name: len(rows) for name in ("blocked", "failed", "stuck") if isinstance(rows := report[name], list)
    }
    words = [f"{count(report['examined'], 'item')} examined", f"{report['moved']} moved"]
    if report["stayed"]:
        words.append(f"{report['stayed']} stayed where they were")
    words += [f"{number} {name}" for name, number in counts.items() if number]
    if not report["complete"]:
        words.append("stopped before the end")
    return ", ".join(words)
