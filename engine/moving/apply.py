"""The one place that moves items: writes the steps of a plan within a unit of work, set by set.

The working set says which items take which step. Per group of items the number of statements is constant,
whatever the number of items. Lock order: the items are locked already (they were selected into the working set),
then the availability rows, then everything else follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.definition import State
from engine.inventory.counting import Counting
from engine.inventory.ledger import Ledger
from engine.moving.claims import forget_left_calls
from engine.moving.due import due_at
from engine.moving.log import log_run
from engine.moving.parts import divide, store_parts
from engine.moving.shelf import left_before
from engine.moving.step import Applied, Origin, Step
from engine.moving.told import tell_moved
from engine.moving.working_set import steps_and_claims
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.closed import note_entering, note_leaving


def apply_steps(
    runtime: Runtime,
    work: Work,
    steps: Sequence[Step],
    origin: Origin,
    ledger: Ledger | None = None,
    counts: Mapping[int, tuple[int, int]] | None = None,
    *,
    named: bool = True,
) -> list[Applied]:
    """Write the steps and what follows: history, log, timeouts, automatic steps, reservation, availability.

    A caller that has more to write in the same transaction hands over its own ledger and settles it itself.
    Groups of the plan that have no items left are passed over. A caller that knows how many items take each
    step, and how many of these are fresh, hands over the ``counts`` by the steps' groups, and ``named``:
    whether any of the items may be to come from a certain warehouse.
    """
    steps, parts = divide(work, steps) if any(step.parts for step in steps) else (steps, {})
    if counts is None:
        groups, _, _, named = steps_and_claims(work)
        counts = {group.key: (group.items, group.fresh) for group in groups}
    own = ledger if ledger is not None else Ledger(work, runtime.plugins, runtime.rules)
    present = [step for step in steps if step.group in counts]
    counting = {step.group: found for step in present if (found := _counts_differently(step)) is not None}
    rehoused = _rehouse(work, present)
    named = named or rehoused
    for group, how in counting.items():
        work.run("collect_delta", group=group, **how.parameters())
        if named:
            work.run("collect_named", group=group, **how.parameters())
    if counting or rehoused:
        own.lock_deltas(named=named)
    applied = [
        replace(
            _apply(runtime, work, step, origin, counting.get(step.group), *counts[step.group]),
            parts=parts.get(step.group, ()),
        )
        for step in present
    ]
    if counting or rehoused:
        own.post(named=named)
        if ledger is None:
            own.settle()
    return applied


def _rehouse(work: Work, steps: Sequence[Step]) -> bool:
    """Let what items count go to the warehouses that commands have named; return whether there are any."""
    rehoused = [step for step in steps if step.warehouse_names]
    for step in rehoused:
        items, names = list(step.warehouse_names), [list(row) for row in step.warehouse_names.items()]
        work.run("collect_rehoused", group=step.group, items=items, sign=-1)
        work.run("moving_rehoused", group=step.group, rows=names)
        work.run("collect_rehoused", group=step.group, items=items, sign=1)
    return bool(rehoused)


def enter_state(work: Work, step: Step, state: State, run_id: int, chain: int) -> None:
    """Arm what the state a group entered asks for: its timeouts and the automatic step of its onEnter event."""
    for event in step.version.process.timeout_events(state.index):
        if event.timeout_processor is None:
            work.run("set_timeout", event=event.name, due=due_at(event, work.now), group=step.group)
        else:
            rows = [[item, due] for item, due in step.due[event.name].items()]
            work.run("set_timeouts_each", event=event.name, rows=rows, group=step.group)
    follows = step.version.process.on_enter_event(state.index)
    if follows is not None:
        work.run(
            "set_due_step", event=follows.name, due=work.now, run=run_id, chain=chain + 1, group=step.group
        )


def _apply(
    runtime: Runtime,
    work: Work,
    step: Step,
    origin: Origin,
    counting: Counting | None,
    items: int,
    fresh: int,
) -> Applied:
    run_id, listened = log_run(runtime, work, step, origin, items)
    if step.parts:
        store_parts(work, step, run_id, counting, left=_had_left(runtime, step))
    else:
        _step(runtime, work, step, run_id, counting)
    if not step.changes_state:
        _rearm(work, step, origin)
    work.run("insert_history", run=run_id, group=step.group)
    if step.warehouse_names:
        names = [[item, name] for item, name in step.warehouse_names.items()]
        work.run("set_warehouses", rows=names, group=step.group)
    if step.target is not None and step.changes_state:
        if listened:
            tell_moved(work, step, origin)
        enter_state(work, step, step.target, run_id, origin.chain)
    return Applied(step, run_id, items, fresh)


def _step(runtime: Runtime, work: Work, step: Step, run_id: int, counting: Counting | None) -> None:
    """Write the step of items that take it whole, and what becomes of what they had before them."""
    process, source = step.version.process, step.source
    if source is not None and any(event.command for event in process.state_events(source.index)):
        forget_left_calls(work, step.event, step.group)
        if step.event is not None and step.event.command is not None:
            work.run("drop_command_members", group=step.group)
    if step.target is not None and step.changes_state:
        _move(runtime, work, step, run_id, counting)
        if source is not None and process.timeout_events(source.index):
            work.run("drop_timeouts", group=step.group)
    else:
        work.run("step_group", run=run_id, group=step.group)
    automatic = None if source is None else process.on_enter_event(source.index)
    if automatic is not None:
        over = step.changes_state or step.event == automatic
        work.run("drop_due_steps" if over else "carry_due_steps", group=step.group)
    if source is not None and process.candidates(source.index, None):
        work.run("drop_sweep_failures", group=step.group)


def _had_left(runtime: Runtime, step: Step) -> bool:
    """Return whether items that take the step had left the shelf before."""
    if step.source is None or step.target is None:
        return False
    event = runtime.rules.stock_update.event
    return left_before(event, step.version.place(step.source), step.version.place(step.target))


def _move(runtime: Runtime, work: Work, step: Step, run_id: int, counting: Counting | None) -> None:
    assert step.target is not None  # callers move only to a target
    target = step.version.place(step.target)
    left = _had_left(runtime, step)
    known = {"target": target.state_id, "run": run_id, "group": step.group, "left": int(left)}
    if step.source is not None:
        note_leaving(work, step.version.place(step.source), step.group)
    if counting is not None:
        work.run("move_group_counting", now=work.now, **known, **counting.parameters())
    else:
        work.run("move_group", now=work.now, **known)
    note_entering(work, target, step.group)


def _rearm(work: Work, step: Step, origin: Origin) -> None:
    """A timeout that fired without leaving the state starts again."""
    event = step.event
    if not origin.fires_timeout or event is None or event.timeout is None:
        return
    if event.timeout_processor is None:
        work.run("rearm_timeout", event=event.name, due=due_at(event, work.now), group=step.group)
    else:
        rows = [[item, due] for item, due in step.due[event.name].items()]
        work.run("rearm_timeouts_each", event=event.name, rows=rows, group=step.group)


def _counts_differently(step: Step) -> Counting | None:
    """Return how the items count after the step, if they may count something else than before it."""
    if step.source is None or step.target is None or not step.changes_state:
        return None
    process = step.version.process
    after = Counting.in_state(process, step.target)
    return None if after == Counting.in_state(process, step.source) else after
