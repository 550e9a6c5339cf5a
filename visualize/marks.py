"""What is marked in the picture of a process, and the words that are added to its parts.

A picture of one process has no marks; ``compared.py`` knows those of a picture of two.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition import Event, State, Transition
from visualize.graph import Line, Mark


@dataclass(frozen=True, slots=True)
class Marked:
    """What is told of one part: what has become of it, the numbers of the changes, and lines in words."""

    mark: Mark | None = None
    numbers: tuple[int, ...] = ()
    lines: tuple[Line, ...] = ()


NOTHING = Marked()


class Marks:
    """Nothing is marked."""

    def start(self) -> Marked:
        """Return what is told of the place at which new items start."""
        return NOTHING

    def state(self, state: State) -> Marked:
        """Return what is told of a state."""
        return NOTHING

    def event(self, event: Event) -> Marked:
        """Return what is told of an event, at each of its ways."""
        return NOTHING

    def way(self, way: Transition) -> Marked:
        """Return what is told of a way."""
        return NOTHING
