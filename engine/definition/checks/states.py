"""Checks of single states: can they be entered, and is it clear how they are left."""

from __future__ import annotations

from engine.definition.checks.graph import quoted, reachable
from engine.definition.findings import FindingList
from engine.definition.model import Process, State


def check_states(process: Process, findings: FindingList) -> None:
    """Check how each state is left, and what the initial state costs when an order is placed."""
    for state in process.states:
        _check_on_enter(process, state, findings)
        _check_mixed_triggers(process, state, findings)
    if process.initial is not None:
        _check_initial(process, process.states[process.initial], findings)


def check_reachability(process: Process, findings: FindingList) -> None:
    """Check that every state can be reached from the initial one."""
    if process.initial is None:
        return
    reached = reachable(process, [process.initial])
    initial = process.states[process.initial].name
    for state in process.states:
        if state.index in reached:
            continue
        others = [t for t in process.incoming[state.index] if t.source != state.index]
        why = "only unreachable states lead to it" if others else "no transition leads to it"
        message = f'"{state.name}" cannot be reached from "{initial}": {why}.'
        findings.add("unreachable-state", state.location, message, "Add a transition to it, or delete it.")


def _check_on_enter(process: Process, state: State, findings: FindingList) -> None:
    events = [event.name for event in process.state_events(state.index) if event.on_enter]
    if len(events) > 1:
        message = f'"{state.name}" has the onEnter events {quoted(events)}; only "{events[0]}" ever fires.'
        remedy = "Chain them over a state in between, or use one event with conditions."
        findings.add("several-on-enter-events", state.location, message, remedy)


def _check_mixed_triggers(process: Process, state: State, findings: FindingList) -> None:
    if not process.candidates(state.index, None):
        return
    events = [e.name for e in process.state_events(state.index) if e.manual or e.timeout is not None]
    if events:
        message = (
            f'"{state.name}" is left by the conditions run and also by {quoted(events)}: who is first wins.'
        )
        remedy = "Put a state in between, or give the eventless transition a timed event."
        findings.add("mixed-triggers", state.location, message, remedy)


def _check_initial(process: Process, state: State, findings: FindingList) -> None:
    if state.reserved:
        message = (
            f'The initial state "{state.name}" is reserved: placing an order writes reservations at once.'
        )
        remedy = "Fine as it is; a hold before the first reserved state protects the stock just as well."
        findings.add("reserved-initial-state", state.location, message, remedy)
    event = process.on_enter_event(state.index)
    if event is not None and event.command is not None:
        message = f'"{event.name}" runs the command {event.command} while an order is being placed.'
        remedy = "A slow command belongs behind an eventless or timed transition, so that placing stays fast."
        findings.add("command-on-initial-state", event.location, message, remedy)
