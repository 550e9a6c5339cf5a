"""Items that were not moved, and what a move did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from earmark.words.text import count

if TYPE_CHECKING:
    from engine.results import GrownShortfall, MovedPart, Refusal

_MOST_SHOWN = 50


def refusal_lines(what: str, refusals: Sequence[Refusal]) -> Iterator[str]:
    """Yield a line per refusal; of very many only the first, and how many more there are."""
    for refusal in refusals[:_MOST_SHOWN]:
        whose = "" if refusal.item is None else f"item {refusal.item} "
        yield f"{whose}{what} {refusal.code} {refusal.message}"
    if len(refusals) > _MOST_SHOWN:
        yield f"and {len(refusals) - _MOST_SHOWN} more {what}; --json lists all"


def part_lines(parts: Sequence[MovedPart]) -> Iterator[str]:
    """Yield a line per part that went alone; of very many only the first, and how many more there are."""
    for part in parts[:_MOST_SHOWN]:
        yield f"{part.quantity:f} of item {part.of} went as item {part.item}, {part.stays:f} stay"
    if len(parts) > _MOST_SHOWN:
        yield f"and {count(len(parts) - _MOST_SHOWN, 'part')} more; --json lists all"


def shortfall_lines(grown: Sequence[GrownShortfall]) -> Iterator[str]:
    """Yield a line per product and store of which more is promised than there is, of very many only the first."""
    for one in grown[:_MOST_SHOWN]:
        before = f", {one.before:f} before" if one.before else ""
        yield f"short: {one.shortfall:f} of {one.sku} in {one.store} promised above its stock{before}"
    if len(grown) > _MOST_SHOWN:
        yield f"and {count(len(grown) - _MOST_SHOWN, 'more product')} short; --json lists all"


def move_text(report: Mapping[str, object]) -> str:
    """Return the numbers of a move on one line."""
    counts = {
        name: len(rows) for name in ("blocked", "failed", "stuck") if isinstance(rows := report[name], list)
    }
    words = [f"{count(report['examined'], 'item')} examined", f"{report['moved']} moved"]
    if report["stayed"]:
        words.append(f"{report['stayed']} stayed where {'it was' if report['stayed'] == 1 else 'they were'}")
    words += [f"{number} {name}" for name, number in counts.items() if number]
    if isinstance(parts := report.get("parts"), list) and parts:
        words.append(f"{count(len(parts), 'part')} split off")
    if not report["complete"]:
        words.append("stopped before the end")
    return ", ".join(words)
