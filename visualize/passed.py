"""The way of an item through its process: which states and ways it has passed, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.definition import Process, State, Transition
from visualize.build import Builder
from visualize.graph import Graph, Mark, Remark
from visualize.marks import Marked, Marks
from visualize.wording import Wording


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an item, by names; ``source`` None: it was placed. ``told`` is the step in words."""

    source: str | None
    target: str
    event: str | None
    told: str


def passed_graph(
    process: Process, steps: Sequence[Step], notes: Sequence[str] = (), stamp: Sequence[str] = ()
) -> Graph:
    """Return the picture of a process with the way of an item; steps are numbered from 1.

    A step that the process has no way for (a forced one, a migration) is in the list, and its states are marked.
    """
    marks = _WayMarks(process, steps)
    now = steps[-1].target if steps else None
    highlight = now if now in process.state_by_name else None
    graph = Builder(process, Wording(None), highlight, marks=marks).graph()
    remarks = tuple(Remark(step.told, Mark.TAKEN, number) for number, step in enumerate(steps, start=1))
    return replace(
        graph,
        compared=True,
        remarks=remarks,
        notes=(*graph.notes, *notes),
        stamp=tuple(stamp),
        tables=(),
    )


class _WayMarks(Marks):
    def __init__(self, process: Process, steps: Sequence[Step]) -> None:
        self._states: dict[str, list[int]] = {}
        self._ways: dict[int, list[int]] = {}
        for number, step in enumerate(steps, start=1):
            self._states.setdefault(step.target, []).append(number)
            if step.source is not None:
                self._note_way(process, step, number)

    def _note_way(self, process: Process, step: Step, number: int) -> None:
        for way in process.transitions:
            event = None if way.event is None else process.events[way.event].name
            ends = (process.states[way.source].name, process.states[way.target].name)
            if (*ends, event) == (step.source, step.target, step.event):
                self._ways.setdefault(way.index, []).append(number)
                return

    def state(self, state: State) -> Marked:
        return _taken(self._states.get(state.name, []))

    def way(self, way: Transition) -> Marked:
        return _taken(self._ways.get(way.index, []))


def _taken(numbers: list[int]) -> Marked:
    return Marked(Mark.TAKEN, tuple(numbers)) if numbers else Marked()
