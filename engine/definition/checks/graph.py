"""Walks over the states of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.definition.model import Process, Transition

STOCK_UPDATE = "stock-update"
"""The event that a stock import fires, unless the rules name another one."""


def reachable(
    process: Process, starts: Iterable[int], use: Callable[[Transition], bool] = lambda _: True
) -> set[int]:
    """Return the states reached from ``starts``, themselves included, by the transitions that ``use``
    accepts.
    """
    reached = set(starts)
    frontier = list(reached)
    while frontier:
        for transition in process.outgoing[frontier.pop()]:
            if transition.target not in reached and use(transition):
                reached.add(transition.target)
                frontier.append(transition.target)
    return reached


def reaching(process: Process, goals: Iterable[int]) -> set[int]:
    """Return the states from which one of ``goals`` can be reached, the goals included."""
    found = set(goals)
    frontier = list(found)
    while frontier:
        for transition in process.incoming[frontier.pop()]:
            if transition.source not in found:
                found.add(transition.source)
                frontier.append(transition.source)
    return found


def is_final(process: Process, state: int) -> bool:
    """Return whether no transition leads from the state to another one."""
    return all(transition.target == state for transition in process.outgoing[state])


def leaves_by_itself(process: Process, state: int) -> bool:
    """Return whether the conditions run can move an item out of the state."""
    return any(transition.target != state for transition in process.candidates(state, None))


def quoted(names: Iterable[str]) -> str:
    """Return the names in quotation marks, separated by commas."""
    return ", ".join(f'"{name}"' for name in names)
