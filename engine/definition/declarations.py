"""What one file declares, before anything is merged: names are trimmed, yes-or-no attributes read, nothing is
joined.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition.model import Location


@dataclass(frozen=True, slots=True)
class Reference:
    """The name of something that is declared elsewhere, and where it stands."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class StateDeclaration:
    """A ``<state>``; ``initial`` is whether it is marked as the initial one, ``hold`` whether it keeps holds.

    ``final`` is ``true``, ``false``, or a span of time as it is written; None where nothing is said.
    """

    name: str
    reserved: bool
    display: str | None
    flags: tuple[str, ...]
    initial: bool
    hold: bool
    final: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class EventDeclaration:
    """An ``<event>`` of an ``<events>`` section."""

    name: str
    on_enter: bool
    manual: bool
    command: str | None
    timeout: str | None
    timeout_processor: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class TransitionDeclaration:
    """A ``<transition>``; ``event`` is None for an eventless one."""

    source: Reference
    target: Reference
    event: Reference | None
    condition: str | None
    happy: bool
    location: Location


@dataclass(frozen=True, slots=True)
class ProcessDeclaration:
    """A ``<process>``, with own content, or with ``file`` as a stub that includes another file."""

    name: str | None
    main: bool
    file: str | None
    prefix: str | None
    subprocesses: tuple[Reference, ...]
    states: tuple[StateDeclaration, ...]
    events: tuple[EventDeclaration, ...]
    transitions: tuple[TransitionDeclaration, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class FileDeclaration:
    """A ``<statemachine>`` file: the namespace of its root and its processes in document order."""

    namespace: str
    processes: tuple[ProcessDeclaration, ...]
    location: Location
