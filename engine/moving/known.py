"""Steps that are known without seeing an item: every condition has a constant answer, and no time is computed.

The engine moves whole states by them, and whoever tries a process without a database takes nothing but such steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.definition import Event
from engine.hooks import Condition
from engine.moving.conditions import constant_answers
from engine.moving.decide import choose
from engine.moving.plan import needs_items
from engine.moving.step import Origin, Outcome, Step
from engine.versions.place import Place

Conditions = Mapping[str, Condition]


class Hop(NamedTuple):
    """What the conditions run does with the items of a place; without a step they go on waiting."""

    step: Step | None


def plain_step(place: Place, event: Event, conditions: Conditions, origin: Origin) -> Step | None:
    """Return the step of items whose choice depends on none of them, or None when a plugin must see them."""
    answers = constant_answers(conditions)
    if answers is None:
        return None
    process = place.version.process
    chosen = choose(process, place.state.index, event.index, answers)
    target = None if chosen is None else process.states[chosen.target]
    if needs_items(place, target, event, origin):
        return None
    outcome: Outcome = "condition_false" if target is None else "moved"
    return Step(0, place.version, place.state, target, event, outcome, answers)


def plain_hop(place: Place, conditions: Conditions, origin: Origin) -> Hop | None:
    """Return what the conditions run does with items of the place, or None when a plugin must see them."""
    answers = constant_answers(conditions)
    if answers is None:
        return None
    process = place.version.process
    chosen = choose(process, place.state.index, None, answers)
    if chosen is None or chosen.target == chosen.source:
        return Hop(None)
    target = process.states[chosen.target]
    if needs_items(place, target, None, origin):
        return None
    return Hop(Step(0, place.version, place.state, target, None, "moved", answers))
