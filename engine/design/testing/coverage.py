"""How much of a process its cases have seen: states that were entered, transitions that were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.definition import Process, Transition
from engine.design.testing.cases import Seen


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the cases of one process have seen of it."""

    process: Process
    seen: Seen

    @property
    def missed_states(self) -> list[str]:
        """The names of the states that no case has entered, in document order."""
        return [state.name for state in self.process.states if state.name not in self.seen.states]

    @property
    def missed_transitions(self) -> list[Transition]:
        """The transitions that no case has taken, in document order."""
        return [way for way in self.process.transitions if way.index not in self.seen.transitions]

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers, and what was missed, as a JSON object."""
        states, ways = self.process.states, self.process.transitions
        return {
            "process": self.process.name,
            "states": {
                "covered": len(states) - len(self.missed_states),
                "total": len(states),
                "missed": self.missed_states,
            },
            "transitions": {
                "covered": len(ways) - len(self.missed_transitions),
                "total": len(ways),
                "missed": [way_text(self.process, way) for way in self.missed_transitions],
            },
        }


def way_text(process: Process, way: Transition) -> str:
    """Return a transition as one line: ``paid -> sent: ship [condition]``."""
    names = process.states
    event = "" if way.event is None else f": {process.events[way.event].name}"
    condition = "" if way.condition is None else f" [{way.condition}]"
    return f"{names[way.source].name} -> {names[way.target].name}{event}{condition}"


def percent(covered: int, total: int) -> float:
    """Return the percentage, with one decimal; of nothing everything is covered."""
    return 100.0 if total == 0 else round(100 * covered / total, 1)
