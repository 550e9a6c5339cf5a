"""The picture of a process with what its tests have not seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.build import Builder
from visualize.graph import Line, Mark, Remark, Role
from visualize.marks import NOTHING, Marked, Marks
from visualize.render import FORMATS, render
from visualize.wording import Wording

if TYPE_CHECKING:
    from engine.definition import State, Transition
    from engine.design.testing import Coverage

_MISSED = Mark.MISSED


class _Missed(Marks):
    """Marks what was not covered."""

    def __init__(self, coverage: Coverage) -> None:
        self._states = set(coverage.missed_states)
        self._ways = {way.index for way in coverage.missed_transitions}

    def state(self, state: State) -> Marked:
        return _marked("never entered") if state.name in self._states else NOTHING

    def way(self, way: Transition) -> Marked:
        return _marked("never taken") if way.index in self._ways else NOTHING


def draw_coverage(coverage: Coverage, output: Path) -> None:
    """Write the picture; its format is that of the file's suffix. Raises InputError for one that there is not."""
    from earmark.cli.process_drawing import write_whole
    from earmark.words.case_results import coverage_lines
    from engine.errors import InputError

    form = {"gv": "dot", "htm": "html", "mmd": "mermaid"}.get(
        output.suffix[1:].lower(), output.suffix[1:].lower()
    )
    if form not in FORMATS:
        raise InputError(
            f"{str(output)!r} has no suffix that tells the format", remedy=f"One of {', '.join(FORMATS)}."
        )
    graph = Builder(coverage.process, Wording(None), marks=_Missed(coverage)).graph()
    head = next(coverage_lines(coverage))
    graph = replace(graph, compared=True, remarks=(Remark(f"Tests: {head}"),))
    write_whole(output, render(graph, form))


def _marked(text: str) -> Marked:
    return Marked(_MISSED, lines=(Line(Role.CHANGE, text, mark=_MISSED),))
