"""One chunk of items and one event: claim, split, and either apply at once or hand over to the plugins.

Items whose step needs no plugin are moved in the very transaction that selected them, and so are those whose
command is transactional: nobody can come between. The others leave it as tasks (see ``plan``): their command
and conditions run with no transaction open, under a claim when there is a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine.inventory.ledger import Ledger
from engine.moving.apply import apply_steps
from engine.moving.busy import leave_claimed, locked
from engine.moving.finish import finish_task, run_task
from engine.moving.items import loaded_items
from engine.moving.log import of_chunk
from engine.moving.parts import Parted, only_parts
from engine.moving.plan import Task
from engine.moving.rows import Group
from engine.moving.split import Split
from engine.moving.step import Applied, Origin
from engine.moving.suspended import leave_suspended, refused
from engine.moving.working_set import Filled, by_state, states_and_claims
from engine.observe import spanned
from engine.results import MoveReport, Refusal
from engine.runtime import Runtime
from engine.storage.database import Work

Fill = Callable[[Work], Filled | None]
"""Puts the chunk's items into the empty working set; may return what ``states_and_claims`` would."""

Forget = Callable[[Work, list[int]], None]
"""Forgets what these items have due although their state does not know it, while they are locked."""


@dataclass(slots=True)
class Taken:
    """What a chunk came to: how many items were selected, the highest id, what was applied.

    ``busy`` are the items that somebody else has claimed.
    """

    items: int = 0
    last: int = 0
    applied: list[Applied] = field(default_factory=list)
    busy: dict[int, Refusal] = field(default_factory=dict)


@spanned("earmark.chunk", of_chunk)
def move_chunk(
    runtime: Runtime,
    event: str,
    origin: Origin,
    fill: Fill,
    report: MoveReport,
    forget: Forget | None = None,
    parts: Parted | None = None,
) -> Taken:
    """Move the items that ``fill`` selects by the event; what cannot be done is added to the report.

    ``forget`` is asked to see to the items whose state lacks the event. With ``parts`` there are items of which
    only a part goes; where that says so, raises QuantityAboveItem or QuantityTooFine.
    """
    taken, split = runtime.database.transact(partial(_take, runtime, event, origin, fill, forget, parts))
    report.add(split.report)
    count(report, taken.applied)
    for task in split.tasks:
        applied = run_task(runtime, task, origin, report)
        count(report, applied)
        taken.applied += applied
    return taken


def _take(
    runtime: Runtime,
    event: str,
    origin: Origin,
    fill: Fill,
    forget: Forget | None,
    parts: Parted | None,
    work: Work,
) -> tuple[Taken, Split]:
    """Select the items, move those that need nothing from outside, and claim or load the others."""
    split = Split(runtime, event, origin, MoveReport())
    work.run("clear_moving")
    states, claimed, suspended, named = fill(work) or states_and_claims(work)
    if not states:
        return Taken(), split
    taken = Taken(sum(group.items for group in states), max(group.last for group in states))
    split.report.examined += sum(group.fresh for group in states)
    if suspended:
        states = _without_suspended(work, states, origin, split.report)
    taken.busy = leave_claimed(work) if claimed else {}
    if parts is not None:
        split.narrowed = only_parts(work, split.report, refuse=parts.refuse)
    blocked = split.sort(work, [group.key for group in states])
    if blocked and forget is not None:
        forget(work, blocked)
    # All of them take the same step, as mostly: what is known of them is known of the step.
    alone = states[0] if len(states) == 1 and not taken.busy and parts is None else None
    within = [task for task in split.tasks if task.transactional]
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    if split.steps:
        counts = {split.steps[0].group: (alone.items, alone.fresh)} if alone else None
        taken.applied += apply_steps(runtime, work, split.steps, origin, ledger, counts, named=named)
    split.tasks = [task for task in split.tasks if not task.transactional]
    for task in within:
        taken.applied += finish_task(runtime, work, task, None, origin, split.report, ledger)
    ledger.settle()
    split.report.fell_short(ledger.grown)
    return taken, split


def _without_suspended(work: Work, states: list[Group], origin: Origin, report: MoveReport) -> list[Group]:
    """Leave suspended items out, refused unless it is in the background; return the states that others stand in."""
    left = leave_suspended(work)
    if not left:
        return states
    if not origin.background:
        report.blocked += refused(left)
        return by_state(work)
    states, examined = by_state(work), sum(group.fresh for group in states)
    report.examined -= examined - sum(group.fresh for group in states)
    return states


def ask_chunk(
    runtime: Runtime, task: Task, part: tuple[int, int], origin: Origin, report: MoveReport
) -> Taken:
    """Move the next items of a state whose conditions must see them: the ``size`` ones after an id.

    They are read without a lock, and applied as far as nobody has moved or claimed them meanwhile.
    """
    after, size = part
    state = task.place.state_id
    with runtime.database.read() as reader:
        rows = reader.tuples("items_of_state", state=state, after=after, size=size)
        if not rows:
            return Taken()
        items = loaded_items(rows, task.place, runtime.database)
        taken = Taken(len(items), items[-1].id)
        claims = {"after": after, "last": taken.last, "now": runtime.database.clock()}
        taken.busy = {
            row.item_id: locked(row) for row in reader.all("claims_in_state", state=state, **claims)
        }
    report.examined += taken.items
    task.items = [item for item in items if item.id not in taken.busy] if taken.busy else items
    taken.applied = run_task(runtime, task, origin, report)
    count(report, taken.applied)
    return taken


def count(report: MoveReport, applied: Sequence[Applied]) -> None:
    """Add what was applied to the report; an item that the call has counted before is not counted again."""
    for done in applied:
        report.parts += done.parts
        if done.step.outcome == "moved":
            report.moved += done.fresh
        elif done.step.outcome in ("condition_false", "left_out"):
            report.stayed += done.fresh
