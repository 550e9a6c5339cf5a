"""Undoing a migration: items that have not moved since go back where they stood; and the history of them all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import partial

from engine.clock import SECOND, format_time, to_datetime
from engine.codes import Code
from engine.errors import MigrationPurged, MigrationUndone, UnknownMigration
from engine.migration.checks import Obstacle
from engine.migration.crossing import MARKED, Crossing, cross_all
from engine.migration.plan import versions_of
from engine.migration.route import Route
from engine.moving.items import Fields
from engine.moving.step import Origin
from engine.results import MigrationInfo, MigrationReport
from engine.results.items import LARGEST_ID
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Record, Work


def undo(
    runtime: Runtime,
    migration: int,
    *,
    dry_run: bool = False,
    reason: str | None = None,
    progress: Progress = no_progress,
) -> MigrationReport:
    """Move the items of a migration back, or say what would move.

    Items that have moved since stay. While others stay, for a claim on them or the like, it can be asked again.
    Raises UnknownMigration, MigrationUndone, MigrationPurged.
    """
    with runtime.database.read() as reader:
        row = _migration(reader, migration)
        routes = _routes(runtime, reader, row)
    report = MigrationReport(process=row.process, undo=True, dry_run=dry_run, migration=migration)
    origin = Origin("undo", runtime.correlation(), actor=runtime.actor, reason=reason)
    cross_all(Backward(runtime, origin, migration, dry_run), routes, report, progress)
    if not dry_run and report.complete and not _left_over(report):
        runtime.database.transact(partial(_finish, migration))
    return report


def _finish(migration: int, work: Work) -> None:
    """Note that the migration is taken back. Whoever is just moving items under it is waited for."""
    work.scalar("lock_migration", migration=migration)
    work.run("finish_undo", migration=migration, now=work.now)


def migrations(runtime: Runtime, process: str) -> list[MigrationInfo]:
    """Return the migrations of a process, oldest first. Raises ProcessNotFound."""
    with runtime.database.read() as reader:
        process_id, _, _ = versions_of(runtime, reader, process)
        return [
            MigrationInfo(
                id=row.id,
                process=process,
                version=runtime.catalogue.version(reader, row.target_id).process.version,
                state_map=json.loads(row.state_map),
                actor=row.actor,
                reason=row.reason,
                started_at=to_datetime(row.started_at),
                finished_at=None if row.finished_at is None else to_datetime(row.finished_at),
                undone_at=None if row.undone_at is None else to_datetime(row.undone_at),
                items=row.moved,
                undone=row.undone if row.known or not row.moved else None,
            )
            for row in reader.all("migrations_of_process", process=process_id)
        ]


def _migration(reader: Reader, migration: int) -> Record:
    # No database has a larger number, and none can be asked for one.
    row = reader.first("migration_by_id", migration=migration) if abs(migration) <= LARGEST_ID else None
    if row is None:
        raise UnknownMigration(f"there is no migration {migration}", migration=migration)
    if row.undone_at is not None:
        raise MigrationUndone(
            f"the migration {migration} was undone at {format_time(row.undone_at)}", migration=migration
        )
    if row.moved and reader.first("migration_known", migration=migration) is None:
        raise MigrationPurged(
            f"the migration {migration} cannot be undone: where its items stood has been purged",
            migration=migration,
        )
    return row


def _routes(runtime: Runtime, reader: Reader, row: Record) -> dict[Route, int]:
    """Return the ways back, with the number of items that the migration has not been undone for."""
    target = runtime.catalogue.version(reader, row.target_id)
    state_map: Mapping[str, str] = json.loads(row.state_map)
    routes = {}
    for found in reader.all("migrated_sources", migration=row.id):
        origin = runtime.catalogue.place(reader, found.source_id)
        state = target.process.state_by_name[state_map.get(origin.state.name, origin.state.name)]
        here = runtime.catalogue.place(reader, target.state_ids[state.index])
        routes[Route(here, origin)] = int(found.items)
    return routes


def _left_over(report: MigrationReport) -> bool:
    """Whether something is left that a further call may move back."""
    codes = {refusal.code for group in report.groups for refusal in group.refused}
    return not codes <= {Code.MOVED_SINCE}


@dataclass(slots=True)
class Backward(Crossing):
    """Moves items of a migration back to where it found them.

    The same migration may be going on at that time, and others may begin: what they did is looked up with the items
    locked, chunk by chunk.
    """

    back = True

    def candidates(self, reader: Reader, route: Route, after: int, size: int) -> list[Fields]:
        """Return the next items that came from the state."""
        return reader.tuples(
            "migrated_items",
            migration=self.migration,
            source=route.target.state_id,
            after=after,
            size=size,
        )

    @property
    def over(self) -> Obstacle:
        """Say that an item has moved since it was migrated."""
        return Obstacle(Code.MOVED_SINCE, "the item has moved since it was migrated")

    def staying(self, work: Work, route: Route, here: Set[int]) -> Set[int]:
        """Return the items that have not moved since they were migrated.

        What the same migration has moved over again meanwhile, from another state, is another way back.
        """
        rows = work.all("moving_not_moved_since", migration=self.migration, source=route.target.state_id)
        return here & {row.item_id for row in rows}

    def mark(self, work: Work, route: Route) -> None:
        """Mark the items whose hold the migration ended and that hold again where they go back to."""
        if self.runtime.rules.checkout.hold and route.counting.keeps_hold and not route.counts_alike:
            work.run("moving_group_ended_holds", own=self.own, group=MARKED)

    def write_items(self, work: Work, route: Route, group: int, known: Mapping[str, object]) -> None:
        """Move the items of a group, with the time since when they were there."""
        work.run("migrate_group_back", migration=self.migration, **known)
        if self.takes_up(group):
            timeout = self.runtime.rules.checkout.hold_timeout_s
            work.run("restore_holds", timeout=None if timeout is None else int(timeout * SECOND), group=group)

    def write_end(self, work: Work, items: int) -> None:
        """Mark the items as taken back, and let earlier migrations of them be undone in turn."""
        work.run("restep_migrated_items", migration=self.migration)
        work.run("mark_items_undone", migration=self.migration)

    def armed_from(self, since: int, now: int) -> int:
        """Timeouts of the state count from when the items entered it."""
        return since
