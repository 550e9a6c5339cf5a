"""Checks of ways through the process: the happy path, and automatic steps that never come to rest."""

from __future__ import annotations

from engine.definition.checks.circles import check_conditional_loops
from engine.definition.checks.graph import is_final, quoted, reachable
from engine.definition.findings import FindingList
from engine.definition.model import Process, Transition


def check_flow(process: Process, findings: FindingList) -> None:
    """Check that the happy transitions lead to an end, and that automatic ones do not go round for ever."""
    _check_happy_path(process, findings)
    _check_automatic_loops(process, findings)
    check_conditional_loops(process, findings)


def _check_happy_path(process: Process, findings: FindingList) -> None:
    if process.initial is None or not process.transitions:
        return
    happy = reachable(process, [process.initial], lambda transition: transition.happy)
    if any(is_final(process, state) for state in happy):
        return
    initial = process.states[process.initial].name
    ends = [
        process.states[state].name
        for state in sorted(happy)
        if not any(t.happy for t in process.outgoing[state])
    ]
    remedy = 'Mark the usual way to a state that nothing leaves with happy="true".'
    if len(happy) == 1:
        message = f'No transition marked happy leaves the initial state "{initial}".'
    elif ends:
        message = f'The transitions marked happy lead from "{initial}" to {quoted(ends)}; '
        message += "there are ways on from there, and none of them is marked happy."
        remedy = 'Mark the usual way on with happy="true". Fine when the usual way ends there.'
    else:
        message = f'The transitions marked happy start at "{initial}" and go round in a circle.'
    findings.add("no-happy-path", process.location, message, remedy)


def _check_automatic_loops(process: Process, findings: FindingList) -> None:
    steps = [_certain_step(process, state.index) for state in process.states]
    visited_from: dict[int, int] = {}
    for start in range(len(steps)):
        state: int | None = start
        while state is not None and state not in visited_from:
            visited_from[state] = start
            step = steps[state]
            state = None if step is None else step.target
        # Every state has at most one certain step, so meeting a state of this very walk again is a circle.
        if state is not None and visited_from[state] == start:
            _add_loop(process, steps, state, findings)


def _certain_step(process: Process, state: int) -> Transition | None:
    """Return the automatic transition that every item in the state takes sooner or later."""
    event = process.on_enter_event(state)
    if event is not None:
        group = process.candidates(state, event.index)
        # An onEnter event fires only when the state changed, so a loop to the same state comes to rest.
        if all(t.condition is None for t in group) and group[0].target != state:
            return group[0]
    eventless = process.candidates(state, None)
    # An eventless transition from a state to itself does nothing, so it comes to rest too.
    if eventless and all(t.condition is None for t in eventless) and eventless[0].target != state:
        return eventless[0]
    return None


def _add_loop(process: Process, steps: list[Transition | None], start: int, findings: FindingList) -> None:
    names, state = [process.states[start].name], start
    while (step := steps[state]) is not None and step.target != start:
        state = step.target
        names.append(process.states[state].name)
    names.append(names[0])
    first = steps[start]
    message = f"Items go round without end, by automatic transitions without conditions: {' > '.join(names)}."
    remedy = "Give one of these transitions a condition, a timeout or a manual event."
    findings.add("automatic-loop", first.location if first else None, message, remedy)
