"""The conditions run: tries the eventless transitions of waiting items, one hop a tick.

Items that go on waiting are not written. Where a limit stops the run is kept per state, and the limit is
shared out among the states, so that nobody starves. An item whose conditions raise is asked again after growing
pauses, and not at all once no attempt is left; meanwhile it is not examined and takes nothing of a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engine.codes import Code
from engine.errors import PluginMissing
from engine.moving.apply import apply_steps
from engine.moving.chunk import count
from engine.moving.conditions import find_conditions
from engine.moving.finish import apply_task
from engine.moving.items import Fields, LoadedItem, loaded_items
from engine.moving.known import plain_hop
from engine.moving.plan import Plan, Task, call_context, check_processors, prepare
from engine.moving.rows import Group
from engine.moving.step import LONGEST_CHAIN, Applied, Origin, Step
from engine.moving.suspended import leave_suspended
from engine.moving.waves import follow
from engine.moving.working_set import states_and_claims, steps_and_claims
from engine.observe import Attribute, Observer, spanned
from engine.operations.automatic_steps import run_automatic_steps
from engine.operations.decided import Decided, decided
from engine.results import MoveReport, Refusal
from engine.results.items import LARGEST_ID
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Record, Work
from engine.storage.guards.pruning import WHOLE
from engine.topology.names import store_of
from engine.versions.place import Place

_LAST_STATE = 0
"""The cursor row that remembers which state a limited run looked at last (0 is no state's id)."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The next ``size`` items with ids in (after, until]."""

    after: int
    until: int
    size: int


@dataclass(slots=True)
class _Tick:
    """What holds for one tick: items moved by a run above ``watermark`` have hopped already.

    Items moved by a run above ``first`` were counted by this call. ``again`` tells that an earlier tick has
    looked at everything that waits. ``told`` are the texts of the call about states that cannot be tried.
    """

    runtime: Runtime
    origin: Origin
    report: MoveReport
    store: int | None
    first: int
    watermark: int
    told: set[str]
    moved: int = 0
    again: bool = False

    @property
    def observer(self) -> Observer:
        """Who is told what the tick does."""
        return self.runtime.observer

    def look_at(self, fresh: int) -> None:
        """Count items that are looked at, unless an earlier tick has counted them."""
        self.report.examined += 0 if self.again else fresh

    def cannot_try(self, place: Place, missing: PluginMissing) -> None:
        """Tell once in a call why a state's items cannot be tried; it is about the state and about no item."""
        state, process = place.state.name, place.version.name
        text = f"{missing.message}, which the state {state!r} of {process!r} needs"
        if text not in self.told:
            self.told.add(text)
            known = {"process": process, "state": state}
            self.report.failed.append(Refusal(None, Code.PLUGIN_MISSING, text, known))

    def cursor(self, state: int) -> dict[str, int]:
        """Return the key of the row that remembers where this kind of run stopped in a state.

        Runs for one store have rows of their own, or they would starve each other.
        """
        return {"state": state, "store": self.store or 0}

    def waiting(self, place: Place, part: _Part) -> dict[str, Any]:
        """Return the parameters that say which items of a state wait."""
        return {
            "state": place.state_id,
            "after": part.after,
            "until": part.until,
            "store": self.store,
            "watermark": self.watermark,
            "first": self.first,
        }

    def selection(self, place: Place, part: _Part) -> dict[str, Any]:
        """Return the parameters that select the next waiting items of a state."""
        return {**self.waiting(place, part), "size": part.size}


def run_conditions(
    runtime: Runtime,
    *,
    store: str | None = None,
    limit: int | None = None,
    until_idle: bool = False,
    progress: Progress = no_progress,
) -> MoveReport:
    """Try the eventless transitions of all waiting items once, or with ``until_idle`` until none moves.

    ``limit`` is in items per tick. Raises UnknownStore.
    """
    report = MoveReport()
    store_id = store_of(runtime, store)
    first = _last_run(runtime)
    run_automatic_steps(runtime, store_id, report)
    origin = Origin("conditions", runtime.correlation(), background=True)
    told: set[str] = set()
    for tick_no in range(1, LONGEST_CHAIN + 2):
        tick = _Tick(runtime, origin, report, store_id, first, _last_run(runtime), told)
        tick.again = tick_no > 1 and limit is None
        _try_all(tick, limit, progress)
        if not until_idle or tick.moved == 0 or runtime.stop():
            return report
        if tick_no > LONGEST_CHAIN:
            text = f"after {LONGEST_CHAIN} ticks items are still moving: the process goes round in circles"
            report.stuck.append(Refusal(None, Code.AUTOMATIC_LOOP, text))
    return report


def _last_run(runtime: Runtime) -> int:
    with runtime.database.read() as reader:
        return int(reader.scalar("last_run"))


def _try_all(tick: _Tick, limit: int | None, progress: Progress) -> None:
    places = _waiting_places(tick)
    left = limit
    for number, place in enumerate(places):
        if tick.runtime.stop():
            tick.report.complete = False
            return
        share = None if left is None else -(-left // (len(places) - number))
        seen = _try_state(tick, place, share)
        progress(tick.report.examined, None)
        if left is None:
            continue
        left -= seen
        _remember(tick, _LAST_STATE, place.state_id)
        if left <= 0:
            return


def _waiting_places(tick: _Tick) -> list[Place]:
    """Return the states with eventless transitions that have items, starting after the one looked at last."""
    catalogue = tick.runtime.catalogue
    with tick.runtime.database.read() as reader:
        places = [
            catalogue.place(reader, state_id)
            for version in catalogue.all_versions(reader)
            for state_id, state in zip(version.state_ids, version.process.states, strict=True)
            if version.process.candidates(state.index, None)
        ]
        filled = {row.value for row in reader.all("states_to_sweep", states=[p.state_id for p in places])}
        last = reader.scalar("sweep_position", **tick.cursor(_LAST_STATE)) or 0
    waiting = sorted((p for p in places if p.state_id in filled), key=lambda place: place.state_id)
    return [p for p in waiting if p.state_id > last] + [p for p in waiting if p.state_id <= last]


def _try_state(tick: _Tick, place: Place, limit: int | None) -> int:
    """Look at the state's items, a limited number from where the last run stopped; return how many."""
    try:
        task = waiting_task(tick.runtime, place, tick.origin)
    except PluginMissing as missing:
        tick.cannot_try(place, missing)
        return 0
    if limit is None:
        return _try_part(tick, task, 0, LARGEST_ID, None)[0]
    with tick.runtime.database.read() as reader:
        start = reader.scalar("sweep_position", **tick.cursor(place.state_id)) or 0
    seen, stopped = _try_part(tick, task, start, LARGEST_ID, limit)
    if start and seen < limit:
        more, stopped = _try_part(tick, task, 0, start, limit - seen)
        seen += more
    _remember(tick, place.state_id, stopped)
    return seen


def _try_part(tick: _Tick, task: Task, after: int, until: int, limit: int | None) -> tuple[int, int]:
    """Look at items with ids in (after, until]; return how many and where to go on: 0 once all were seen."""
    by_answer = decided(task, tick.origin)
    if by_answer is not None and by_answer.cut(tick.runtime.database.dialect, 0) is not None:
        return _try_decided(tick, by_answer, _Part(after, until, limit or LARGEST_ID), limit)
    seen = 0
    while not tick.runtime.stop():
        chunk = tick.runtime.rules.execution.chunk
        size = chunk if limit is None else min(chunk, limit - seen)
        items, after = _try_chunk(tick, task, _Part(after, until, size))
        seen += items
        if items < size:
            return seen, 0
        if seen == limit:
            break
    return seen, after


def _try_decided(tick: _Tick, by_answer: Decided, part: _Part, limit: int | None) -> tuple[int, int]:
    """Look at a part of a state's items as ``_try_part`` does, where the database answers its guards."""
    seen, last = _count_waiting(tick, by_answer.task.place, part)
    after, chunk = part.after, tick.runtime.rules.execution.chunk
    while seen and not tick.runtime.stop():
        taken, after = _move_decided(tick, by_answer, _Part(after, last, chunk))
        if taken < chunk:
            return seen, 0 if limit is None or seen < limit else last
    return seen, after if seen else 0


@spanned("earmark.chunk", lambda tick, by_answer, _part: _of_chunk(tick, by_answer.task, _part))
def _move_decided(tick: _Tick, by_answer: Decided, part: _Part) -> tuple[int, int]:
    """Move the next items that the guards let pass, and ask Python about those of which the database cannot tell.

    Return how many both were, and the highest id.
    """
    runtime, place = tick.runtime, by_answer.task.place
    now = runtime.database.clock()
    cut = by_answer.cut(runtime.database.dialect, now) or WHOLE

    def move(work: Work) -> tuple[list[Group], list[Fields], list[Applied]]:
        work.run("clear_moving")
        work.run("moving_add_decided", cut, **tick.selection(place, part), now=now)
        groups, claimed, suspended, named = steps_and_claims(work)
        undecided: list[Fields] = []
        if any(group.key < 0 for group in groups):
            undecided = work.tuples("moving_undecided")
            work.run("moving_drop_undecided")
        if claimed:
            work.run("moving_drop_claimed", now=work.now, token="")
        left = leave_suspended(work) if suspended else []
        counts = None if claimed or left else {group.key: (group.items, group.fresh) for group in groups}
        steps = [by_answer.steps[group.key] for group in groups if group.key >= 0]
        return (
            groups,
            undecided,
            apply_steps(runtime, work, steps, tick.origin, counts=counts, named=named) if steps else [],
        )

    groups, undecided, applied = runtime.database.transact(move)
    _finish(tick, applied)
    if undecided:
        _ask_rows(tick, by_answer.task, undecided, part.after, now)
    return sum(group.items for group in groups), max((group.last for group in groups), default=part.after)


def _remember(tick: _Tick, state: int, item: int) -> None:
    position = tick.cursor(state)
    tick.runtime.database.transact(lambda work: work.run("set_sweep_position", item=item, **position))


def _of_chunk(tick: _Tick, task: Task, _part: _Part) -> dict[str, Attribute]:
    """Return what a chunk's span carries."""
    return {
        "process": task.place.version.name,
        "state": task.place.state.name,
        "trigger": tick.origin.trigger,
        "correlation": tick.origin.correlation,
    }


@spanned("earmark.chunk", _of_chunk)
def _try_chunk(tick: _Tick, task: Task, part: _Part) -> tuple[int, int]:
    """Try the eventless transitions of a chunk; return how many items there were and the highest id."""
    known = plain_hop(task.place, task.conditions, tick.origin)
    if known is None:
        return _ask_chunk(tick, task, part)
    if known.step is None:
        return _count_waiting(tick, task.place, part)
    return _move_all(tick, task.place, known.step, part)


def _move_all(tick: _Tick, place: Place, step: Step, part: _Part) -> tuple[int, int]:
    def move(work: Work) -> tuple[list[Group], list[Applied]]:
        work.run("clear_moving")
        work.run("moving_add_sweep", **tick.selection(place, part))
        groups, claimed, suspended, named = states_and_claims(work)
        if not groups:
            return [], []
        if claimed:
            work.run("moving_drop_claimed", now=work.now, token="")
        left = leave_suspended(work) if suspended else []
        counts = None if claimed or left else {step.group: (groups[0].items, groups[0].fresh)}
        return groups, apply_steps(tick.runtime, work, [step], tick.origin, counts=counts, named=named)

    groups, applied = tick.runtime.database.transact(move)
    if not groups:
        return 0, part.after
    tick.look_at(groups[0].fresh)
    _finish(tick, applied)
    return groups[0].items, groups[0].last


def _count_waiting(tick: _Tick, place: Place, part: _Part) -> tuple[int, int]:
    now = tick.runtime.database.clock()
    with tick.runtime.database.read() as reader:
        row = _waiting(tick, reader, place, part, now)
    items = int(row.items) if row is not None else 0
    tick.look_at(int(row.fresh or 0) if row is not None else 0)
    return items, int(row.last) if row is not None and items else part.after


def _waiting(tick: _Tick, reader: Reader, place: Place, part: _Part, now: int) -> Record | None:
    """Count the waiting items of a state; where none has moved since the tick began, without a look at any."""
    if part.size < LARGEST_ID:
        return reader.first("sweep_count", **tick.waiting(place, part), size=part.size, now=now)
    seen = reader.scalar("last_run") == tick.watermark == tick.first
    if seen and tick.store is None and not reader.scalar("any_passed_over"):
        return reader.first("sweep_all", state=place.state_id, after=part.after, until=part.until)
    return reader.first("sweep_waiting", **tick.waiting(place, part), now=now)


def _ask_chunk(tick: _Tick, task: Task, part: _Part) -> tuple[int, int]:
    runtime, place = tick.runtime, task.place
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        rows = reader.tuples("sweep_items", **tick.selection(place, part), now=now)
    if not rows:
        return 0, part.after
    items = _ask_rows(tick, task, rows, part.after, now)
    tick.look_at(sum(item.fresh for item in items))
    return len(rows), items[-1].id


def _ask_rows(tick: _Tick, task: Task, rows: Sequence[Fields], after: int, now: int) -> list[LoadedItem]:
    """Ask the conditions about the items of these rows, with ids above ``after``; return the items."""
    runtime = tick.runtime
    items = loaded_items(rows, task.place, runtime.database)
    with runtime.database.read() as reader:
        claimed = {row.item_id for row in reader.all("claimed_items", now=now)}
        failing = {row.item_id for row in reader.all("sweep_failing", after=after, until=items[-1].id)}
    task = replace(task, items=[item for item in items if item.id not in claimed] if claimed else items)
    plan, applied = ask(runtime, task, tick.origin, tick.report)
    if applied:
        _finish(tick, applied)
    _forget_failures(runtime, task, plan, failing)
    return items


def waiting_task(runtime: Runtime, place: Place, origin: Origin) -> Task:
    """Return the task, without items yet, to try the eventless transitions of a place. Raises PluginMissing."""
    conditions = find_conditions(runtime.plugins, place.version.process, place.state.index, None)
    check_processors(runtime.plugins, place, None, origin)
    return Task(place, None, None, conditions)


def ask(runtime: Runtime, task: Task, origin: Origin, report: MoveReport) -> tuple[Plan, list[Applied]]:
    """Ask the conditions about the items of a waiting task; write what moves or fails, and nothing else."""
    plan = prepare(runtime.plugins, task, call_context(origin, None, runtime.database.clock()), origin)
    if not plan.steps and not plan.failures:
        return plan, []
    return plan, apply_task(runtime, task, plan, origin, report)


def _forget_failures(runtime: Runtime, task: Task, plan: Plan, failing: set[int]) -> None:
    """Items that failed before and can be asked again go on waiting like all others."""
    if failing:
        moved = {item.id for members in plan.members for item in members}
        over = [[i.id, i.step, 0, 0] for i in task.items if i.id in failing - moved - plan.failures.keys()]
        if over:
            runtime.database.transact(partial(_drop_failures, over))


def _drop_failures(over: list[list[int]], work: Work) -> None:
    work.run("clear_moving")
    work.run("moving_add_checked", plan=over)
    work.run("drop_sweep_failures", group=0)


def _finish(tick: _Tick, applied: list[Applied]) -> None:
    count(tick.report, applied)
    tick.moved += sum(done.items for done in applied)
    follow(tick.runtime, applied, tick.origin, tick.report)
