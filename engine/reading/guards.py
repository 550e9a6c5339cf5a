"""What the guards say of an item on the ways that lead on from its state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.clock import to_datetime
from engine.definition import Event
from engine.guards.conditions import GuardCondition
from engine.guards.said import said
from engine.hooks import CallContext
from engine.moving.decide import conditions_of
from engine.moving.items import loaded_items
from engine.results import GuardSaid
from engine.runtime import Runtime
from engine.versions.place import Place


def guards_said(
    runtime: Runtime, place: Place, fields: Sequence[tuple[Any, ...]], now: int
) -> dict[str | None, tuple[GuardSaid, ...]]:
    """Return what the guards of each event say of the item with these ``fields``, None for eventless transitions.

    Of an event with a command, guards that need the command's data are left out.
    """
    process, state = place.version.process, place.state.index
    item = loaded_items(fields, place, runtime.database)[0]
    found: dict[str | None, tuple[GuardSaid, ...]] = {}
    for event in (None, *process.state_events(state)):
        name = None if event is None else event.name
        context = CallContext(name, to_datetime(now))
        asked = conditions_of(process, state, None if event is None else event.index)
        known = map(runtime.plugins.condition, asked)
        guards = [one for one in known if isinstance(one, GuardCondition) and _is_told(one, event)]
        if guards:
            found[name] = tuple(said(guard, item, context) for guard in guards)
    return found


def _is_told(guard: GuardCondition, event: Event | None) -> bool:
    return event is None or event.command is None or "command" not in guard.guard.uses
