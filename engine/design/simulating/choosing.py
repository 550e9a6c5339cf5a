"""Which way each item of a group takes: answers are drawn, and the engine's own decision is asked for each kind."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.definition import Process
from engine.design.simulating.assumptions import Assumptions
from engine.moving.decide import choose, conditions_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAYS = -1
"""Stands for the target of items that stay."""


class Choosing:
    """Draws answers and chooses targets."""

    def __init__(self, process: Process, assumptions: Assumptions, rng: np.random.Generator) -> None:
        self._process, self._assumptions, self._rng = process, assumptions, rng
        self._conditions = lru_cache(None)(lambda state, event: conditions_of(process, state, event))

    def targets(self, state: int, event: int | None, size: int) -> NDArray[np.int64]:
        """Return the index of the state that each of the items comes to, STAYS for those that stay."""
        import numpy as np

        names = self._conditions(state, event)
        here = self._process.states[state].name
        kinds = np.zeros(size, np.int64)
        for place, name in enumerate(names):
            true = self._rng.random(size) < self._assumptions.probability(here, name)
            kinds |= true.astype(np.int64) << place
        found = np.empty(size, np.int64)
        for kind in np.unique(kinds):
            found[kinds == kind] = self._target(state, event, names, int(kind))
        return found

    def _target(self, state: int, event: int | None, names: tuple[str, ...], kind: int) -> int:
        truths = {name: bool(kind >> place & 1) for place, name in enumerate(names)}
        taken = choose(self._process, state, event, truths)
        return STAYS if taken is None or taken.target == state else taken.target
