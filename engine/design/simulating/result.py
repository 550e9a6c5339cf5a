"""What came of a simulation: visits and stays by state, and how much stock was bound over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.clock import SECOND, format_time
from engine.definition import Process
from engine.design.simulating.assumptions import NEVER

POINTS = 100
"""At how many times the bound stock is told."""


@dataclass(slots=True)
class Stays:
    """The visits to one state: how many there were, how many items are still there, how long the others stayed."""

    visits: int = 0
    still: int = 0
    spans: list[Any] = field(default_factory=list)

    def add(self, since: Any, until: Any, left: Any) -> None:
        """Add visits; ``left`` tells which of the items have gone again."""
        self.visits += len(since)
        self.still += int((~left).sum())
        self.spans.append(until[left] - since[left])


class Spans:
    """From when until when each item bound its piece; the ends of states that it passes meanwhile do not count."""

    def __init__(self, items: int) -> None:
        import numpy as np

        self.parts: list[tuple[Any, Any, Any]] = []
        self._since = np.full(items, NEVER, np.int64)

    def note(self, ids: Any, times: Any, binds: Any) -> None:
        """Note whether these items bind from these times on."""
        since = self._since[ids]
        begins, ends = binds & (since == NEVER), ~binds & (since != NEVER)
        self._since[ids[begins]] = times[begins]
        if ends.any():
            self.parts.append((ids[ends], since[ends], times[ends]))
            self._since[ids[ends]] = NEVER

    def close(self, end: int) -> None:
        """End what is bound still."""
        import numpy as np

        (rest,) = np.nonzero(self._since != NEVER)
        self.parts.append((rest, self._since[rest], np.full(len(rest), end, np.int64)))


@dataclass(slots=True)
class Bound:
    """From when until when pieces were reserved and held."""

    reserved: Spans
    held: Spans

    def close(self, end: int, hold_ends: Any) -> None:
        """End what is bound still; ``hold_ends`` tells for each item when its hold is over by itself, if it is."""
        import numpy as np

        self.reserved.close(end)
        self.held.close(end)
        if hold_ends is not None:
            parts = [(ids, since, np.minimum(until, hold_ends[ids])) for ids, since, until in self.held.parts]
            self.held.parts = [(ids[b > a], a[b > a], b[b > a]) for ids, a, b in parts]


@dataclass(frozen=True, slots=True)
class StateFigures:
    """A state: its visits, the items that are still there, and how many seconds the others stayed, if any."""

    state: str
    visits: int
    still: int
    mean_s: float | None
    p95_s: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as a JSON object."""
        spans = {"mean_s": self.mean_s, "p95_s": self.p95_s}
        return {"state": self.state, "visits": self.visits, **spans, "still_there": self.still}


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of the items. ``bound`` are points in time with the pieces that were reserved and held then."""

    items: int
    states: tuple[StateFigures, ...]
    bound: tuple[dict[str, Any], ...]
    peak: int
    mean: float
    stuck: int

    @property
    def never_reached(self) -> list[str]:
        """The names of the states that no item came to."""
        return [state.state for state in self.states if not state.visits]

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        return {
            "items": self.items,
            "states": [state.as_dict() for state in self.states],
            "bound_stock": list(self.bound),
            "bound": {"peak": self.peak, "mean": self.mean},
            "never_reached": self.never_reached,
            "stuck": self.stuck,
        }


def figures(
    process: Process, start: int, end: int, items: int, stays: list[Stays], bound: Bound, stuck: int
) -> Simulated:
    """Sum up the stays and what was bound, between two times."""
    import numpy as np

    states = []
    for state, stay in zip(process.states, stays, strict=True):
        spans = np.concatenate(stay.spans) if stay.spans else np.zeros(0, np.int64)
        mean, p95 = (round(float(spans.mean()) / SECOND, 3), _p95(spans)) if len(spans) else (None, None)
        states.append(StateFigures(state.name, stay.visits, stay.still, mean, p95))
    reserved, held = _sorted(bound.reserved.parts), _sorted(bound.held.parts)
    both = _sorted([*bound.reserved.parts, *bound.held.parts])
    until = min(end, int(max((ends.max(initial=start) for _, ends in (reserved, held)), default=end)))
    times = np.linspace(start, max(until, start + 1), POINTS).astype(np.int64)
    points = tuple(
        {"at": format_time(int(time) // SECOND * SECOND), "reserved": there, "held": kept}
        for time, there, kept in zip(times, _at(reserved, times), _at(held, times), strict=True)
    )
    mean_bound = float((both[1].sum() - both[0].sum()) / (end - start))
    return Simulated(items, tuple(states), points, _peak(both), round(mean_bound, 3), stuck)


def _p95(spans: Any) -> float:
    import numpy as np

    return round(float(np.percentile(spans, 95)) / SECOND, 3)


def _sorted(parts: list[Any]) -> tuple[Any, Any]:
    """Return the beginnings and the ends, each in order of time."""
    import numpy as np

    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    begins, ends = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    return np.sort(begins), np.sort(ends)


def _at(spans: tuple[Any, Any], times: Any) -> list[int]:
    import numpy as np

    there = np.searchsorted(spans[0], times, "right") - np.searchsorted(spans[1], times, "right")
    return [int(number) for number in there]


def _peak(spans: tuple[Any, Any]) -> int:
    """Return the most that was bound at one time: what ends at a time is given free before what begins then."""
    import numpy as np

    if not len(spans[0]):
        return 0
    before = np.arange(1, len(spans[0]) + 1) - np.searchsorted(spans[1], spans[0], "right")
    return int(before.max())
