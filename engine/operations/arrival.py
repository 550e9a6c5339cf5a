"""Where new items come to within the transaction that places them: past onEnter events that ask nobody.

An onEnter event without a command, whose one transition has no condition, only leads on: nobody is asked, so the
steps are known beforehand and are written together with the order. Any other automatic step is noted as due, and is
taken once the order is stored.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from engine.definition import Event, Process, State
from engine.inventory.counting import Amounts, Counting
from engine.versions.names import Names
from engine.versions.place import Version

MOST_STEPS = 10
"""A longer chain of such steps may be an endless one: that is left to those who take automatic steps."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An automatic step that is taken while the order is stored."""

    source: State
    event: Event
    target: State


@dataclass(frozen=True, slots=True)
class Arrival:
    """The steps that new items take at once, the state that these lead to, and what a piece then counts, 1 or 0."""

    initial: State
    steps: tuple[Passed, ...]
    state: State
    share: Amounts


def arrival_of(
    process: Process, *, hold: bool, stock_update: str, suspended: Set[int] = frozenset()
) -> Arrival:
    """Return where new items of the process come to; ``stock_update`` is the event that releases shipped ones.

    From states that are ``suspended`` (their indices) nothing leads on by itself.
    """
    assert process.initial is not None  # deployment refuses a process without states
    initial = process.states[process.initial]
    steps = _plain_steps(process, initial, stock_update, suspended)
    share = Counting.in_state(process, initial).when_placed(1, hold=hold)
    for step in steps:
        share = Counting.in_state(process, step.target).after(1, held=share.held)
    return Arrival(initial, steps, steps[-1].target if steps else initial, share)


def still_in(names: Names, version: Version, *, halted: bool) -> set[int]:
    """Return the indices of the states of a version from which nothing leads on by itself.

    These are the suspended ones, and all of them where the store is suspended (``halted``).
    """
    known = names.suspended_states
    return {index for index, state in enumerate(version.state_ids) if halted or state in known}


def _plain_steps(
    process: Process, initial: State, stock_update: str, suspended: Set[int]
) -> tuple[Passed, ...]:
    steps: list[Passed] = []
    while len(steps) <= MOST_STEPS:
        state = steps[-1].target if steps else initial
        step = None if state.index in suspended else _plain_step(process, state, stock_update)
        if step is None:
            return tuple(steps)
        steps.append(step)
    return ()


def _plain_step(process: Process, state: State, stock_update: str) -> Passed | None:
    """Return the step that leads on from the state with nobody asked and nothing but the state changed."""
    event = process.on_enter_event(state.index)
    if event is None or event.command is not None or event.timeout is not None:
        return None
    ways = process.candidates(state.index, event.index)
    if len(ways) != 1 or ways[0].condition is not None or ways[0].target == state.index:
        return None
    # Processors of timeouts are called when the state is entered; goods leave the shelf when they can be released.
    others = process.state_events(state.index)
    if any(other.timeout_processor is not None or other.name == stock_update for other in others):
        return None
    return Passed(state, event, process.states[ways[0].target])
