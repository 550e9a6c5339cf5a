"""Where an item can stand: a compiled version of a process, and a place, which is one of its states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine.definition import Event, Process, State

if TYPE_CHECKING:
    from engine.versions.legality import Legality


@dataclass(frozen=True)
class Version:
    """A stored version: its compiled process and the database ids of its states, by position."""

    id: int
    name: str
    process: Process
    state_ids: tuple[int, ...]

    @cached_property
    def legality(self) -> Legality:
        """The structural legality of the version, built on first use."""
        from engine.versions.legality import Legality  # a library that only whoever asks needs

        return Legality(self.process)

    @cached_property
    def closed_states(self) -> frozenset[int]:
        """The ids of the states in which items are over: see ``engine.versions.closed``."""
        process = self.process
        return frozenset(
            state_id
            for state, state_id in zip(process.states, self.state_ids, strict=True)
            if not process.can_reach_reserved[state.index] and not process.moves_by_itself(state.index)
        )

    def event(self, name: str) -> Event | None:
        """Return the version's event of that name."""
        return self.process.event_by_name.get(name)

    def place(self, state: State) -> Place:
        """Return the version's state as a place."""
        return Place(self, state, self.state_ids[state.index])

    def offered(self, state: State) -> list[str]:
        """Return the names of the events that leave the state."""
        return [event.name for event in self.process.state_events(state.index)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: a state of a version, with the state's database id."""

    version: Version
    state: State
    state_id: int

    @property
    def closed(self) -> bool:
        """Whether items that stand here are over: how many they are is kept."""
        return self.state_id in self.version.closed_states
