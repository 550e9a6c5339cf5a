"""Which state new items start in."""

from __future__ import annotations

from collections.abc import Sequence

from engine.definition.findings import FindingList
from engine.definition.join import JoinedStates
from engine.definition.model import Location, State, Transition
from engine.definition.suggest import did_you_mean

_DEFAULT_NAME = "new"


def find_initial(
    joined: JoinedStates,
    transitions: Sequence[Transition],
    asked_for: str | None,
    main: Location,
    findings: FindingList,
) -> int | None:
    """Return the index of the initial state, or None when there is none.

    In this order: the state asked for by the caller, the one marked ``initial="true"``, the one called
    ``new`` (the only one the reference engine knows), the first declared one that no other state leads to,
    the first declared one.
    """
    states = joined.states
    if not states:
        remedy = "Add states before you deploy the process."
        findings.add("no-states", main, "The process has no states.", remedy)
    if asked_for is not None:
        return _asked_for(states, asked_for, main, findings)
    if not states:
        return None
    if joined.marked_initial:
        _check_only_one(joined, findings)
        return joined.marked_initial[0]
    named = next((state.index for state in states if state.name == _DEFAULT_NAME), None)
    return _assume(states, transitions, findings) if named is None else named


def _asked_for(states: Sequence[State], name: str, main: Location, findings: FindingList) -> int | None:
    names = {state.name: state.index for state in states}
    if name not in names:
        message = f'The process has no state "{name}" to start in.{did_you_mean(name, names)}'
        findings.add("unknown-initial-state", main, message, "Name one of its states.")
    return names.get(name)


def _check_only_one(joined: JoinedStates, findings: FindingList) -> None:
    if len(joined.marked_initial) == 1:
        return
    marked = [joined.states[index] for index in joined.marked_initial]
    names = ", ".join(f'"{state.name}"' for state in marked)
    for state in marked:
        message = f'"{state.name}" is marked as initial, but so are others: {names}.'
        findings.add("several-initial-states", state.location, message, 'Leave initial="true" on one.')


def _assume(states: Sequence[State], transitions: Sequence[Transition], findings: FindingList) -> int:
    entered = {transition.target for transition in transitions if transition.source != transition.target}
    first = next((state for state in states if state.index not in entered), None)
    chosen = first or states[0]
    why = "no transition leads to it" if first else "it is declared first"
    message = f'No state is marked as initial and none is called "{_DEFAULT_NAME}"; '
    message += f'"{chosen.name}" is taken, because {why}.'
    findings.add("initial-assumed", chosen.location, message, f'Add initial="true" to "{chosen.name}".')
    return chosen.index
