"""The check of circles: automatic transitions that go round as long as conditions let them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.definition.checks.graph import quoted
from engine.definition.findings import FindingList
from engine.definition.model import Process, Transition


def check_conditional_loops(process: Process, findings: FindingList) -> None:
    """Name the circles of automatic transitions, with the conditions that let items out of them.

    A circle without any condition is the ``automatic-loop``, and told as that.
    """
    ways = [_automatic(process, state.index) for state in process.states]
    for circle in _circles([[way.target for way in out] for out in ways]):
        inside = [way for state in circle for way in ways[state] if way.target in circle]
        conditions = sorted({way.condition for way in inside if way.condition is not None})
        if conditions:
            _add(process, sorted(circle), inside, conditions, findings)


def _automatic(process: Process, state: int) -> list[Transition]:
    """Return the ways out of a state that are taken without anybody and without waiting."""
    event = process.on_enter_event(state)
    group = [
        *process.candidates(state, None),
        *(process.candidates(state, event.index) if event is not None else ()),
    ]
    return [way for way in group if way.target != state]


def _add(
    process: Process,
    circle: Sequence[int],
    inside: Iterable[Transition],
    conditions: Sequence[str],
    findings: FindingList,
) -> None:
    names = quoted(process.states[state].name for state in circle)
    message = (
        f"Items go round by automatic transitions in {names} as long as {', '.join(conditions)} "
        f"{'says' if len(conditions) == 1 else 'say'} so."
    )
    remedy = "Fine when that ends; else lead out of the circle by a timeout or an event."
    findings.add("conditional-loop", next(iter(inside)).location, message, remedy)


def _circles(targets: Sequence[Sequence[int]]) -> list[set[int]]:
    """Return the sets of states of which each can be reached from each other one, those of two states and more."""
    order = _finished(targets)
    back: list[list[int]] = [[] for _ in targets]
    for state, nexts in enumerate(targets):
        for other in nexts:
            back[other].append(state)
    seen: set[int] = set()
    found = []
    for start in reversed(order):
        group, waiting = set(), [start]
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                group.add(state)
                waiting += back[state]
        if len(group) > 1:
            found.append(group)
    return sorted(found, key=min)


def _finished(targets: Sequence[Sequence[int]]) -> list[int]:
    """Return the states in the order in which a walk into the depth leaves them."""
    seen: set[int] = set()
    order: list[int] = []
    for start in range(len(targets)):
        waiting = [(start, False)]
        while waiting:
            state, leaving = waiting.pop()
            if leaving:
                order.append(state)
            elif state not in seen:
                seen.add(state)
                waiting.append((state, True))
                waiting += [(other, False) for other in targets[state] if other not in seen]
    return order
