"""What a state's guards lead to, where all of its conditions are guards: a step for each of their answers.

With that the database itself finds the waiting items that move, and no other item is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.guards.conditions import GuardCondition
from engine.moving.decide import choose
from engine.moving.plan import Task, needs_items
from engine.moving.step import Origin, Step
from engine.storage.guards.decision import MOST_GUARDS, decision
from engine.storage.guards.pruning import Cut


@dataclass(frozen=True, slots=True)
class Decided:
    """The steps of a waiting task by the answers of its guards, which are counted as in ``decision``."""

    task: Task
    guards: tuple[GuardCondition, ...]
    steps: Mapping[int, Step]

    def cut(self, dialect: str, now: int) -> Cut | None:
        """Return the cut of the statement that takes the items that move, as of a time in UTC microseconds.

        None where the database can tell of none.
        """
        place = self.task.place
        known = {"item.state": place.state.name, "item.process": place.version.name}
        trees = [condition.guard.tree for condition in self.guards]
        return decision(dialect, trees, known, now, self.steps)


def decided(task: Task, origin: Origin) -> Decided | None:
    """Return the steps by the answers of guards; None where a plugin or a timeout processor must see the items."""
    guards = tuple(one for one in task.conditions.values() if isinstance(one, GuardCondition))
    others = [one for one in task.conditions.values() if not isinstance(one, GuardCondition)]
    if not 0 < len(guards) <= MOST_GUARDS or any(other.constant is None for other in others):
        return None
    constant = {other.name: bool(other.constant) for other in others}
    steps = {}
    for number in range(1 << len(guards)):
        said = {guard.name: bool(number >> place & 1) for place, guard in enumerate(guards)}
        answers = {name: {**constant, **said}[name] for name in task.conditions}
        step = _step(task, number, answers)
        if step is None:
            continue
        if needs_items(task.place, step.target, None, origin):
            return None
        steps[number] = step
    return Decided(task, guards, steps) if steps else None


def _step(task: Task, number: int, answers: Mapping[str, bool]) -> Step | None:
    place, process = task.place, task.place.version.process
    chosen = choose(process, place.state.index, None, answers)
    if chosen is None or chosen.target == chosen.source:
        return None
    return Step(number, place.version, place.state, process.states[chosen.target], None, "moved", answers)
