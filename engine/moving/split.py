"""Splitting the working set by place: blocked, moved at once, or given to the plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.codes import Code
from engine.definition import Event
from engine.errors import PluginMissing
from engine.hooks import Command
from engine.moving.claims import claim
from engine.moving.commands import find_command
from engine.moving.conditions import find_conditions
from engine.moving.items import loaded_items, narrowed
from engine.moving.known import Conditions, plain_step
from engine.moving.log import watched
from engine.moving.parts import Narrowed
from engine.moving.plan import Task, check_processors
from engine.moving.step import Origin, Step
from engine.results import MoveReport, Refusal
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.place import Place


@dataclass(slots=True)
class Split:
    """Sorts items by what their step needs.

    ``steps`` need no plugin: their items stay in the working set. ``tasks`` do: theirs are taken out of it,
    claimed when the command is not transactional. With ``plain_only`` items that need a plugin are left out:
    the caller has prepared their tasks before. In the states of ``narrowed`` are items of which only a part goes.
    """

    runtime: Runtime
    event: str
    origin: Origin
    report: MoveReport
    plain_only: bool = False
    steps: list[Step] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    narrowed: Mapping[int, Narrowed] = field(default_factory=dict)

    def sort(self, work: Work, state_ids: Iterable[int]) -> list[int]:
        """Sort the items of the working set that stand in these states; return those that lack the event."""
        blocked: list[int] = []
        for state_id in state_ids:
            place = self.runtime.catalogue.place(work, state_id)
            event = place.version.event(self.event)
            if event is None or not place.version.legality.allows(place.state.index, event.index):
                blocked += self._block(work, place)
            elif self._stays(work, place, event):
                continue
            work.run("moving_drop_state", state=state_id)
        return blocked

    def _stays(self, work: Work, place: Place, event: Event) -> bool:
        """Return whether the items stay in the working set, to be moved at once."""
        try:
            conditions, command = self._plugins(place, event)
        except PluginMissing as missing:
            items = work.all("moving_of_state", state=place.state_id)
            text = f"{missing.message}, which {place.version.name!r} needs for {self.event!r}"
            self.report.failed += [
                Refusal(row.item_id, Code.PLUGIN_MISSING, f"item {row.item_id}: {text}") for row in items
            ]
            return False
        step = None if command is not None else plain_step(place, event, conditions, self.origin)
        if step is not None:
            step.group = len(self.steps)
            if step.group > 0:  # items come into the working set as group 0
                work.run("moving_group_state", group=step.group, state=place.state_id)
            self.steps.append(step)
            self._divide(work, place, step)
        elif not self.plain_only:
            self.tasks.append(self._task(work, place, event, command, conditions))
        return step is not None

    def _divide(self, work: Work, place: Place, step: Step) -> None:
        """Have items of which only a part goes take the step as parts, in a group of their own beside others."""
        narrowed = self.narrowed.get(place.state_id)
        if narrowed is None or step.target is None:
            return
        if narrowed.all:
            step.parts = True
            return
        parted = replace(step, group=len(self.steps), parts=True)
        work.run("moving_group_parts", group=parted.group, state=place.state_id)
        self.steps.append(parted)

    def _plugins(self, place: Place, event: Event) -> tuple[Conditions, Command | None]:
        plugins = self.runtime.plugins
        conditions = find_conditions(plugins, place.version.process, place.state.index, event.index)
        command = None if event.command is None else find_command(plugins, event.command)
        check_processors(plugins, place, event, self.origin)
        return conditions, command and watched(self.runtime, command, event.name, self.origin)

    def _block(self, work: Work, place: Place) -> list[int]:
        offered = place.version.offered(place.state)
        has = f"it has: {', '.join(offered)}" if offered else "no event leaves it"
        told = f"the state {place.state.name!r} of {place.version.name!r} has no event {self.event!r}; {has}"
        known = {
            "state": place.state.name,
            "process": place.version.name,
            "event": self.event,
            "offered": offered,
        }
        ids = [row.item_id for row in work.all("moving_of_state", state=place.state_id)]
        self.report.blocked += [
            Refusal(item, Code.EVENT_NOT_AVAILABLE, f"item {item}: {told}", known) for item in ids
        ]
        return ids

    def _task(
        self, work: Work, place: Place, event: Event, command: Command | None, conditions: Conditions
    ) -> Task:
        task = Task(place, event, command, conditions)
        if place.state_id in self.narrowed:
            rows = work.all("moving_parts_of_state", state=place.state_id)
            task.parts = {row.item_id: row.quantity for row in rows}
        if command is not None and not command.transactional:
            self.report.examined += claim(self.runtime, work, task)
        else:
            fields = work.tuples("moving_items", state=place.state_id)
            task.items = narrowed(loaded_items(fields, place, self.runtime.database), task.parts)
        return task


def only_conditions(runtime: Runtime, place: Place, name: str, origin: Origin) -> Conditions | None:
    """Return the conditions that must see the items of the place for the event; None when that is not all."""
    event = place.version.event(name)
    if event is None or event.command is not None:
        return None
    try:
        conditions = find_conditions(runtime.plugins, place.version.process, place.state.index, event.index)
    except PluginMissing:
        return None
    asks = bool(conditions) and plain_step(place, event, conditions, origin) is None
    return conditions if asks else None


def needs_plugins(runtime: Runtime, place: Place, name: str, origin: Origin) -> bool:
    """Return whether items of the place need a plugin to take the event; a missing one counts as needed."""
    event = place.version.event(name)
    if event is None or event.command is not None:
        return event is not None
    try:
        conditions = find_conditions(runtime.plugins, place.version.process, place.state.index, event.index)
    except PluginMissing:
        return True
    return plain_step(place, event, conditions, origin) is None
