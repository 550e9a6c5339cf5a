"""Checks of what becomes of a reservation: given up and taken again, or kept by the count that ends it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.definition.checks.graph import STOCK_UPDATE, quoted
from engine.definition.findings import FindingList
from engine.definition.model import Process, State, Transition

_MOST_STATES = 6
"""A longer way is told by its beginning and its end."""


def check_reservations(process: Process, findings: FindingList) -> None:
    """Look for pieces that can be sold twice, and for counts that release nothing."""
    for way in _gaps(process):
        _add_gap(process, way, findings)
    _check_counts(process, findings)


def _gaps(process: Process) -> Iterator[list[Transition]]:
    """Yield, for each state in which a reservation is given up, the shortest way on which it is taken again.

    The first step of a way leads out of a reserved state, the last one into one, and all between do not reserve.
    """
    for state in process.states:
        if state.reserved:
            continue
        entered = next((way for way in process.incoming[state.index] if _reserved(process, way.source)), None)
        again = None if entered is None else _way_to_reserved(process, state.index)
        if entered is not None and again is not None:
            yield [entered, *again]


def _way_to_reserved(process: Process, start: int) -> list[Transition] | None:
    """Return the shortest way from a state that does not reserve to one that does, None where there is none."""
    came: dict[int, Transition | None] = {start: None}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for way in process.outgoing[state]:
            if _reserved(process, way.target):
                return [*_back(came, state), way]
            if way.target not in came:
                came[way.target] = way
                waiting.append(way.target)
    return None


def _back(came: dict[int, Transition | None], state: int) -> list[Transition]:
    steps: list[Transition] = []
    while (way := came[state]) is not None:
        steps.append(way)
        state = way.source
    return steps[::-1]


def _reserved(process: Process, state: int) -> bool:
    return process.states[state].reserved


def _add_gap(process: Process, way: list[Transition], findings: FindingList) -> None:
    states = [process.states[way[0].source], *(process.states[step.target] for step in way)]
    before, gap, after = states[0], states[1], states[-1]
    message = (
        f'"{gap.name}" gives up what "{before.name}" reserves, and "{after.name}" reserves it again: '
        f"in between the piece can be sold to somebody else ({_told(states)})."
    )
    remedy = (
        'Reserve in between, too (reserved="true"). Fine where the piece is really back on the shelf in between, '
        "or was counted out of the stock."
    )
    findings.add("reservation-gap", gap.location, message, remedy)


def _told(states: list[State]) -> str:
    names = [state.name for state in states]
    if len(names) > _MOST_STATES:
        names[_MOST_STATES - 2 : -2] = ["..."]
    return " > ".join(names)


def _check_counts(process: Process, findings: FindingList) -> None:
    """Check that whoever waits for a count gives up the reservation by it."""
    event = process.event_by_name.get(STOCK_UPDATE)
    for state in process.states if event is not None else ():
        if not state.reserved or event is None:
            continue
        ways = process.candidates(state.index, event.index)
        if ways and all(_reserved(process, way.target) for way in ways):
            targets = quoted(dict.fromkeys(process.states[way.target].name for way in ways))
            message = f'A count leads from "{state.name}" to {targets}, and what is reserved stays reserved.'
            remedy = 'Lead "stock-update" to a state that is not reserved: the count no longer has the piece.'
            findings.add("count-releases-nothing", ways[0].location, message, remedy)
