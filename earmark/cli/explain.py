"""Printing the terms behind an availability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earmark.cli.output import table
from earmark.words.terms import because, sum_of, term_of

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import AvailabilityView


def show_terms(out: Console, view: AvailabilityView) -> None:
    """Write a row per term: stock that counts or not, reservations and holds with the items behind them."""
    rows = [(t["term"], term_of(t), f"{t['quantity']:f}", because(t)) for t in view.terms or ()]
    title = f"{view.sku} in {view.store}: {sum_of(view)}"
    table(out, ("term", "of", "#quantity", "because"), rows, empty="nothing is stored of it", title=title)
