"""Checks of the transitions of one state and event: which can be taken, and does their order decide."""

from __future__ import annotations

from collections.abc import Sequence

from engine.definition.checks.graph import quoted
from engine.definition.findings import FindingList
from engine.definition.model import Dialect, Process, Transition


def check_transitions(process: Process, findings: FindingList) -> None:
    """Check the transitions group by group; a group is those with the same source state and event."""
    groups: dict[tuple[int, int | None], list[Transition]] = {}
    for transition in process.transitions:
        groups.setdefault((transition.source, transition.event), []).append(transition)
    for group in groups.values():
        if len(group) > 1:
            _check_doubles(process, group, findings)
            _check_order(process, group, findings)
        _check_else(process, group, findings)
        _check_idle(process, group, findings)


def _where(process: Process, transition: Transition) -> str:
    source = process.states[transition.source].name
    if transition.event is None:
        return f'"{source}" without event'
    return f'"{source}" on "{process.events[transition.event].name}"'


def _check_doubles(process: Process, group: Sequence[Transition], findings: FindingList) -> None:
    target_of: dict[str | None, Transition] = {}
    seen: set[tuple[str | None, int]] = set()
    for transition in group:
        first = target_of.setdefault(transition.condition, transition)
        if (transition.condition, transition.target) in seen:
            message = f"This transition from {_where(process, transition)} is written before already."
            findings.add("duplicate-transition", transition.location, message, "Delete one of them.")
        elif first is not transition:
            _add_never_taken(process, first, transition, findings)
        seen.add((transition.condition, transition.target))


def _add_never_taken(process: Process, first: Transition, later: Transition, findings: FindingList) -> None:
    names = [process.states[t.target].name for t in (first, later)]
    if later.condition is None:
        message = f"Two transitions from {_where(process, later)} have no condition: to {quoted(names)}. "
        message += f'Only the first one, to "{names[0]}", is ever taken.'
        remedy = "Give one of them a condition, or delete it."
        findings.add("ambiguous-transition", later.location, message, remedy)
        return
    taken = names[0] if process.dialect is Dialect.OWN else names[1]
    message = f'"{later.condition}" leads from {_where(process, later)} to {quoted(names)}; '
    message += f'"{taken}" is the one that is taken.'
    findings.add("same-condition-twice", later.location, message, "Delete the other transition.")


def _check_order(process: Process, group: Sequence[Transition], findings: FindingList) -> None:
    conditional = [transition for transition in group if transition.condition is not None]
    conditions = list(dict.fromkeys(t.condition for t in conditional if t.condition is not None))
    if len(conditions) > 1 and len({transition.target for transition in conditional}) > 1:
        rule = "first" if process.dialect is Dialect.OWN else "last"
        message = f"From {_where(process, conditional[0])} the conditions {quoted(conditions)} "
        message += f"may be true together; the {rule} true one in the file wins."
        remedy = "Make sure that they exclude each other, or that this order is meant."
        findings.add("condition-order-matters", conditional[1].location, message, remedy)
    if group[0].condition is None and conditional:
        message = f"The transition from {_where(process, group[0])} without condition stands before one with "
        message += f'"{conditional[0].condition}"; it is taken only when no condition is true.'
        findings.add("else-before-condition", group[0].location, message, "Move it below the others.")


def _check_else(process: Process, group: Sequence[Transition], findings: FindingList) -> None:
    # Eventless transitions are tried again with every run: waiting for a condition is what they are for.
    if group[0].event is None or any(transition.condition is None for transition in group):
        return
    message = (
        f"All transitions from {_where(process, group[0])} have conditions: when none is true the item stays."
    )
    remedy = "Fine when waiting is meant; else add a transition without condition."
    findings.add("no-else-branch", group[0].location, message, remedy)


def _check_idle(process: Process, group: Sequence[Transition], findings: FindingList) -> None:
    idle = [t for t in group if t.event is None and t.target == t.source and t.condition is None]
    if idle:
        name = process.states[idle[0].source].name
        message = f'A transition without event and condition leads from "{name}" to itself: it does nothing.'
        remedy = "Delete it, or give it the event or the target that was meant."
        findings.add("idle-transition", idle[0].location, message, remedy)
