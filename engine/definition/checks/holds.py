"""The check of holds: an order that has not come to a reserved state yet must not keep its pieces for ever."""

from __future__ import annotations

from engine.definition.checks.graph import quoted
from engine.definition.findings import FindingList
from engine.definition.model import Process, State


def check_holds(process: Process, findings: FindingList) -> None:
    """Name the states in which a hold may stay for ever: no timeout and no sure step leads on."""
    resting = [state for state in _holding(process) if _may_rest(process, state)]
    if not resting:
        return
    one = len(resting) == 1
    message = (
        f"In {quoted(state.name for state in resting)} an item keeps the hold of its quantity for ever, unless "
        "somebody fires an event or a condition becomes true: a reserved state can follow, and there is no timeout."
    )
    remedy = (
        f"Give {'it' if one else 'each'} an event with a timeout, or set the rule checkout.hold_timeout_s. Where "
        'nothing is to be held, as after cancelling, write hold="false" on the state.'
    )
    findings.add("hold-without-timeout", resting[0].location, message, remedy)


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


def _may_rest(process: Process, state: State) -> bool:
    if process.timeout_events(state.index):
        return False
    event = process.on_enter_event(state.index)
    automatic = list(process.candidates(state.index, None))
    if event is not None:
        automatic += process.candidates(state.index, event.index)
    return all(way.condition is not None or way.target == state.index for way in automatic)
