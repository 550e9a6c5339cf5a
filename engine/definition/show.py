"""A process as plain JSON values, for people and other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definition.load import LoadResult
from engine.definition.model import Event, Finding, Location, Process, State, Transition
from engine.definition.releasing import Need, Release, releases


def show_model(process: Process) -> dict[str, Any]:
    """Return the merged process as JSON values; ``location`` is ``file:line:column``, or None for a stored
    process.
    """
    return {
        "process": process.name,
        "initial": None if process.initial is None else process.states[process.initial].name,
        "version": process.version,
        "dialect": process.dialect.value,
        "processes": list(process.processes),
        "location": _place(process.location),
        "states": _states(process),
        "events": [_event(event) for event in process.events],
        "transitions": [_transition(process, transition) for transition in process.transitions],
    }


def show_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON values."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def show_findings(result: LoadResult) -> dict[str, Any]:
    """Return what checking one file gave as JSON values; ``process`` is None when there are errors."""
    return {
        "process": None if result.process is None else result.process.name,
        "findings": [show_finding(finding) for finding in result.findings],
    }


_RELEASED = {Need.NOTHING: "by-itself", Need.COUNT: "by-count", Need.SOMEBODY: "by-event"}


def _states(process: Process) -> list[dict[str, Any]]:
    freed = releases(process)
    return [{**_state(state), "released": released(process, state, freed)} for state in process.states]


def released(
    process: Process, state: State, freed: Mapping[int, Release | None]
) -> dict[str, str | list[str]] | None:
    """Return how a reserved state's stock comes free, as JSON values; None for a state that does not reserve.

    ``by`` is ``by-itself``, ``by-count``, ``by-event`` or ``never``, ``way`` the names of the states up to the
    first that does not reserve. ``freed`` is what ``releases`` says of the process.
    """
    if not state.reserved:
        return None
    release = freed[state.index]
    if release is None:
        return {"by": "never", "way": []}
    return {"by": _RELEASED[release.need], "way": [process.states[index].name for index in release.states]}


def _state(state: State) -> dict[str, Any]:
    return {
        "name": state.name,
        "process": state.process,
        "reserved": state.reserved,
        "display": state.display,
        "flags": list(state.flags),
        "ends_hold": state.ends_hold,
        "final": state.final,
        "location": _place(state.location),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "name": event.name,
        "process": event.process,
        "on_enter": event.on_enter,
        "manual": event.manual,
        "timeout": event.timeout,
        "timeout_processor": event.timeout_processor,
        "command": event.command,
        "location": _place(event.location),
    }


def _transition(process: Process, transition: Transition) -> dict[str, Any]:
    return {
        "source": process.states[transition.source].name,
        "target": process.states[transition.target].name,
        "event": None if transition.event is None else process.events[transition.event].name,
        "condition": transition.condition,
        "happy": transition.happy,
        "process": transition.process,
        "location": _place(transition.location),
    }


def _place(location: Location | None) -> str | None:
    return None if location is None else str(location)
