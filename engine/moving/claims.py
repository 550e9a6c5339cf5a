"""Claims, and which items a command call is for: written in the transaction that selected the items.

A claim excludes every other writer until it expires; a retry after a crash takes it over. Calls per order or
batch store their members, so that a retry is for exactly the same items under the same key.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.clock import SECOND
from engine.definition import Event
from engine.hooks import Plugins, Scope
from engine.moving.commands import Call, plan_calls
from engine.moving.items import loaded_items, narrowed
from engine.moving.lease import Claim
from engine.moving.plan import Task
from engine.moving.suspended import leave_suspended
from engine.runtime import Runtime
from engine.storage.database import Record, Work
from engine.versions.place import Place


def claim(runtime: Runtime, work: Work, task: Task) -> int:
    """Claim the task's items (those of its state in the working set) and plan the calls of its command.

    Returns how many items came along: the rest of earlier calls that are repeated.
    """
    if task.command is None or task.event is None:
        return 0
    state = task.place.state_id
    task.claim = Claim(runtime, runtime.new_token())
    together = task.command.scope is not Scope.ITEM and not task.parts
    known, along = _earlier_calls(work, task) if together else ([], 0)
    work.run(
        "insert_claims",
        token=task.claim.token,
        holder=runtime.holder,
        event=task.event.name,
        now=work.now,
        expires=work.now + int(runtime.rules.execution.lease_s * SECOND),
        state=state,
    )
    items = loaded_items(work.tuples("moving_items", state=state), task.place, runtime.database)
    items = task.items = narrowed(items, task.parts)
    by_id = {item.id: item for item in items}
    repeated = [Call(key, tuple(by_id[member] for member in members)) for key, members in known]
    task.calls = plan_calls(task.command, task.event.name, items, repeated)
    if together:
        _write_members(work, task, repeated)
    elif task.command.scope is not Scope.ITEM:
        # Whoever asks for the same parts again gets the same key; nobody else is to repeat them.
        forget_calls(work, work.returning("forget_command_runs", items=[item.id for item in items]))
    return along


def repeated_events(plugins: Plugins, place: Place) -> list[str]:
    """Return the events of a place whose command leaves something behind even when it fails."""
    events = place.version.process.state_events(place.state.index)
    return [event.name for event in events if _leaves_traces(plugins, event)]


def _leaves_traces(plugins: Plugins, event: Event) -> bool:
    if event.command is None:
        return False
    command = plugins.command(event.command)
    return command is None or not command.transactional


def forget_left_calls(work: Work, event: Event | None, group: int) -> None:
    """Forget calls for other events that items of a group were part of: they cannot be repeated whole."""
    name = "" if event is None else event.name
    forget_calls(work, work.returning("forget_left_runs", event=name, group=group))


def forget_calls(work: Work, runs: Sequence[Record]) -> None:
    """Forget whom calls were for whose rows have been deleted."""
    if runs:
        work.run("forget_command_members", runs=[row.id for row in runs])


def _earlier_calls(work: Work, task: Task) -> tuple[list[tuple[str, list[int]]], int]:
    """Return earlier calls of which every member stands where it stood and can be claimed: they are repeated.

    The number is how many items came along for it.
    """
    assert task.command is not None and task.event is not None  # callers have a command
    state = task.place.state_id
    selected = {row.item_id: row.step for row in work.all("moving_of_state", state=state)}
    rows = work.all(
        "open_command_runs",
        event=task.event.name,
        state=state,
        command=task.command.name,
        items=list(selected),
    )
    calls: dict[str, dict[int, int]] = {}
    for row in rows:
        calls.setdefault(row.key, {})[row.item_id] = row.step
    missing = [
        [i, step, 0, 1] for members in calls.values() for i, step in members.items() if i not in selected
    ]
    along = 0
    if missing:
        # The rest of a call that is repeated comes along, as far as it is still there and nobody works on it.
        along = work.changed("moving_add_checked", plan=missing)
        along -= work.changed("moving_drop_claimed", now=work.now, token="")
        along -= len(leave_suspended(work))
        selected = {row.item_id: row.step for row in work.all("moving_of_state", state=state)}
    whole = [
        (key, list(members))
        for key, members in calls.items()
        if all(selected.get(item) == step for item, step in members.items())
    ]
    if along:
        # A call that cannot be repeated brings nobody along: its other items were not asked for.
        repeated = {item for _, members in whole for item in members}
        alone = [item for item, *_ in missing if item in selected and item not in repeated]
        along -= work.changed("moving_drop_ids", items=alone) if alone else 0
    return whole, along


def _write_members(work: Work, task: Task, repeated: list[Call]) -> None:
    assert task.command is not None and task.event is not None  # callers have a command
    known = {call.key for call in repeated}
    fresh = [call for call in task.calls if call.key not in known]
    if not fresh:
        return
    taken = [item.id for call in fresh for item in call.items]
    forget_calls(work, work.returning("forget_command_runs", items=taken))
    written = work.returning(
        "insert_command_runs",
        keys=[call.key for call in fresh],
        command=task.command.name,
        event=task.event.name,
        state=task.place.state_id,
        now=work.now,
    )
    ids = {row.key: row.id for row in written}
    members = [[item.id, ids[call.key], item.step] for call in fresh for item in call.items]
    work.run("insert_command_members", rows=members)
