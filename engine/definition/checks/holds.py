"""The check of holds: an order that has not come to a reserved state yet must not keep its pieces for ever."""

from __future__ import annotations

from engine.definition.checks.graph import quoted
from engine.definition.findings import FindingList
from engine.definition.model import Process, State


def check_holds(process: Process, findings: FindingList) -> None:
    """Name the states in which a hold may stay for ever: none of the ways that are sure to be taken leads out."""
    holding = _holding(process)
    resting = _resting(process, holding)
    if not resting:
        return
    one = len(resting) == 1
    message = (
        f"In {quoted(state.name for state in resting)} an item keeps the hold of its quantity for ever, unless "
        "somebody fires an event or a condition becomes true: a reserved state can follow, and no timeout leads "
        "out of the hold."
    )
    remedy = (
        f"Give {'it' if one else 'each'} an event with a timeout, or set the rule checkout.hold_timeout_s. Where "
        'nothing is to be held, as after cancelling, write hold="false" on the state.'
    )
    findings.add("hold-without-timeout", resting[0].location, message, remedy)


def _resting(process: Process, holding: list[State]) -> list[State]:
    """Return the states out of which nothing is sure to lead, and those from which it leads in a circle only."""
    targets = {state.index: _sure_targets(process, state) for state in holding}
    still = {state for state, sure in targets.items() if not sure}
    # Whoever comes to one that is told, or to the end of the hold, needs no telling; what is left goes round.
    told_or_over = still | (set(range(len(process.states))) - targets.keys())
    while found := {s for s, sure in targets.items() if s not in told_or_over and sure & told_or_over}:
        told_or_over |= found
    return [state for state in holding if state.index in still or state.index not in told_or_over]


def _holding(process: Process) -> list[State]:
    """Return the states in which a new item can still have its first hold, in document order."""
    found: set[int] = set()
    frontier = [] if process.initial is None else [process.initial]
    while frontier:
        state = process.states[frontier.pop()]
        keeps = process.can_reach_reserved[state.index] and not (state.reserved or state.ends_hold)
        if keeps and state.index not in found:
            found.add(state.index)
            frontier += [transition.target for transition in process.outgoing[state.index]]
    return [state for state in process.states if state.index in found]


def _sure_targets(process: Process, state: State) -> set[int]:
    """Return where the conditions run, the onEnter event and the timeouts of a state lead without a condition."""
    events = [process.on_enter_event(state.index), None, *process.timeout_events(state.index)]
    ways = [
        way
        for event in dict.fromkeys(events)
        for way in process.candidates(state.index, None if event is None else event.index)
    ]
    return {way.target for way in ways if way.condition is None and way.target != state.index}
