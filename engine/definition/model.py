"""The immutable, integer-indexed process: what the reader produces and everything else uses.

An element's ``index`` is its place in the process' tuple, so a transition names states and events by number.
Places in files (``Location``) are for messages only and take no part in equality or in the process' version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

OWN_NAMESPACE = "urn:earmark:process:1"
"""The namespace of Earmark's own dialect; every other file is read as an existing one."""


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: path as given by the user, line and column counted from 1 (0 = unknown)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad a finding is: an error forbids deployment, a warning is worth a look, info is a hint."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found: a stable rule id, what is wrong, how to mend it, and where."""

    rule: str
    severity: Severity
    message: str
    remedy: str
    location: Location


class Dialect(StrEnum):
    """Which of several true conditions wins: the last in document order (existing), or the first (own)."""

    EXISTING = "existing"
    OWN = "earmark"


@dataclass(frozen=True, slots=True)
class State:
    """A state of the merged process; ``process`` is the (sub)process that declares it.

    ``ends_hold``: items hold nothing in this state, though a reserved one may follow (``hold="false"``).
    ``final`` is whether items are closed here: ``true``, ``false``, or the span of time after which they are; None
    leaves it to the ways out (see ``Process.closing``).
    """

    index: int
    name: str
    process: str
    reserved: bool = False
    display: str | None = None
    flags: tuple[str, ...] = ()
    ends_hold: bool = False
    final: str | None = None
    location: Location | None = field(default=None, compare=False)

    @property
    def display_name(self) -> str:
        """The key under which a shop looks up what it shows: ``display``, else the name in its plain form."""
        return self.display or self.name.strip().lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the merged process; ``timeout`` is the trimmed text of the file, checked to be readable."""

    index: int
    name: str
    process: str
    on_enter: bool = False
    manual: bool = False
    command: str | None = None
    timeout: str | None = None
    timeout_processor: str | None = None
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one state to another; ``event`` None: eventless, tried by the conditions run."""

    index: int
    source: int
    target: int
    event: int | None
    condition: str | None
    happy: bool
    process: str
    location: Location | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Process:
    """A merged process. ``processes`` lists the (sub)process names in document order, the main one first.

    ``initial`` is the index of the state in which new items start, or None for a process without states.
    ``version`` is the SHA-256 (hex) of the canonical JSON of the meaning (see ``canonical``).
    """

    name: str
    dialect: Dialect
    initial: int | None
    processes: tuple[str, ...]
    states: tuple[State, ...]
    events: tuple[Event, ...]
    transitions: tuple[Transition, ...]
    version: str
    location: Location | None = field(default=None, compare=False)

    @cached_property
    def state_by_name(self) -> dict[str, State]:
        """States by their exact name."""
        return {state.name: state for state in self.states}

    @cached_property
    def event_by_name(self) -> dict[str, Event]:
        """Events by their exact name."""
        return {event.name: event for event in self.events}

    @cached_property
    def outgoing(self) -> tuple[tuple[Transition, ...], ...]:
        """Per state index: its outgoing transitions in document order."""
        return self._grouped(lambda transition: transition.source)

    @cached_property
    def incoming(self) -> tuple[tuple[Transition, ...], ...]:
        """Per state index: its incoming transitions in document order."""
        return self._grouped(lambda transition: transition.target)

    @cached_property
    def _by_source_and_event(self) -> dict[tuple[int, int | None], tuple[Transition, ...]]:
        found: dict[tuple[int, int | None], tuple[Transition, ...]] = {}
        for transition in self.transitions:
            key = (transition.source, transition.event)
            found[key] = (*found.get(key, ()), transition)
        return found

    def candidates(self, state: int, event: int | None) -> tuple[Transition, ...]:
        """Return the transitions of (state, event) in document order; event None: the eventless ones."""
        return self._by_source_and_event.get((state, event), ())

    def state_events(self, state: int) -> tuple[Event, ...]:
        """Return the events that leave the state, each once, in document order of its transitions."""
        return self._events_of[state]

    def on_enter_event(self, state: int) -> Event | None:
        """Return the state's onEnter event: the first in document order, as the reference engine does."""
        return self._on_enter[state]

    def timeout_events(self, state: int) -> tuple[Event, ...]:
        """Return the events of the state that have a timeout."""
        return self._timed[state]

    # Whatever enters a state asks for these, so they are found once for all states.

    @cached_property
    def _events_of(self) -> tuple[tuple[Event, ...], ...]:
        events = self.events
        return tuple(
            tuple(events[index] for index in dict.fromkeys(t.event for t in ways if t.event is not None))
            for ways in self.outgoing
        )

    @cached_property
    def _on_enter(self) -> tuple[Event | None, ...]:
        return tuple(next((event for event in events if event.on_enter), None) for events in self._events_of)

    @cached_property
    def _timed(self) -> tuple[tuple[Event, ...], ...]:
        return tuple(
            tuple(event for event in events if event.timeout is not None) for events in self._events_of
        )

    def moves_by_itself(self, state: int) -> bool:
        """Return whether an item can leave the state without a call.

        An eventless transition from a state to itself does nothing.
        """
        return any(way.event is None and way.target != state for way in self.outgoing[state]) or any(
            event.on_enter or event.timeout is not None for event in self.state_events(state)
        )

    @cached_property
    def closing(self) -> tuple[str | None, ...]:
        """Per state index: after which span of time items are closed there, empty for at once; None for never.

        Where a state does not say it (``final``), they are once no transition leaves it. In a state that is
        reserved, or that items leave without a call, they never are.
        """
        return tuple(map(self._closes_after, self.states))

    def _closes_after(self, state: State) -> str | None:
        if state.reserved or self.moves_by_itself(state.index):
            return None
        if state.final is None:
            return None if self.outgoing[state.index] else ""
        return {"true": "", "false": None}.get(state.final, state.final)

    @cached_property
    def can_reach_reserved(self) -> tuple[bool, ...]:
        """Per state index: whether a reserved state can be reached (a reserved state reaches itself)."""
        reached = {state.index for state in self.states if state.reserved}
        frontier = list(reached)
        while frontier:
            for transition in self.incoming[frontier.pop()]:
                if transition.source not in reached:
                    reached.add(transition.source)
                    frontier.append(transition.source)
        return tuple(state.index in reached for state in self.states)

    def _grouped(self, key: Callable[[Transition], int]) -> tuple[tuple[Transition, ...], ...]:
        groups: list[list[Transition]] = [[] for _ in self.states]
        for transition in self.transitions:
            groups[key(transition)].append(transition)
        return tuple(tuple(group) for group in groups)
