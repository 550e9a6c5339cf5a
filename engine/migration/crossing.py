"""One chunk of a migration, or of its undoing: look, refuse with a reason, and move what is left, set by set.

A chunk is one transaction. It moves only items that still stand where they stood when it locked them; what
timeout processors say is asked before, with no transaction open. A dry run does all of it but the writing.
The number of statements does not depend on the number of items. Lock order: items, availability, migration.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, ClassVar

from engine.clock import to_datetime
from engine.definition import Event
from engine.inventory.ledger import Ledger
from engine.migration.checks import Obstacle, Tally, find_obstacles
from engine.migration.route import Route
from engine.moving.claims import forget_left_calls
from engine.moving.due import due_at
from engine.moving.items import Fields, LoadedItem, loaded_items, steps_of
from engine.moving.log import log_run
from engine.moving.plan import processor_times
from engine.moving.rows import Group
from engine.moving.shelf import left_before
from engine.moving.step import Failures, Origin, Step
from engine.moving.told import tell_moved
from engine.moving.working_set import steps_and_claims
from engine.results import MigrationReport
from engine.runtime import Progress, Runtime
from engine.storage.database import Reader, Work
from engine.versions.closed import note_leaving, note_standing

PLAIN, MARKED, HOLDING = 0, 1, 2
"""Groups of the working set: items as most are, those whose hold ends or is taken up again, and those whose
reservation becomes a hold.
"""

Due = Mapping[str, Mapping[int, int]]
"""When a timeout is due, by event and item, in UTC microseconds."""


@dataclass(slots=True)
class Crossing(ABC):
    """Moves items over to another version: forwards, or back where they came from.

    ``migration`` is its number, 0 in a dry run.
    """

    runtime: Runtime
    origin: Origin
    migration: int
    dry_run: bool

    back: ClassVar[bool] = False

    @property
    def own(self) -> str:
        """What the runs of the migration that is taken back have in common; empty on the way forwards."""
        return correlation_of(self.migration) if self.back else ""

    def cross(self, route: Route, tally: Tally, after: int) -> int | None:
        """Move the next chunk of items with ids above ``after``; return the last id, None when there was none."""
        with self.runtime.database.read() as reader:
            rows = self.candidates(reader, route, after, self.runtime.rules.execution.chunk)
        if not rows:
            return None
        due, failures = self._due_times(route, rows)
        seen = steps_of(rows)
        tally.add(self.runtime.database.transact(partial(self._cross, route, seen, due, failures)))
        return max(seen)

    def _cross(
        self, route: Route, seen: Mapping[int, int], due: Due, failures: Failures, work: Work
    ) -> Tally:
        """Move what still stands where it was ``seen`` (steps by item): what was read before may be over by now."""
        tally = Tally()
        work.run("clear_moving")
        work.run("moving_add_checked", plan=[[item, step, 0, 1] for item, step in seen.items()])
        here = {row.item_id for row in work.all("moving_of_state", state=route.source.state_id)}
        staying = self.staying(work, route, here)
        obstacles = {item: self.over for item in seen if item not in staying}
        found = find_obstacles(self.runtime.plugins, work, route, failures, self.own)
        obstacles = {**found, **obstacles}
        if obstacles:
            work.run("moving_drop_ids", items=sorted(obstacles))
        tally.refuse(obstacles)
        self._move(work, route, due, tally)
        return tally

    @abstractmethod
    def candidates(self, reader: Reader, route: Route, after: int, size: int) -> list[Fields]:
        """Return the next items to look at."""

    @property
    @abstractmethod
    def over(self) -> Obstacle:
        """Why items are left alone that are not what they were when they were seen."""

    @abstractmethod
    def staying(self, work: Work, route: Route, here: Set[int]) -> Set[int]:
        """Return which of the items that are ``here``, where they were seen, are still what they were."""

    @abstractmethod
    def mark(self, work: Work, route: Route) -> None:
        """Put items whose hold ends, begins or is taken up again into the group that says so."""

    @abstractmethod
    def write_items(self, work: Work, route: Route, group: int, known: Mapping[str, Any]) -> None:
        """Move the items of a group; ``known`` are the parameters of the statement that both ways share."""

    @abstractmethod
    def armed_from(self, since: int, now: int) -> int:
        """Return when a timeout that is armed began, for an item that is in its state since ``since``."""

    @abstractmethod
    def write_end(self, work: Work, items: int) -> None:
        """Write what is left once the items of a chunk are moved."""

    def takes_up(self, group: int) -> bool:
        """Whether the items of a group hold their quantity from now on, and did not before."""
        return group == HOLDING or (self.back and group == MARKED)

    def _move(self, work: Work, route: Route, due: Due, tally: Tally) -> None:
        self.mark(work, route)
        groups, _, _, named = steps_and_claims(work)
        items = sum(group.items for group in groups)
        tally.items += items
        tally.moved += items
        if groups and not route.counts_alike:
            self._tell_change(work, route, tally)
        if not groups or self.dry_run:
            return
        ledger = self._lock(work, route, groups, named=named)
        for group in groups:
            self._write(work, route, group, due)
        if ledger is not None:
            ledger.post(named=named)
            ledger.settle()
        self.write_end(work, items)

    def _tell_change(self, work: Work, route: Route, tally: Tally) -> None:
        for row in work.all("migration_change", **route.counting.parameters()):
            tally.reserved += int(row.reserved)
            tally.held += int(row.quantity if self.takes_up(row.group_no) else row.held)

    def _lock(self, work: Work, route: Route, groups: Sequence[Group], *, named: bool) -> Ledger | None:
        """Collect the change of the reservation and lock what it concerns."""
        if route.counts_alike:
            return None
        ledger = Ledger(work, self.runtime.plugins, self.runtime.rules)
        for group in groups:
            work.run("collect_delta", group=group.key, **route.counting.parameters())
            if self.takes_up(group.key):
                work.run("collect_taken_holds", group=group.key)
            if named:
                work.run("collect_named", group=group.key, **route.counting.parameters())
                if self.takes_up(group.key):
                    work.run("collect_named_taken_holds", group=group.key)
        ledger.lock_deltas(named=named)
        return ledger

    def _write(self, work: Work, route: Route, group: Group, due: Due) -> None:
        number = group.key
        step = self._step(route, group)
        run, listened = log_run(self.runtime, work, step, self.origin, group.items)
        forget_left_calls(work, None, number)
        left = left_before(self.runtime.rules.stock_update.event, route.source, route.target)
        known = {"target": route.target.state_id, "run": run, "group": number, "left": int(left)}
        work.run("drop_other_due_steps", event=route.on_enter, own=self.own, group=number)
        work.run("carry_due_steps", group=number)
        note_leaving(work, route.source, number)
        self.write_items(work, route, number, {**known, **route.counting.parameters()})
        note_standing(work, route.target, number)
        work.run("insert_history", run=run, group=number)
        if listened and route.source.state.name != route.target.state.name:
            tell_moved(work, step, self.origin)
        work.run("drop_other_timeouts", events=route.kept_timeouts, group=number)
        for event in route.new_timeouts:
            self._arm(work, event, due, number)
        if route.enter and route.untaken is not None:
            work.run("set_missing_due_steps", event=route.untaken, due=work.now, run=run, group=number)
        work.run("drop_sweep_failures", group=number)

    def _step(self, route: Route, group: Group) -> Step:
        data = {"migration": self.migration}
        if group.key == MARKED and not self.back:
            data["holds_ended"] = 1
        return Step(
            group.key,
            route.target.version,
            route.source.state,
            route.target.state,
            None,
            "migrated",
            data=data,
            source_version=route.source.version,
        )

    def _arm(self, work: Work, event: Event, due: Due, group: int) -> None:
        if event.name in due:
            rows = [[item, at] for item, at in due[event.name].items()]
            work.run("set_timeouts_each", event=event.name, rows=rows, group=group)
        else:
            work.run("set_timeout", event=event.name, due=due_at(event, work.now), group=group)

    def _due_times(self, route: Route, rows: Sequence[Fields]) -> tuple[Due, Failures]:
        """Return the due times that differ from item to item, and the failures of timeout processors."""
        failures: Failures = {}
        if not any(self._each(event) for event in route.new_timeouts):
            return {}, failures
        due: dict[str, dict[int, int]] = {}
        now = self.runtime.database.clock()

        def began(item: LoadedItem) -> int:
            return self.armed_from(item.since, now)

        items = sorted(loaded_items(rows, route.target, self.runtime.database), key=began)
        for time, part in groupby(items, key=began):
            for event, times in self._times(route, list(part), time, failures).items():
                due.setdefault(event, {}).update(times)
        return due, failures

    def _times(
        self, route: Route, items: Sequence[LoadedItem], began: int, failures: Failures
    ) -> dict[str, dict[int, int]]:
        events = [event for event in route.new_timeouts if event.timeout_processor is not None]
        due = processor_times(self.runtime.plugins, events, items, to_datetime(began), failures)
        for event in route.new_timeouts:
            if event.timeout_processor is None and self._each(event):
                due[event.name] = dict.fromkeys([item.id for item in items], due_at(event, began))
        return due

    def _each(self, event: Event) -> bool:
        """Whether the timeout is due at a time of its own for each item."""
        return self.back or event.timeout_processor is not None


def cross_all(
    crossing: Crossing, routes: Mapping[Route, int], report: MigrationReport, progress: Progress
) -> None:
    """Move the items of all routes, given with the number of their items, chunk by chunk."""
    total, done = sum(routes.values()), 0
    for route in routes:
        tally, after = Tally(), 0
        while True:
            if crossing.runtime.stop():
                report.complete = False
                break
            last = crossing.cross(route, tally, after)
            if last is None:
                break
            after = last
            progress(done + tally.items, max(total, done + tally.items))
        done += tally.items
        if tally.items:
            report.groups.append(tally.group(route))
        if not report.complete:
            return


def correlation_of(migration: int) -> str:
    """Return what all runs of a migration have in common, also over several calls."""
    return f"migration-{migration}"
