"""What the history says of a process: how probable answers were, and how long items stayed before which event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LearnedExit:
    """An event with which items left a state: in which ``share`` of the visits, from 0 to 1, and after how long.

    ``quantiles_s`` are equidistant quantiles of the seconds before it, the least first; ``items`` left so.
    """

    share: float
    quantiles_s: tuple[float, ...]
    items: int


@dataclass(frozen=True, slots=True)
class LearnedState:
    """A state: how probable conditions were there, by name, and the exits by event.

    An exit by the conditions run is called ``conditions run``. Exits by the clock or a count of stock are left out.
    """

    conditions: Mapping[str, float]
    exits: Mapping[str, LearnedExit]


@dataclass(frozen=True, slots=True)
class LearnedProcess:
    """What the history of all versions of a process says; ``arrivals_s`` is the mean time between two items."""

    process: str
    items: int
    arrivals_s: float | None
    states: Mapping[str, LearnedState]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object, which is also what ``process simulate`` reads."""
        states = {}
        for name, state in self.states.items():
            exits = {
                event: {"share": one.share, "quantiles": list(one.quantiles_s)}
                for event, one in state.exits.items()
            }
            parts = {"conditions": dict(state.conditions), "exits": exits}
            states[name] = {key: part for key, part in parts.items() if part}
        arrivals = {} if self.arrivals_s is None else {"arrivals": {"every": self.arrivals_s}}
        return {"process": self.process, **arrivals, "states": states}
