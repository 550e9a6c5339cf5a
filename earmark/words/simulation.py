"""A simulation in words: stays by state, and what is bound."""

from __future__ import annotations

from collections.abc import Iterator

from earmark.words.text import count
from earmark.words.trial import seconds_text
from engine.design.simulating import Simulated


def state_rows(done: Simulated) -> Iterator[tuple[str, ...]]:
    """Yield a row for each state: visits, items still there, the mean stay, and within what 95 of 100 have left."""
    for state in done.states:
        yield (
            state.state,
            f"{state.visits:,}",
            f"{state.still:,}",
            _span(state.mean_s),
            _span(state.p95_s),
        )


def bound_lines(done: Simulated, without: Simulated | None) -> Iterator[str]:
    """Yield how much stock is bound, what counting changes, and which states are never reached."""
    yield f"pieces bound: {done.mean:,.1f} on the average, {done.peak:,} at most"
    if without is not None:
        yield f"without counts of stock: {without.mean:,.1f} on the average, {without.peak:,} at most"
    if done.never_reached:
        yield f"never reached: {', '.join(done.never_reached)}"
    if done.stuck:
        yield f"stuck: {count(done.stuck, 'item')} went round in circles"


def _span(seconds: float | None) -> str:
    return "-" if seconds is None else seconds_text(seconds)
