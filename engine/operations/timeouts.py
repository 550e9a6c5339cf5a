"""Background work that is due by the clock: automatic steps left over, timeouts, and holds whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.holds.ending import end_cart_holds
from engine.holds.orders import end_holds
from engine.moving.chunk import move_chunk
from engine.moving.step import Origin
from engine.moving.waves import follow
from engine.operations.automatic_steps import forget_stale, run_automatic_steps
from engine.results import MoveReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Record, Work
from engine.topology.names import store_of
from engine.versions.closed import sum_up

Turns = dict[tuple[int, str], list[int]]
"""Item ids by turn, which counts the timeouts of an item in a call, and event."""


def run_timeouts(
    runtime: Runtime, *, store: str | None = None, limit: int | None = None, progress: Progress = no_progress
) -> MoveReport:
    """Fire every timeout that is due now, oldest first, after the automatic steps that were left over.

    ``limit`` is in items. A timeout whose condition is false is armed again; one that fails is tried again
    later. Raises UnknownStore.
    """
    report = MoveReport()
    store_id = store_of(runtime, store)
    with runtime.database.read() as reader:
        first = int(reader.scalar("last_run"))
    run_automatic_steps(runtime, store_id, report)
    end_holds(runtime)
    end_cart_holds(runtime)
    origin = Origin("timeout", runtime.correlation(), background=True)
    now = runtime.database.clock()
    after, left, done = (-1, 0, ""), limit, 0
    fired: dict[int, int] = {}
    while left is None or left > 0:
        if runtime.stop():
            report.complete = False
            break
        size = runtime.rules.execution.chunk if left is None else min(left, runtime.rules.execution.chunk)
        rows = _due_timeouts(runtime, now, after, store_id, size)
        if not rows:
            break
        turns = _turns(rows, fired)
        _fire(runtime, turns, (first, now), origin, report)
        after = (rows[-1].due_at, rows[-1].item_id, rows[-1].event)
        items = sum(len(ids) for (turn, _), ids in turns.items() if not turn)
        left = None if left is None else left - items
        done += len(rows)
        progress(done, None)
    sum_up(runtime.database)
    return report


def _due_timeouts(
    runtime: Runtime, now: int, after: tuple[int, int, str], store: int | None, size: int
) -> Sequence[Record]:
    with runtime.database.read() as reader:
        return reader.all(
            "due_timeouts",
            now=now,
            store=store,
            after_due=after[0],
            after_item=after[1],
            after_event=after[2],
            size=size,
        )


def _fire(runtime: Runtime, turns: Turns, span: tuple[int, int], origin: Origin, report: MoveReport) -> None:
    """Fire due timeouts; ``span`` is the last run before the call, and the time."""
    first, now = span
    for (turn, event), ids in sorted(turns.items()):
        # The clock may have been set back since the rows were read: what is not due any more waits. It is not asked
        # for the time of the unit of work, which is that after its items are locked.
        still = min(now, runtime.database.clock())
        part = _Part(event, sorted(ids), still, first if turn else None)
        stale = forget_stale("drop_stale_timeouts", event)
        taken = move_chunk(runtime, event, origin, part.fill, report, stale)
        if turn:
            report.examined -= taken.items - part.moved  # they were counted in their first turn
        follow(runtime, taken.applied, origin, report)


@dataclass(slots=True)
class _Part:
    """Items whose timeout is due. In a further turn those that a run after ``first`` has moved count no more."""

    event: str
    ids: list[int]
    now: int
    first: int | None
    moved: int = 0

    def fill(self, work: Work) -> None:
        """Put the items into the working set."""
        work.run("moving_add_timeouts", items=self.ids, event=self.event, now=self.now)
        if self.first is not None:
            self.moved = work.changed("moving_moved", first=self.first)


def _turns(rows: Sequence[Record], fired: dict[int, int]) -> Turns:
    """Group the items of due rows by turn and event: an item's oldest timeout comes first, then its next one.

    ``fired`` has how many timeouts fired already in this call, of the items that have several of them.
    """
    turns: Turns = {}
    for row in rows:
        turn = fired.get(row.item_id, 0) if row.several else 0
        turns.setdefault((turn, row.event), []).append(row.item_id)
        if row.several:
            fired[row.item_id] = turn + 1
    return turns
