"""The simulation: items of one state are dealt with together, visit by visit; none waits for another.

Items do not know of each other: each goes its own way, and what they bind together is summed up in the end. So no
queue of events is needed, and the clock of each item is turned on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.clock import to_datetime, to_microseconds
from engine.definition import Process, parse_duration
from engine.design.simulating.assumptions import NEVER, Assumptions
from engine.design.simulating.choosing import STAYS
from engine.design.simulating.result import Bound, Simulated, Spans, Stays, figures
from engine.design.simulating.visit import Visits
from engine.design.trying.terms import check_span
from engine.errors import InputError
from engine.inventory.counting import Counting
from engine.moving.step import LONGEST_CHAIN

if TYPE_CHECKING:
    import numpy as np

MOST_VISITS = 1_000
"""How many times groups of items may come to a state, on the average; who is still under way then is stuck."""


def simulate(
    process: Process, assumptions: Assumptions, *, items: int, seed: int = 1, span: str = "1 year"
) -> Simulated:
    """Send so many items through the process and return what came of them.

    ``span`` is how long is looked at, from the arrival of the first item on; what happens later is left out. The
    same seed gives the same numbers. Raises InputError for a process without states or a span that is none.
    """
    import numpy as np

    if process.initial is None:
        raise InputError(f"{process.name!r} has no state in which items start")
    check_span(span)
    end = to_microseconds(parse_duration(span).added_to(to_datetime(assumptions.start)))
    rng = np.random.Generator(np.random.PCG64(seed))
    arrived = assumptions.start + np.cumsum(_gaps(rng, items, assumptions.arrivals))
    running = _Running(process, assumptions, rng, end, arrived)
    running.run()
    running.bound.close(end, None if assumptions.hold_timeout is None else arrived + assumptions.hold_timeout)
    return figures(process, assumptions.start, end, items, running.stays, running.bound, running.stuck)


def _gaps(rng: np.random.Generator, items: int, mean: int) -> Any:
    import numpy as np

    gaps = np.asarray(-np.log1p(-rng.random(items)) * mean, np.int64)
    gaps[:1] = 0
    return gaps


class _Running:
    """The items under way: groups that have come to a state, by its index."""

    def __init__(self, process: Process, assumptions: Assumptions, rng: Any, end: int, arrived: Any) -> None:
        import numpy as np

        self._process, self._assumptions, self._end, self._arrived = process, assumptions, end, arrived
        self._visits = Visits(process, assumptions, rng, end)
        self._counting = [Counting.in_state(process, state) for state in process.states]
        self._holds = np.full(len(arrived), assumptions.hold)
        self.stays = [Stays() for _ in process.states]
        self.bound = Bound(Spans(len(arrived)), Spans(len(arrived)))
        self.stuck = 0
        within = np.flatnonzero(arrived <= end)
        assert process.initial is not None
        self._waiting: dict[int, list[Any]] = {}
        self._come(process.initial, within, arrived[within], np.zeros(len(within), np.int64))

    def run(self) -> None:
        """Let all items go their way."""
        import numpy as np

        for _ in range(MOST_VISITS * len(self._process.states)):
            if not self._waiting:
                return
            state = min(self._waiting)
            groups = self._waiting.pop(state)
            ids, times, chain = (np.concatenate(parts) for parts in zip(*groups, strict=True))
            self._visit(state, ids, times, chain)
        self.stuck += sum(len(group[0]) for groups in self._waiting.values() for group in groups)

    def _come(self, state: int, ids: Any, times: Any, chain: Any) -> None:
        if len(ids):
            self._waiting.setdefault(state, []).append((ids, times, chain))

    def _visit(self, state: int, ids: Any, times: Any, chain: Any) -> None:
        """Let items come to the state at these times; ``chain`` counts the steps that took no time."""
        import numpy as np

        self._holds[ids] &= self._counting[state].keeps_hold
        stopped = chain > LONGEST_CHAIN
        self.stuck += int(stopped.sum())
        leave = np.full(len(ids), NEVER, np.int64)
        targets = np.full(len(ids), STAYS, np.int64)
        automatic = self._visits.entered(state, len(ids))
        resting = ~stopped
        if automatic is not None:
            moved = resting & (automatic != STAYS)
            leave[moved], targets[moved] = times[moved], automatic[moved]
            resting &= ~moved
        if resting.any():
            left = self._visits.stay(state, times[resting])
            leave[resting], targets[resting] = left
        going = leave <= self._end
        self.stays[state].add(times, leave, going)
        self.bound.reserved.note(ids, times, np.full(len(ids), self._counting[state].reserves))
        self.bound.held.note(ids, times, self._holds[ids])
        again = np.where(leave == times, chain + 1, 0)
        for target in np.unique(targets[going]):
            part = going & (targets == target)
            self._come(int(target), ids[part], leave[part], again[part])
