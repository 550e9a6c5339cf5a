"""Choosing among the legal transitions: a pure function of the process and the answers of the conditions.

In the existing dialects the last condition that is true wins, in document order, as in the engine they come
from; in Earmark's own dialect the first one wins. Without a true condition the first transition that has none
is taken; without such a one the item stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.definition import Dialect, Process, Transition


def choose(process: Process, state: int, event: int | None, truths: Mapping[str, bool]) -> Transition | None:
    """Return the transition to take, or None to stay.

    ``event`` is None for the eventless transitions; ``truths`` answers every condition that
    ``conditions_of`` names.
    """
    candidates = process.candidates(state, event)
    true = [t for t in candidates if t.condition is not None and truths[t.condition]]
    if true:
        return true[0] if process.dialect is Dialect.OWN else true[-1]
    return next((t for t in candidates if t.condition is None), None)


def conditions_of(process: Process, state: int, event: int | None) -> tuple[str, ...]:
    """Return the names of the conditions that the choice needs, each once, in document order."""
    candidates: Sequence[Transition] = process.candidates(state, event)
    return tuple(dict.fromkeys(t.condition for t in candidates if t.condition is not None))
