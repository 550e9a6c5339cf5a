"""Checks of single states: can they be entered, and is it clear how they are left."""

from __future__ import annotations

from engine.definition.amending import AMENDED_OUT, is_amendable, way_out
from engine.definition.checks.graph import leaves_by_itself, quoted, reachable, reaching
from engine.definition.findings import FindingList
from engine.definition.model import Process, State

_CANCELLABLE = "cancellable"


def check_states(process: Process, findings: FindingList) -> None:
    """Check how each state is left, and what the initial state costs when an order is placed."""
    for state in process.states:
        _check_on_enter(process, state, findings)
        _check_mixed_triggers(process, state, findings)
        _check_timeouts(process, state, findings)
        _check_cancellable(process, state, findings)
        _check_amendable(process, state, findings)
        _check_final(process, state, findings)
    if process.initial is not None:
        _check_initial(process, process.states[process.initial], findings)


def check_reachability(process: Process, findings: FindingList, *, assumed: bool = False) -> None:
    """Check that every state can be reached from the initial one.

    ``assumed`` tells that nobody says which one that is: then a state that leads to it may be the real one.
    """
    if process.initial is None:
        return
    reached = reachable(process, [process.initial])
    starts = _possible_starts(process, reached, process.initial) if assumed else []
    behind = reachable(process, starts)
    for state in process.states:
        if state.index in starts:
            _add_possible_start(process, state, process.states[process.initial], findings)
        elif state.index not in reached:
            _add_unreachable(process, state, state.index in behind, findings)


def _possible_starts(process: Process, reached: set[int], initial: int) -> list[int]:
    """Return the unreachable states that lead to the initial one and that nothing leads to, or the first of all."""
    before = [state for state in sorted(reaching(process, [initial])) if state not in reached]
    roots = [state for state in before if all(t.source == state for t in process.incoming[state])]
    return roots or before[:1]


def _add_possible_start(process: Process, state: State, initial: State, findings: FindingList) -> None:
    message = (
        f'"{state.name}" leads to "{initial.name}", where new items are assumed to start because no state is '
    )
    message += f'marked as initial; from "{initial.name}" it cannot be reached.'
    remedy = f'Add initial="true" to "{state.name}" if new items start there, else to "{initial.name}".'
    findings.add("unreachable-state", state.location, message, remedy)


def _add_unreachable(process: Process, state: State, behind: bool, findings: FindingList) -> None:
    initial = process.states[process.initial or 0].name
    others = [t for t in process.incoming[state.index] if t.source != state.index]
    why = "only unreachable states lead to it" if others else "no transition leads to it"
    message = f'"{state.name}" cannot be reached from "{initial}": {why}.'
    remedy = "Add a transition to it, or delete it."
    if behind:
        remedy = 'Mark the state in which new items start with initial="true", or add a transition to it.'
    findings.add("unreachable-state", state.location, message, remedy)


def _check_on_enter(process: Process, state: State, findings: FindingList) -> None:
    events = [event.name for event in process.state_events(state.index) if event.on_enter]
    if len(events) > 1:
        message = f'"{state.name}" has the onEnter events {quoted(events)}; only "{events[0]}" ever fires.'
        remedy = "Chain them over a state in between, or use one event with conditions."
        findings.add("several-on-enter-events", state.location, message, remedy)


def _check_mixed_triggers(process: Process, state: State, findings: FindingList) -> None:
    if not leaves_by_itself(process, state.index):
        return
    events = [e.name for e in process.state_events(state.index) if e.manual or e.timeout is not None]
    if events:
        message = (
            f'"{state.name}" is left by the conditions run and also by {quoted(events)}: who is first wins.'
        )
        remedy = "Put a state in between, or give the eventless transition a timed event."
        findings.add("mixed-triggers", state.location, message, remedy)


def _check_timeouts(process: Process, state: State, findings: FindingList) -> None:
    first = process.on_enter_event(state.index)
    if first is None:
        return
    group = process.candidates(state.index, first.index)
    if any(way.condition is not None for way in group) or group[0].target == state.index:
        return
    timed = [event for event in process.timeout_events(state.index) if event.index != first.index]
    if timed:
        message = (
            f'"{state.name}" is left at once by "{first.name}", which is fired on entering it and has no '
            f"condition: {quoted(event.name for event in timed)} only ever fires where its command fails."
        )
        remedy = "Delete it from this state, or give the first way out a condition or an event of its own."
        way = next(way for way in process.outgoing[state.index] if way.event == timed[0].index)
        findings.add("timeout-never-fires", way.location, message, remedy)


def _check_cancellable(process: Process, state: State, findings: FindingList) -> None:
    if _CANCELLABLE not in {flag.lower() for flag in state.flags}:
        return
    events = process.state_events(state.index)
    if any("cancel" in event.name.lower() for event in events):
        return
    reached = [t.target for t in process.outgoing[state.index] if t.event is not None]
    if any("cancel" in process.states[target].name.lower() for target in reached):
        return
    message = (
        f'"{state.name}" has the flag cancellable, and none of its events cancels: a shop offers what fails.'
    )
    remedy = "Add the event that cancels, or remove the flag."
    findings.add("cancellable-without-event", state.location, message, remedy)


def _check_amendable(process: Process, state: State, findings: FindingList) -> None:
    if AMENDED_OUT in state.flags and (state.reserved or is_amendable(state)):
        what = "reserved" if state.reserved else "amendable itself"
        message = f'"{state.name}" has the flag {AMENDED_OUT} and is {what}: nothing is taken out to it.'
        remedy = "Give the flag to a state that is not reserved and in which an order is not amended."
        findings.add("amended-out-unusable", state.location, message, remedy)
    if not is_amendable(state):
        return
    if not process.outgoing[state.index]:
        message = (
            f'"{state.name}" is amendable, and no transition leaves it: its orders can be amended for ever.'
        )
        remedy = "Remove the flag where an order is over."
        findings.add("amendable-at-the-end", state.location, message, remedy)
    elif way_out(process, state) is None:
        message = (
            f'"{state.name}" is amendable, and no event of it cancels: a whole line cannot be removed there, and '
            "what is taken out of a line comes to no state."
        )
        remedy = f'Add an event that leads to a cancelled state, or give a state the flag "{AMENDED_OUT}".'
        findings.add("amendable-without-way-out", state.location, message, remedy)


def _check_final(process: Process, state: State, findings: FindingList) -> None:
    if state.final in (None, "false"):
        return
    if process.closing[state.index] is None:
        why = "it is reserved" if state.reserved else "items leave it without a call"
        message = f'"{state.name}" is marked as final, and items in it are never closed: {why}.'
        remedy = "Mark the state in which nothing is left to be done, or remove final."
        findings.add("final-never", state.location, message, remedy)
        return
    events = [event.name for event in process.state_events(state.index)]
    if state.final == "true" and events:
        message = (
            f'"{state.name}" is final at once, and {quoted(events)} can be fired until its order is archived.'
        )
        remedy = 'Say after which time nobody fires it any more, such as final="30 days".'
        findings.add("final-can-be-left", state.location, message, remedy)


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
