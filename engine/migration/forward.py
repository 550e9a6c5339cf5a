"""Migrating items to another version of their process: what is asked for, chunk by chunk, with a report.

A migration is no transition: no command runs. Its row in the history is written first; one that was cut off
goes on under its row when the same is asked again, since every chunk looks only for items that still stand
in an old version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass

from engine.clock import SECOND
from engine.codes import Code
from engine.errors import MigrationUndone
from engine.migration.checks import Obstacle, Tally
from engine.migration.crossing import HOLDING, MARKED, Crossing, correlation_of, cross_all
from engine.migration.plan import MigrationPlan, make_plan
from engine.migration.route import Route
from engine.moving.items import Fields
from engine.moving.step import Origin
from engine.quantity import to_decimal
from engine.requests import MigrationRequest
from engine.results import MigrationGroup, MigrationReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Work

_NOTHING = to_decimal(0)


def migrate(runtime: Runtime, request: MigrationRequest, progress: Progress = no_progress) -> MigrationReport:
    """Move the items of other versions to the one that is asked for, or say what would move.

    Raises ProcessNotFound, and MigrationInvalid with everything that is wrong with the request.
    """
    plan = make_plan(runtime, request)
    report = MigrationReport(process=plan.name, undo=False, dry_run=request.dry_run)
    report.groups += _missing(runtime, plan)
    migration = 0 if request.dry_run else _begin(runtime, plan, request, report)
    if not plan.routes and not migration:
        return report
    origin = Origin("migrate", correlation_of(migration), actor=runtime.actor, reason=request.reason)
    cross_all(Forward(runtime, origin, migration, request.dry_run), plan.routes, report, progress)
    if report.complete and not request.dry_run:
        runtime.database.transact(
            lambda work: work.run("finish_migration", migration=migration, now=work.now)
        )
    return report


@dataclass(slots=True)
class Forward(Crossing):
    """Moves items to the target version and remembers where they stood."""

    def candidates(self, reader: Reader, route: Route, after: int, size: int) -> list[Fields]:
        """Return the next items of the old state."""
        return reader.tuples("items_of_state", state=route.source.state_id, after=after, size=size)

    @property
    def over(self) -> Obstacle:
        """Say that an item took a step since it was looked at."""
        return Obstacle(Code.STATE_CHANGED, "the item moved on at this moment; ask again")

    def staying(self, work: Work, route: Route, here: Set[int]) -> Set[int]:
        """Return all items: what stands in an old state is moved."""
        return here

    def mark(self, work: Work, route: Route) -> None:
        """Mark the items whose hold ends, which undoing takes up again, and those that hold what they reserved.

        What was reserved stays out of sale while a reserved state is ahead: a new order would hold it there.
        """
        if route.counts_alike:
            return
        if not route.counting.keeps_hold:
            work.run("moving_group_holds", group=MARKED)
        elif self.runtime.rules.checkout.hold:
            work.run("moving_group_reserving", group=HOLDING)

    def write_items(self, work: Work, route: Route, group: int, known: Mapping[str, object]) -> None:
        """Move the items of a group and remember where they stood."""
        work.run("insert_migration_items", migration=self.migration, group=group)
        work.run("migrate_group", goes_on=int(route.goes_on), now=work.now, **known)
        if self.takes_up(group):
            timeout = self.runtime.rules.checkout.hold_timeout_s
            until = None if timeout is None else work.now + int(timeout * SECOND)
            work.run("begin_holds", until=until, group=group)

    def write_end(self, work: Work, items: int) -> None:
        """Count the items. Raises MigrationUndone when it was taken back meanwhile: nothing more goes over."""
        if not work.changed("count_migrated", migration=self.migration, items=items):
            raise MigrationUndone(
                f"the migration {self.migration} was undone while it was going on", migration=self.migration
            )

    def armed_from(self, since: int, now: int) -> int:
        """Timeouts that are new begin now."""
        return now


def _missing(runtime: Runtime, plan: MigrationPlan) -> list[MigrationGroup]:
    """Return the groups whose state the target version does not have."""
    groups = []
    with runtime.database.read() as reader:
        for place, (items, obstacle) in plan.missing.items():
            tally = Tally()
            rows = reader.all("first_items_of_state", state=place.state_id, size=10)
            tally.refuse_all(obstacle, items, [row.item_id for row in rows])
            groups.append(
                MigrationGroup(
                    version=place.version.process.version,
                    state=place.state.name,
                    target_version=plan.target.process.version,
                    target=None,
                    items=items,
                    moved=0,
                    reserved=_NOTHING,
                    held=_NOTHING,
                    on_enter=None,
                    entered=False,
                    refused=tally.refusals(),
                )
            )
    return groups


def _begin(runtime: Runtime, plan: MigrationPlan, request: MigrationRequest, report: MigrationReport) -> int:
    """Return the number of the migration: of one that was cut off, a new one, or 0 with nothing to move."""
    known = {
        "process": plan.process_id,
        "target": plan.target.id,
        "state_map": json.dumps(plan.state_map, sort_keys=True, ensure_ascii=False),
    }

    def begin(work: Work) -> tuple[int | None, bool]:
        work.returning("lock_process", process=plan.process_id)
        found = work.scalar("open_migration", **known)
        if found is not None or not plan.routes:
            return found, found is not None
        made = work.returning(
            "insert_migration", actor=runtime.actor, reason=request.reason, now=work.now, **known
        )
        return int(made[0].id), False

    report.migration, report.resumed = runtime.database.transact(begin)
    return report.migration or 0
