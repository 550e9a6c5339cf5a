"""Running a task: plugins first, with no transaction open, then the plan's steps in one transaction.

A plan is applied only to items that still stand at the step it was made for and, when they were claimed, whose
claim is still the task's own: a worker that was paused and wakes late changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.clock import SECOND
from engine.codes import Code
from engine.hooks import CallContext, Item
from engine.inventory.ledger import Ledger
from engine.moving.allocating import ALLOCATE, allocate_items
from engine.moving.apply import apply_steps
from engine.moving.commands import plan_calls, read_answer
from engine.moving.items import LoadedItem, alike, loaded_items, narrowed
from engine.moving.lease import WHY_LOST
from engine.moving.log import log_run
from engine.moving.parts import PartToTake, take_parts, too_fine
from engine.moving.plan import Plan, Task, call_context, prepare
from engine.moving.step import Applied, Failure, Failures, Origin, Step
from engine.moving.suspended import leave_suspended, refused
from engine.moving.working_set import by_step
from engine.plugin_calls import one_process
from engine.results import MoveReport, Refusal
from engine.runtime import Runtime
from engine.storage.database import Work

_FEW = 8
"""Up to so many kinds of (group, step) are sent as bare lists of ids, which SQLite reads six times as fast."""


def run_task(runtime: Runtime, task: Task, origin: Origin, report: MoveReport) -> list[Applied]:
    """Run the task's plugins and apply the plan; return what was applied."""
    return apply_task(runtime, task, prepare_task(runtime, task, origin), origin, report)


def apply_task(
    runtime: Runtime, task: Task, plan: Plan | None, origin: Origin, report: MoveReport
) -> list[Applied]:
    """Apply the plan in a transaction of its own; return what was applied."""

    def finish(work: Work) -> tuple[list[Applied], MoveReport]:
        told = MoveReport()
        return finish_task(runtime, work, task, plan, origin, told), told

    applied, told = runtime.database.transact(finish)
    report.add(told)
    return applied


def prepare_task(runtime: Runtime, task: Task, origin: Origin) -> Plan | None:
    """Run the task's command and conditions and return the plan; None when they belong into the transaction."""
    if task.transactional:
        return None
    context = call_context(origin, task.event, runtime.database.clock())
    return prepare(runtime.plugins, task, context, origin)


def finish_task(
    runtime: Runtime,
    work: Work,
    task: Task,
    plan: Plan | None,
    origin: Origin,
    report: MoveReport,
    ledger: Ledger | None = None,
) -> list[Applied]:
    """Apply a plan to the items it still holds for; the others are reported, the failures are written down.

    Without a plan the transactional command runs first, in this very transaction. A caller with more to write
    in it hands over its own ledger and settles it itself. May be called again when the transaction was undone.
    """
    task = replace(task)
    own = ledger if ledger is not None else Ledger(work, runtime.plugins, runtime.rules)
    if plan is None:
        plan = _prepare_within(runtime, work, own, task, origin, report)
    else:
        _hold_back_wrong_answers(work, plan)
    planned, counts = _select(work, task, plan)
    lost = _report_lost(work, task, planned, origin, report)
    known = None if lost or any(step.parts for step in plan.steps) else counts
    named = known is None or any(item.warehouse_id is not None for item in planned)
    applied = apply_steps(runtime, work, plan.steps, origin, own, known, named=named) if plan.steps else []
    if ledger is None:
        own.settle()
        report.fell_short(own.grown)
    _write_failures(runtime, work, task, plan, origin, report)
    if task.claim is not None:
        work.run("release_claims", token=task.claim.token)
    if plan.ended_calls:
        work.run("drop_command_runs", keys=plan.ended_calls)
    return applied


def _prepare_within(
    runtime: Runtime, work: Work, ledger: Ledger, task: Task, origin: Origin, report: MoveReport
) -> Plan:
    """Run a transactional command within the transaction that applies its step: both happen, or neither."""
    planned, _ = _select(work, task, Plan(members=[list(task.items)]))
    _report_lost(work, task, planned, origin, report)
    rows = work.tuples("moving_items", state=task.place.state_id)
    task.items = narrowed(loaded_items(rows, task.place, runtime.database, work), task.parts)
    context = replace(call_context(origin, task.event, work.now), publish=ledger.publish)
    if task.command is not None and task.command.name == ALLOCATE:
        divided = allocate_items(runtime, work, ledger, task.place, task.items, origin)
        task.items, answer = divided.items, divided.answer
        report.parts += divided.parts
        context = replace(context, allocate=lambda items: answer(work, items, "event", origin.actor))
    held: Failures = {}
    while True:
        try:
            with work.savepoint():
                plan = _plan_within(runtime, work, task, held, context, origin)
        except _HeldBackLate as late:
            held.update(late.failures)
            continue
        plan.failures.update(held)
        return plan


class _HeldBackLate(Exception):
    """Items are held back by something that came after their command: it must leave nothing behind for them."""

    def __init__(self, failures: Failures) -> None:
        self.failures = failures


def _plan_within(
    runtime: Runtime, work: Work, task: Task, held: Failures, context: CallContext, origin: Origin
) -> Plan:
    """Run the command for the items that nothing holds back. Raises _HeldBackLate."""
    assert task.command is not None and task.event is not None  # only commands are transactional
    items = [item for item in task.items if item.id not in held]
    attempt = replace(task, items=items, calls=plan_calls(task.command, task.event.name, items))
    plan = prepare(runtime.plugins, _in_savepoints(attempt, work), context, origin)
    _hold_back_wrong_answers(work, plan)
    late = {
        item: failure for item, failure in plan.failures.items() if failure.code is not Code.COMMAND_FAILED
    }
    if late:
        raise _HeldBackLate(late)
    return plan


def _in_savepoints(task: Task, work: Work) -> Task:
    """A call of a transactional command that fails leaves nothing behind, the other calls stay."""
    assert task.command is not None  # callers have checked
    call = task.command.call

    def guarded(argument: Item | Sequence[Item], context: CallContext) -> object:
        with work.savepoint():
            items = argument if isinstance(argument, Sequence) else (argument,)
            with one_process():
                returned = call(argument, context)
            return read_answer(returned, items)

    return replace(task, command=replace(task.command, call=guarded))  # type: ignore[arg-type]


def _hold_back_wrong_answers(work: Work, plan: Plan) -> None:
    """Hold back the items of which a command said what only the database knows to be wrong."""
    _hold_back_unknown_warehouses(work, plan)
    for number, step in enumerate(plan.steps):
        if step.rest is not None:
            wrong = too_fine(work, plan.members[number])
            plan.failures.update(wrong)
            plan.members[number] = [item for item in plan.members[number] if item.id not in wrong]


def _hold_back_unknown_warehouses(work: Work, plan: Plan) -> None:
    names = sorted(
        {name for step in plan.steps for name in step.warehouse_names.values() if name is not None}
    )
    if not names:
        return
    unknown = {row.value for row in work.all("unknown_warehouses", names=names)}
    for number, step in enumerate(plan.steps):
        wrong = {item: name for item, name in step.warehouse_names.items() if name in unknown}
        step.warehouse_names = {i: name for i, name in step.warehouse_names.items() if i not in wrong}
        plan.members[number] = [item for item in plan.members[number] if item.id not in wrong]
        for item, name in wrong.items():
            plan.failures[item] = Failure(
                Code.UNKNOWN_WAREHOUSE, f"{step.command} named the warehouse {name!r}"
            )


def _select(work: Work, task: Task, plan: Plan) -> tuple[list[LoadedItem], dict[int, tuple[int, int]]]:
    """Fill the working set with the plan's items, failed ones last, as far as they stand where they stood.

    Returns the items of the plan, and by group how many there are and how many of these are fresh.
    """
    groups = [*plan.members, *_failed_members(task, plan).values()]
    parted = {step.group for step in plan.steps if step.parts}
    kinds = [
        (number, *kind, ids)
        for number, members in enumerate(groups)
        if number not in parted
        for kind, ids in alike(members).items()
    ]
    work.run("clear_moving")
    if len(kinds) <= _FEW:
        for number, step, fresh, ids in kinds:
            work.run("moving_add_alike", items=ids, step=step, group=number, fresh=fresh)
    else:
        rows = [[item, step, number, fresh] for number, step, fresh, ids in kinds for item in ids]
        work.run("moving_add_checked", plan=rows)
    take_parts(
        work,
        (
            PartToTake(item.id, item.millionths, item.step, step.group, item.fresh)
            for step in plan.steps
            if step.parts
            for item in plan.members[step.group]
        ),
    )
    counts: dict[int, tuple[int, int]] = {}
    for number, _, fresh, ids in kinds:
        items, known = counts.get(number, (0, 0))
        counts[number] = (items + len(ids), known + fresh * len(ids))
    return [item for members in groups for item in members], counts


def _failed_members(task: Task, plan: Plan) -> dict[Failure, list[LoadedItem]]:
    """Return the held-back items by failure."""
    failed: dict[Failure, list[LoadedItem]] = {}
    if plan.failures:
        for item in task.items:
            if item.id in plan.failures:
                failed.setdefault(plan.failures[item.id], []).append(item)
    return failed


def _report_lost(
    work: Work, task: Task, planned: Sequence[LoadedItem], origin: Origin, report: MoveReport
) -> bool:
    """Leave out, and report, the items that somebody else has moved, claimed or suspended since the plan was made.

    Returns whether there are any. What was claimed before it was suspended is finished: its command was called.
    """
    (size,) = work.all("moving_size")
    moved = size.items < len(planned)
    if moved:
        here = {row.item_id for row in work.all("moving_ids")}
        text = "somebody else has moved the item meanwhile"
        gone = [item.id for item in planned if item.id not in here]
        report.failed += [Refusal(item, Code.STATE_CHANGED, f"item {item}: {text}") for item in gone]
    if task.claim is not None:
        code = Code.CLAIM_LOST
        text = f"the claim was lost while the command ran: {WHY_LOST}"
        lost = [row.item_id for row in work.all("moving_unclaimed", token=task.claim.token)]
    else:
        code = Code.ITEM_LOCKED
        text = "somebody claimed the item while its conditions were asked"
        lost = [row.item_id for row in work.all("moving_claimed", now=work.now, token="")]
    if lost:
        work.run("moving_drop_ids", items=sorted(lost))
        report.failed += [Refusal(item, code, f"item {item}: {text}") for item in sorted(lost)]
    left = leave_suspended(work) if size.suspended and task.claim is None else []
    if not origin.background:
        report.blocked += refused(left)
    return moved or bool(lost or left)


def _write_failures(
    runtime: Runtime, work: Work, task: Task, plan: Plan, origin: Origin, report: MoveReport
) -> None:
    """Log each kind of failure with its items and count the attempt of what will be tried again by itself."""
    if not plan.failures:
        return
    counted = {group.key: group.items for group in by_step(work)}
    here = {row.item_id for row in work.all("moving_ids")}
    for number, (failure, members) in enumerate(_failed_members(task, plan).items()):
        code, text = failure
        step = _failed_step(task, len(plan.steps) + number)
        if step.group not in counted:
            continue
        run, _ = log_run(runtime, work, step, origin, counted[step.group], error=f"{code}: {text}")
        work.run("insert_history", run=run, group=step.group)
        items = [item.id for item in members if item.id in here]
        report.failed += [Refusal(item, code, f"item {item}: {text}") for item in items]
        if task.event is None:
            work.run("note_sweep_failures", group=step.group)
        _schedule_retry(runtime, work, task, items, failure, origin, report)


def _failed_step(task: Task, group: int) -> Step:
    command = None if task.command is None else task.command.name
    place = task.place
    return Step(group, place.version, place.state, None, task.event, "failed", command=command)


def _schedule_retry(
    runtime: Runtime,
    work: Work,
    task: Task,
    items: list[int],
    failure: Failure,
    origin: Origin,
    report: MoveReport,
) -> None:
    rules = runtime.rules.execution
    settings: dict[str, object] = {
        "items": items,
        "code": failure.code.value,
        "error": failure.text,
        "now": work.now,
        "base": int(rules.retry_base_s * SECOND),
        "longest": int(rules.retry_longest_s * SECOND),
        "most": rules.retry_attempts,
    }
    if task.event is None:
        rows = work.returning("fail_sweep", **settings)
    else:
        rows = work.returning("fail_due_steps", event=task.event.name, **settings)
    stuck = [row.item_id for row in rows if row.stuck_at is not None]
    if origin.fires_timeout and task.event is not None:
        late = work.returning("fail_timeouts", event=task.event.name, **settings)
        stuck += [row.item_id for row in late if row.due_at is None]
    text = f"no attempt is left after {rules.retry_attempts}: {failure.text}"
    report.stuck += [Refusal(item, failure.code, f"item {item}: {text}") for item in stuck]
