"""Background work that is due by the clock: automatic steps left over, timeouts, and holds whose time is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import attrgetter

from engine.execution.apply import log_run
from engine.execution.chunk import Fill, move_chunk
from engine.execution.lookup import store_id_of
from engine.execution.step import Origin, Step
from engine.execution.trigger import follow
from engine.execution.working_set import by_state
from engine.inventory.ledger import Ledger
from engine.results import MoveReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Record, Work


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
    run_due_steps(runtime, store_id, report)
    end_holds(runtime)
    origin = Origin("timeout", runtime.new_token(), background=True)
    now = runtime.database.clock()
    after, left, done = (-1, 0, ""), limit, 0
    while left is None or left > 0:
        if runtime.stop():
            report.complete = False
            break
        size = runtime.rules.execution.chunk if left is None else min(left, runtime.rules.execution.chunk)
        rows = _due_timeouts(runtime, now, after, store_id, size)
        if not rows:
            break
        _fire(runtime, rows, (first, now), origin, report)
        after = (rows[-1].due_at, rows[-1].item_id, rows[-1].event)
        left = None if left is None else left - len(rows)
        done += len(rows)
        progress(done, None)
    return report


def run_due_steps(runtime: Runtime, store_id: int | None, report: MoveReport) -> None:
    """Take the automatic steps that are due and that nobody is taking: what a crash or a failure left."""
    now = runtime.database.clock()
    size = runtime.rules.execution.chunk
    origin_of = _chain_origins(runtime)
    after = (-1, 0)
    while not runtime.stop():
        with runtime.database.read() as reader:
            rows = reader.all(
                "overdue_steps", now=now, store=store_id, after_due=after[0], after_item=after[1], size=size
            )
        if not rows:
            return
        ordered = sorted(rows, key=attrgetter("event", "chain"))
        for (event, chain), group in groupby(ordered, key=lambda row: (row.event, row.chain)):
            ids = sorted(row.item_id for row in group)
            origin = origin_of(chain)
            taken = move_chunk(runtime, event, origin, _overdue(event, ids, now), report)
            follow(runtime, taken.applied, origin, report)
            drop_stale(runtime, "drop_stale_due_steps", event, taken.blocked)
        after = (rows[-1].due_at, rows[-1].item_id)


def _chain_origins(runtime: Runtime) -> Callable[[int], Origin]:
    correlation = runtime.new_token()
    return lambda chain: Origin("on-enter", correlation, background=True, chain=chain)


def end_holds(runtime: Runtime) -> int:
    """End the holds whose time is over; the items stay where they are. Return how many holds ended."""
    if runtime.rules.checkout.hold_timeout_s is None and not _any_hold(runtime):
        return 0
    origin = Origin("hold-timeout", runtime.new_token(), background=True)
    total = 0
    while not runtime.stop():
        now = runtime.database.clock()
        ended = runtime.database.transact(partial(_end_some_holds, runtime, origin, now))
        if not ended:
            break
        total += ended
    return total


def _end_some_holds(runtime: Runtime, origin: Origin, now: int, work: Work) -> int:
    work.run("clear_moving")
    work.run("expired_holds", now=now, size=runtime.rules.execution.chunk)
    groups = by_state(work)
    if not groups:
        return 0
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    work.run("collect_hold_delta")
    ledger.lock_deltas()
    for number, group in enumerate(groups):
        place = runtime.catalog.place(work, group.key)
        work.run("moving_group_state", group=number, state=group.key)
        step = Step(number, place.version, place.state, None, None, "hold_ended")
        run = log_run(runtime, work, step, origin, group.items)
        work.run("end_holds", run=run, group=number)
        work.run("insert_history", run=run, group=number)
    ledger.post()
    ledger.settle()
    return sum(group.items for group in groups)


def _any_hold(runtime: Runtime) -> bool:
    with runtime.database.read() as reader:
        return reader.first("any_expiring_hold") is not None


def store_of(runtime: Runtime, store: str | None) -> int | None:
    """Return the id of the named store, None for no name. Raises UnknownStore."""
    if store is None:
        return None
    with runtime.database.read() as reader:
        return store_id_of(reader, store)


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


def _fire(
    runtime: Runtime, rows: Sequence[Record], span: tuple[int, int], origin: Origin, report: MoveReport
) -> None:
    """Fire due timeouts; ``span`` is the last run before the call, and the time."""
    first, now = span
    for (turn, event), ids in sorted(_turns(rows).items()):
        # The clock may have been set back since the rows were read: what is not due any more waits. It is not asked
        # for the time of the unit of work, which is that after its items are locked.
        still = min(now, runtime.database.clock())
        part = _Part(event, sorted(ids), still, first if turn else None)
        taken = move_chunk(runtime, event, origin, part.fill, report)
        if turn:
            report.examined -= taken.items - part.moved  # they were counted in their first turn
        follow(runtime, taken.applied, origin, report)
        drop_stale(runtime, "drop_stale_timeouts", event, taken.blocked)


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


def _turns(rows: Sequence[Record]) -> dict[tuple[int, str], list[int]]:
    """Group the items of due rows by turn and event: an item's oldest timeout comes first, then its next one."""
    turns: dict[tuple[int, str], list[int]] = {}
    seen: dict[int, int] = {}
    for row in rows:
        turn = seen.get(row.item_id, 0)
        turns.setdefault((turn, row.event), []).append(row.item_id)
        seen[row.item_id] = turn + 1
    return turns


def _overdue(event: str, ids: list[int], now: int) -> Fill:
    return lambda work: work.run("moving_add_overdue", items=ids, event=event, now=now)


def drop_stale(runtime: Runtime, statement: str, event: str, items: list[int]) -> None:
    """What the state of an item does not know any more would be due for ever."""
    if items:
        runtime.database.transact(lambda work: work.run(statement, event=event, items=items))
