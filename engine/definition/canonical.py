"""The canonical JSON of a process: its whole meaning and nothing else. Its SHA-256 is the process' version.

File names, lines, comments and the version itself are left out, and so is every attribute that has its
default value: an attribute that a later release adds does not change the version of processes that do not use
it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from engine.definition.model import Dialect, Event, Process, State, Transition
from engine.errors import DefinitionError

_FORMAT = 1


def canonical_json(process: Process) -> str:
    """Return the canonical JSON text (ASCII, sorted keys, no white space)."""
    names = [state.name for state in process.states]
    meaning = {
        "format": _FORMAT,
        "name": process.name,
        "dialect": process.dialect.value,
        "initial": None if process.initial is None else names[process.initial],
        "processes": list(process.processes),
        "states": [_state(state) for state in process.states],
        "events": [_event(event) for event in process.events],
        "transitions": [_transition(process, transition, names) for transition in process.transitions],
    }
    return json.dumps(meaning, sort_keys=True, separators=(",", ":"))


def with_version(process: Process) -> Process:
    """Return the process with its version computed from its meaning."""
    return replace(process, version=hashlib.sha256(canonical_json(process).encode("ascii")).hexdigest())


def process_from_canonical(text: str) -> Process:
    """Return the process of a canonical JSON text, without places in files; raise DefinitionError if it is
    none.
    """
    try:
        return _read(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"The stored process definition cannot be read: {error!r}."
        remedy = "It was changed by hand or written by a newer version; deploy the process again."
        raise DefinitionError(message, remedy=remedy) from error


def _state(state: State) -> dict[str, Any]:
    return _without_defaults(
        name=state.name,
        process=state.process,
        reserved=state.reserved,
        display=state.display,
        flags=list(state.flags),
        ends_hold=state.ends_hold,
        final=state.final,
    )


def _event(event: Event) -> dict[str, Any]:
    return _without_defaults(
        name=event.name,
        process=event.process,
        on_enter=event.on_enter,
        manual=event.manual,
        command=event.command,
        timeout=event.timeout,
        timeout_processor=event.timeout_processor,
    )


def _transition(process: Process, transition: Transition, names: list[str]) -> dict[str, Any]:
    return _without_defaults(
        source=names[transition.source],
        target=names[transition.target],
        event=None if transition.event is None else process.events[transition.event].name,
        condition=transition.condition,
        happy=transition.happy,
        process=transition.process,
    )


def _without_defaults(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, False, [])}


def _read(data: dict[str, Any]) -> Process:
    if data["format"] != _FORMAT:
        raise ValueError(f"format {data['format']!r} is not known")
    states = tuple(_read_state(index, fields) for index, fields in enumerate(data["states"]))
    events = tuple(Event(index, **fields) for index, fields in enumerate(data["events"]))
    state_index = {state.name: state.index for state in states}
    event_index = {event.name: event.index for event in events}
    transitions = tuple(
        _read_transition(index, fields, state_index, event_index)
        for index, fields in enumerate(data["transitions"])
    )
    return with_version(
        Process(
            name=data["name"],
            dialect=Dialect(data["dialect"]),
            initial=None if data["initial"] is None else state_index[data["initial"]],
            processes=tuple(data["processes"]),
            states=states,
            events=events,
            transitions=transitions,
            version="",
        )
    )


def _read_state(index: int, fields: dict[str, Any]) -> State:
    return State(index, **{**fields, "flags": tuple(fields.get("flags", ()))})


def _read_transition(
    index: int, fields: dict[str, Any], states: dict[str, int], events: dict[str, int]
) -> Transition:
    event = fields.get("event")
    return Transition(
        index=index,
        source=states[fields["source"]],
        target=states[fields["target"]],
        event=None if event is None else events[event],
        condition=fields.get("condition"),
        happy=fields.get("happy", False),
        process=fields["process"],
    )
