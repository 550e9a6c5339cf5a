"""How the stock of a reserved state comes free: the least that has to happen, and the way on which it does."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import IntEnum

from engine.definition.checks.graph import STOCK_UPDATE
from engine.definition.model import Process, Transition


class Need(IntEnum):
    """What has to happen for a transition to be taken, the least first; conditions are taken to come true."""

    NOTHING = 0
    """It is taken by itself: on entering, by the conditions run, or when its time has come."""
    COUNT = 1
    """A stock import fires its event."""
    SOMEBODY = 2
    """Somebody, or another program, fires its event."""


@dataclass(frozen=True, slots=True)
class Release:
    """The way on which a reserved state's stock comes free with the least need, and among these the shortest.

    ``states`` are the indexes of the states on it: the first is the reserved state, the last one the first that
    does not reserve.
    """

    need: Need
    states: tuple[int, ...]


def releases(process: Process) -> dict[int, Release | None]:
    """Return, for the index of each reserved state, how its stock comes free; None where it never does."""
    found: dict[int, Release] = {}
    waiting: list[tuple[int, int, int, tuple[int, ...]]] = [
        (0, 0, state.index, (state.index,)) for state in process.states if not state.reserved
    ]
    heapq.heapify(waiting)
    settled: set[int] = set()
    while waiting:
        need, steps, state, way = heapq.heappop(waiting)
        if state in settled:
            continue
        settled.add(state)
        if process.states[state].reserved:
            found[state] = Release(Need(need), way)
        for transition in process.incoming[state]:
            source = transition.source
            if process.states[source].reserved and source not in settled:
                harder = max(need, _need(process, transition))
                heapq.heappush(waiting, (harder, steps + 1, source, (source, *way)))
    return {state.index: found.get(state.index) for state in process.states if state.reserved}


def _need(process: Process, transition: Transition) -> Need:
    if transition.event is None:
        return Need.NOTHING
    event = process.events[transition.event]
    if event.on_enter or event.timeout is not None:
        return Need.NOTHING
    return Need.COUNT if event.name == STOCK_UPDATE else Need.SOMEBODY
