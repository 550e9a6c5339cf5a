"""Trying again at once what failed: automatic steps, timeouts and waiting for conditions, stuck or in a pause.

Attempts count from the start, and the step is taken like any other, under the command key of the attempts before
and, for calls per order or batch, for exactly the items of the call. What is reset is due from that moment: should
the process die, the next background run takes it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter

from engine.codes import Code
from engine.errors import PluginMissing
from engine.moving.busy import leave_claimed, wait_for
from engine.moving.chunk import count, move_chunk
from engine.moving.items import LoadedItem, loaded_items
from engine.moving.selection import check_one_way, named_items, refuse_parts
from engine.moving.step import Origin
from engine.moving.suspended import Left, leave_suspended
from engine.moving.waves import follow
from engine.moving.working_set import by_state
from engine.operations.automatic_steps import forget_stale
from engine.operations.conditions_run import ask, waiting_task
from engine.operations.trigger import check_event
from engine.requests import Selection
from engine.results import MoveReport, Refusal
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work
from engine.versions.place import Place

_RESET = {"due_step": "reset_due_steps", "timeout": "reset_timeouts"}
_STALE = {"due_step": "drop_stale_due_steps", "timeout": "drop_stale_timeouts"}


def retry(
    runtime: Runtime,
    selection: Selection | None = None,
    event: str | None = None,
    progress: Progress = no_progress,
) -> MoveReport:
    """Try again what failed for the selected items: without a selection for all, with an event only that one.

    A selection may name a process without a state. Items that were named and have nothing that failed are
    blocked. Raises UnknownItem, UnknownOrder, ProcessNotFound, UnknownState, UnknownEvent, InputError.
    """
    selected = _select(runtime, selection, event)
    with runtime.database.read() as reader:
        first = int(reader.scalar("last_run"))
    origin = Origin("retry", runtime.correlation(), actor=runtime.actor)
    run = _Run(runtime, origin, event, first, selected.states)
    for part in selected.pages(runtime, event):
        if runtime.stop():
            run.report.complete = False
            break
        _retry_part(run, part, told=selected.ids is not None)
        progress(run.report.examined, None if selected.ids is None else len(selected.ids))
    wait_for(runtime, run.busy, run.origin, run.report, lambda part: _again(run, part))
    return run.report


@dataclass(frozen=True, slots=True)
class _Selected:
    """These items; or, without ids, whatever has failed (in these states, if any are given)."""

    ids: Sequence[int] | None = None
    states: Sequence[int] | None = None

    def pages(self, runtime: Runtime, event: str | None) -> Iterator[list[int]]:
        """Yield ids, a chunk at a time."""
        size = runtime.rules.execution.chunk
        if self.ids is not None:
            for start in range(0, len(self.ids), size):
                yield list(self.ids[start : start + size])
            return
        after = 0
        states, everywhere = list(self.states or ()), int(self.states is None)
        while True:
            with runtime.database.read() as reader:
                rows = reader.all(
                    "page_to_retry", after=after, size=size, event=event, states=states, everywhere=everywhere
                )
            if not rows:
                return
            yield [row.item_id for row in rows]
            after = rows[-1].item_id


@dataclass(slots=True)
class _Run:
    """One call: its report, the items it has tried, and those that somebody else works on.

    Runs after ``first`` are, for the items that were tried, those of the call. ``states`` are those that it is for,
    None when items were named or all are meant.
    """

    runtime: Runtime
    origin: Origin
    event: str | None
    first: int
    states: Sequence[int] | None = None
    report: MoveReport = field(default_factory=MoveReport)
    tried: set[int] = field(default_factory=set)
    busy: dict[int, Refusal] = field(default_factory=dict)


def _select(runtime: Runtime, selection: Selection | None, event: str | None) -> _Selected:
    catalogue = runtime.catalogue
    with runtime.database.read() as reader:
        if event is not None:
            check_event(runtime, reader, event)
        if selection is None:
            return _Selected()
        refuse_parts(selection, "retried")
        check_one_way(selection)
        if selection.process is None:
            return _Selected(ids=named_items(reader, selection))
        if selection.state is not None:
            places = catalogue.places_named(reader, selection.process, selection.state)
            return _Selected(states=[place.state_id for place in places])
        versions = [v for v in catalogue.all_versions(reader) if v.name == selection.process]
        if not versions:
            catalogue.current(reader, selection.process)
        return _Selected(states=[state for version in versions for state in version.state_ids])


def _retry_part(run: _Run, part: list[int], *, told: bool) -> None:
    """Try what failed for these items; with ``told`` those without anything are blocked."""
    left = [item for item in part if item not in run.tried]  # a call may have brought later ones along
    tried, busy = _try(run, left)
    run.tried |= tried
    run.busy |= busy
    run.report.examined += len(busy.keys() - tried)
    nothing = [item for item in left if item not in tried and item not in busy] if told else []
    run.report.examined += len(nothing)
    run.report.blocked += _nothing(run, nothing)


def _again(run: _Run, part: list[int]) -> dict[int, Refusal]:
    tried, busy = _try(run, part)
    run.report.blocked += _nothing(run, [i for i in part if i not in tried and i not in busy])
    return busy


def _nothing(run: _Run, items: Sequence[int]) -> list[Refusal]:
    what = "nothing" if run.event is None else f"no {run.event!r}"
    return [
        Refusal(i, Code.NOTHING_TO_RETRY, f"item {i}: {what} failed that could be retried") for i in items
    ]


def _try(run: _Run, items: list[int]) -> tuple[set[int], dict[int, Refusal]]:
    """Try what failed for the items, one kind and event after the other; return who was tried, and is busy."""
    with run.runtime.database.read() as reader:
        rows = reader.all("failed_steps", items=items, event=run.event) if items else []
    tried: set[int] = set()
    busy: dict[int, Refusal] = {}
    suspended: set[int] = set()
    for (kind, event), group in groupby(rows, key=attrgetter("kind", "event")):
        ids = [row.item_id for row in group if row.item_id not in busy and row.item_id not in suspended]
        step = _Failed(run, kind, event, ids, tried)
        if event is None:
            _ask_again(step)
        else:
            _fire_again(step)
        run.report.examined += len(step.suspended) - step.counted_twice
        run.report.blocked += [left.refusal for left in step.suspended]
        suspended.update(left.item for left in step.suspended)
        tried.update(step.reset)
        busy |= step.busy
    return tried | suspended, busy


@dataclass(slots=True)
class _Failed:
    """One kind of failure of some items; ``reset`` are those (and others of their calls) that are tried.

    What ``fill`` finds is believed once the unit of work is committed: until then it may be run again.

    ``tried`` are items that this part of the call has tried before, for another failure. ``busy`` are those that
    somebody else works on, ``suspended`` those that stand still: nothing is reset for them. ``counted_twice`` tells
    how many the call has counted before.
    """

    run: _Run
    kind: str
    event: str | None
    ids: list[int]
    tried: set[int]
    reset: list[int] = field(default_factory=list)
    busy: dict[int, Refusal] = field(default_factory=dict)
    suspended: list[Left] = field(default_factory=list)
    counted_twice: int = 0

    def fill(self, work: Work) -> None:
        """Reset the failures and put the items into the working set."""
        work.run("moving_add_retried", items=self.ids, event=self.event or "")
        self._drop_others(work)
        asked = set(self.ids)
        claimed = leave_claimed(work)
        self.busy = {item: claimed[item] for item in self.ids if item in claimed}
        self.suspended = [left for left in leave_suspended(work) if left.item in asked]
        if self.event is None:
            rows = work.returning("reset_sweep_failures")
        else:
            rows = work.returning(_RESET[self.kind], event=self.event, now=work.now)
        self.reset = sorted({row.item_id for row in rows})
        work.run("moving_keep_ids", items=self.reset)
        counted = [item for item in self.reset if item in self.tried or item in self.run.tried]
        stepped = work.changed("moving_counted", items=counted, first=self.run.first) if counted else 0
        self.counted_twice = len(counted) - stepped

    def _drop_others(self, work: Work) -> None:
        """Leave out what has left the states that the call is for since it was found there."""
        if self.run.states is None:
            return
        for group in by_state(work):
            if group.key not in self.run.states:
                work.run("moving_drop_state", state=group.key)


def _fire_again(failed: _Failed) -> None:
    """Take an automatic step or a timeout again."""
    run, runtime = failed.run, failed.run.runtime
    assert failed.event is not None  # the caller has looked
    origin = replace(run.origin, timed=failed.kind == "timeout")
    stale = forget_stale(_STALE[failed.kind], failed.event)
    taken = move_chunk(runtime, failed.event, origin, failed.fill, run.report, stale)
    follow(runtime, taken.applied, origin, run.report)


def _ask_again(failed: _Failed) -> None:
    """Try the eventless transitions again."""
    runtime, report = failed.run.runtime, failed.run.report

    def take(work: Work) -> list[tuple[Place, list[LoadedItem], int]]:
        work.run("clear_moving")
        failed.fill(work)
        waiting = []
        for group in by_state(work):
            place = runtime.catalogue.place(work, group.key)
            rows = work.tuples("moving_items", state=group.key)
            waiting.append((place, loaded_items(rows, place, runtime.database), group.fresh))
        return waiting

    for place, items, fresh in runtime.database.transact(take):
        report.examined += fresh
        _ask_place(failed, place, items)


def _ask_place(failed: _Failed, place: Place, items: list[LoadedItem]) -> None:
    run, report = failed.run, failed.run.report
    try:
        task = waiting_task(run.runtime, place, run.origin)
    except PluginMissing as missing:
        text = f"{missing.message}, which {place.version.name!r} needs"
        report.failed += [Refusal(item.id, Code.PLUGIN_MISSING, f"item {item.id}: {text}") for item in items]
        return
    task.items = items
    plan, applied = ask(run.runtime, task, run.origin, report)
    going = {item.id for members in plan.members for item in members} | plan.failures.keys()
    report.stayed += sum(item.fresh for item in items if item.id not in going)
    count(report, applied)
    follow(run.runtime, applied, run.origin, report)
