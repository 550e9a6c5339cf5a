"""What migrations of items between versions of a process should do, and undoing them: the plain model's part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from tests.helpers.model import Due, Model, ModelItem, Spec, hours, timeouts


@dataclass
class Origin:
    """Where an item stood before a migration, since when, and the step that took it from there."""

    spec: Spec
    state: str
    since: int
    step: int
    hold_ended: bool = False
    undone: bool = False


@dataclass
class Migration:
    """What a migration remembers of its items; ``finished`` is None for one that was cut off."""

    spec: Spec
    state_map: Mapping[str, str]
    moved: int = 0
    finished: int | None = None
    undone: bool = False
    items: dict[int, Origin] = field(default_factory=dict)

    @property
    def purged(self) -> bool:
        """Whether what undoing needs is gone."""
        return bool(self.moved) and not self.items


@dataclass
class Outcome:
    """The items that were moved, and the others by the reason."""

    moved: list[int] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=dict)

    def refuse(self, code: str, item: int) -> None:
        self.refused.setdefault(code, []).append(item)

    @property
    def counts(self) -> dict[str, int]:
        """How many items were refused for each reason."""
        return {code: len(items) for code, items in self.refused.items()}


class Versions:
    """The migrations of a process by their number; ``interrupted`` are items whose command a crash cut off."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.migrations: dict[int, Migration] = {}

    def plan(self, spec: Spec, state_map: Mapping[str, str], interrupted: Collection[int]) -> Outcome:
        """Tell what a migration to the version would do."""
        outcome = Outcome()
        for item in self.model.items.values():
            if item.spec is spec:
                continue
            to = state_map.get(item.state, item.state)
            if to not in spec.states:
                outcome.refuse("state_missing", item.id)
            elif item.id in interrupted:
                outcome.refuse("command_open", item.id)
            elif item.due is not None and not item.due.stuck and item.due.event != spec.automatic(to):
                outcome.refuse("automatic_step_due", item.id)
            else:
                outcome.moved.append(item.id)
        return outcome

    def migrate(self, number: int, items: Collection[int], now: int, *, enter: bool) -> None:
        """Move the items under the migration of this number, which is known."""
        migration = self.migrations[number]
        for one in items:
            item, before = self.model.items[one], replace(self.model.items[one])
            to = migration.state_map.get(item.state, item.state)
            goes_on = to == item.state
            origin = Origin(item.spec, item.state, item.since, item.step + 1)
            self._cross(item, migration.spec, to, now)
            item.since = before.since if goes_on else now
            item.count(hold=before.held > 0 or before.reserved > 0)
            origin.hold_ended = before.held > 0 and item.held == 0
            automatic = item.spec.automatic(to)
            taken = goes_on and before.spec.automatic(to) == automatic
            if enter and automatic is not None and not taken and item.due is None:
                item.due = Due(automatic, by=number)
            migration.items[one] = origin
            migration.moved += 1

    def plan_undo(self, number: int, interrupted: Collection[int]) -> Outcome:
        """Tell what undoing a migration would do."""
        outcome = Outcome()
        for one, origin in self.migrations[number].items.items():
            item = self.model.items[one]
            if origin.undone:
                continue
            due = item.due
            if item.step != origin.step:
                outcome.refuse("moved_since", one)
            elif one in interrupted:
                outcome.refuse("command_open", one)
            elif (
                due is not None
                and not due.stuck
                and due.by != number
                and due.event != origin.spec.automatic(origin.state)
            ):
                outcome.refuse("automatic_step_due", one)
            else:
                outcome.moved.append(one)
        return outcome

    def undo(self, number: int, items: Collection[int], now: int) -> None:
        """Move the items back."""
        for one in items:
            item, origin = self.model.items[one], self.migrations[number].items[one]
            held, step = item.held > 0, item.step
            if item.due is not None and item.due.by == number and not item.due.stuck:
                item.due = None
            self._cross(item, origin.spec, origin.state, origin.since, log=now)
            item.since = origin.since
            item.count(hold=held or origin.hold_ended)
            origin.undone = True
            for other, migration in self.migrations.items():
                known = migration.items.get(one)
                if other != number and known is not None and not known.undone and known.step == step - 1:
                    known.step += 2

    def split(self, new: Mapping[int, int]) -> None:
        """Know the parts that go, which have moved since, and what stays of their items, which has not."""
        for migration in self.migrations.values():
            for item, part in new.items():
                origin = migration.items.get(item)
                if origin is not None:
                    migration.items[part] = replace(origin)
                    origin.step += origin.step == self.model.items[item].step and not origin.undone

    def purge(self, before: int) -> int:
        """Forget what undoing needs; return of how many items."""
        gone = 0
        for migration in self.migrations.values():
            if migration.finished is not None and migration.finished < before:
                gone += len(migration.items)
                migration.items.clear()
        return gone

    @property
    def undoable(self) -> set[int]:
        """The items that some migration remembers and has not been undone for."""
        migrations = self.migrations.values()
        return {item for known in migrations for item, origin in known.items.items() if not origin.undone}

    def _cross(self, item: ModelItem, spec: Spec, to: str, armed: int, log: int | None = None) -> None:
        """Take an item over to a state of another version; new timeouts count from ``armed``."""
        going_on = to == item.state
        kept = [event for event in timeouts(item.spec, item.state) if going_on]
        new = {event: armed + hours(event) for event in timeouts(spec, to)}
        item.timeouts = {event: item.timeouts[event] if event in kept else at for event, at in new.items()}
        if item.due is not None and item.due.event != spec.automatic(to):
            item.due = None
        item.spec, item.state = spec, to
        item.take_step(armed if log is None else log)
