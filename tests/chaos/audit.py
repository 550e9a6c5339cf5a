"""What holds at any moment, whoever died: read from the database, with nothing taken on trust."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import Process
from tests.helpers.world import World

Call = tuple[str, str, tuple[int, ...]]
"""One call of a command: its name, its key and the items it was for."""

_STEPPED = {"moved", "condition_false", "forced", "migrated", "left_out"}


def audit(world: World) -> None:
    """Check that items, history, reservations, due steps, timeouts and command calls explain each other."""
    assert world.drift() == []
    assert _orders_without_items(world) == []
    standing = {item: (state, step) for item, state, step in _items(world)}
    for item, (state, step) in standing.items():
        _check_history(world, item, state, step)
    for process in _processes(world):
        _check_what_is_due(world, process)
    assert _orphans(world) == []


def check_calls(world: World, calls: Iterable[Call]) -> None:
    """Check that every applied command was called, and that an item's step was only ever called under one key."""
    called = list(calls)
    members: dict[str, tuple[int, ...]] = {}
    for _, key, items in called:
        assert members.setdefault(key, items) == items, f"{key} stands for two sets of items"
    applied = world.query(
        "SELECT r.command, r.command_key, h.item_id FROM transition_run r JOIN item_history h ON h.run_id = r.id"
        " WHERE r.command IS NOT NULL AND r.outcome IN ('moved', 'condition_false')"
    )
    done = {(name, item) for name, _, items in called for item in items}
    names = {name for name, _, _ in called}
    for command, key, item in applied:
        if command in names:
            assert (command, item) in done, f"{command} was applied to item {item} and never called for it"
            assert key is None or item in members[key]


def _check_history(world: World, item: int, state: str, step: int) -> None:
    entries = world.history(item)
    assert entries, f"item {item} has no history"
    assert (entries[0].outcome, entries[0].source) == ("placed", None)
    assert [entry.outcome for entry in entries].count("placed") == 1
    here, steps = entries[0].target, 0
    for entry in entries[1:]:
        assert entry.source == here, f"item {item} left {entry.source} and stood in {here}"
        here = entry.target or here
        steps += entry.outcome in _STEPPED
    assert (here, steps) == (state, step), f"item {item}: the history says {(here, steps)}"


def _check_what_is_due(world: World, process: Process) -> None:
    """No automatic step and no timeout is lost, and none is left of a state that was left."""
    due = dict(world.query("SELECT item_id, event FROM due_step"))
    armed: dict[int, set[str]] = {}
    for item, event in world.query("SELECT item_id, event FROM item_timeout"):
        armed.setdefault(item, set()).add(event)
    for item, name, _ in _items(world, process.name):
        state = next(state for state in process.states if state.name == name)
        assert armed.get(item, set()) == {event.name for event in process.timeout_events(state.index)}
        automatic = process.on_enter_event(state.index)
        if automatic is None:
            assert item not in due
        elif _just_entered(world, item):
            assert due.get(item) == automatic.name, f"the automatic step of item {item} is lost"


def _just_entered(world: World, item: int) -> bool:
    """Whether the item has taken no step since it came to its state."""
    taken = [entry for entry in world.history(item) if entry.outcome in (*_STEPPED, "placed")]
    return taken[-1].target is not None and taken[-1].target != taken[-1].source


def _orphans(world: World) -> list[tuple[object, ...]]:
    """Due steps, claims and calls of a step that no item stands at; more than one current run of anything."""
    return [
        *world.query(
            "SELECT 'due', d.item_id FROM due_step d LEFT JOIN order_item i ON i.id = d.item_id"
            " WHERE i.id IS NULL OR i.step <> d.step"
        ),
        *world.query(
            "SELECT 'state', i.id FROM order_item i LEFT JOIN item_state s ON s.item_id = i.id"
            " WHERE s.state_id IS NULL OR s.state_id <> i.state_id"
        ),
        *world.query(
            "SELECT 'member', m.item_id FROM command_member m JOIN order_item i ON i.id = m.item_id"
            " LEFT JOIN command_run c ON c.id = m.command_run_id WHERE c.id IS NULL"
        ),
        *world.query(
            "SELECT 'history', h.item_id FROM item_history h LEFT JOIN transition_run r ON r.id = h.run_id"
            " LEFT JOIN order_item i ON i.id = h.item_id WHERE r.id IS NULL OR i.id IS NULL"
        ),
        *world.query(
            "SELECT 'run', r.id FROM transition_run r WHERE r.items <>"
            " (SELECT count(*) FROM item_history h WHERE h.run_id = r.id)"
        ),
    ]


def _orders_without_items(world: World) -> list[tuple[object, ...]]:
    return world.query(
        "SELECT o.reference FROM sales_order o WHERE NOT EXISTS"
        " (SELECT 1 FROM order_item i WHERE i.order_id = o.id)"
    )


def _items(world: World, process: str | None = None) -> list[tuple[int, str, int]]:
    rows = world.query(
        "SELECT i.id, s.name, i.step, p.name FROM order_item i JOIN process_state s ON s.id = i.state_id"
        " JOIN process_version v ON v.id = s.version_id JOIN process p ON p.id = v.process_id ORDER BY i.id"
    )
    return [(item, state, step) for item, state, step, name in rows if process in (None, name)]


def _processes(world: World) -> list[Process]:
    """The current version of every process: scenarios whose items stand in older ones say so themselves."""
    infos = world.engine.processes()
    return [world.engine.process(info.name) for info in infos if info.current]
