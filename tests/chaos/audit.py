"""What holds at any moment, whoever died: read from the database, with nothing taken on trust."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from engine.definition import Process
from tests.helpers.shop import Shop

Call = tuple[str, str, tuple[int, ...]]
"""One call of a command: its name, its key and the items it was for."""

_STEPPED = {"moved", "condition_false", "forced", "migrated", "left_out", "split", "amended"}


def audit(world: Shop, purged: Collection[int] = ()) -> None:
    """Check that items, history, reservations, due steps, timeouts and command calls explain each other.

    Of the ``purged`` items the history may begin later than with their placement, or be empty.
    """
    assert world.drift() == []
    assert _orders_without_items(world) == []
    processes = _versions(world)
    for item, state, step, version in _items(world):
        if item in purged:
            _check_rest_of_history(world, item, state)
        else:
            _check_history(world, item, state, step)
        _check_what_is_due(world, item, state, processes[version])
    _check_migrations(world)
    assert _orphans(world, purged) == []


def check_calls(world: Shop, calls: Iterable[Call]) -> None:
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


def _check_history(world: Shop, item: int, state: str, step: int) -> None:
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


def _check_rest_of_history(world: Shop, item: int, state: str) -> None:
    here = None
    for entry in world.history(item):
        assert here is None or entry.source == here, f"item {item} left {entry.source} and stood in {here}"
        here = entry.target or here
    assert here in (None, state), f"item {item}: the history says {here}"


def _check_what_is_due(world: Shop, item: int, state: str, process: Process) -> None:
    """No automatic step and no timeout is lost, and none is left of a state or version that was left."""
    index = process.state_by_name[state].index
    armed = {event for (event,) in world.query("SELECT event FROM item_timeout WHERE item_id = ?", item)}
    assert armed == {event.name for event in process.timeout_events(index)}
    due = [event for (event,) in world.query("SELECT event FROM due_step WHERE item_id = ?", item)]
    automatic = process.on_enter_event(index)
    if automatic is None:
        assert due == []
    elif _just_entered(world, item):
        assert due == [automatic.name], f"the automatic step of item {item} is lost"
    else:
        assert due in ([], [automatic.name])


def _just_entered(world: Shop, item: int) -> bool:
    """Whether the item has taken no step since it came to its state, by itself or by force.

    Coming there by a migration makes nothing due, unless that was asked for.
    """
    taken = [entry for entry in world.history(item) if entry.outcome in (*_STEPPED, "placed")]
    if not taken or taken[-1].outcome == "migrated":
        return False
    return taken[-1].target is not None and taken[-1].target != taken[-1].source


def _check_migrations(world: Shop) -> None:
    """What a migration counts is what it remembers, and an item stands in the history once for each time."""
    for migration, moved, known in world.query(
        "SELECT g.id, g.moved, count(m.item_id) FROM migration g"
        " LEFT JOIN migration_item m ON m.migration_id = g.id AND EXISTS (SELECT 1 FROM item_history h"
        " JOIN transition_run r ON r.id = h.run_id WHERE h.item_id = m.item_id"
        " AND r.correlation = 'migration-' || g.id) GROUP BY g.id, g.moved"
    ):
        steps = world.value(
            "SELECT coalesce(sum(items), 0) FROM transition_run WHERE correlation = ?",
            f"migration-{migration}",
        )
        assert known <= moved, f"migration {migration} moved {moved} items and remembers {known}"
        assert steps <= moved, f"migration {migration} moved {moved} items in {steps} steps"


def _orphans(world: Shop, purged: Collection[int]) -> list[tuple[object, ...]]:
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
            "SELECT 'run', r.id FROM transition_run r WHERE r.history_rows <>"
            " (SELECT count(*) FROM item_history h WHERE h.run_id = r.id)"
            " + (SELECT count(*) FROM archived_history a WHERE a.run_id = r.id)"
        ),
        *(
            world.query("SELECT 'items', r.id FROM transition_run r WHERE r.items <> r.history_rows")
            if not purged
            else []
        ),
    ]


def _orders_without_items(world: Shop) -> list[tuple[object, ...]]:
    return world.query(
        "SELECT o.reference FROM sales_order o WHERE NOT EXISTS"
        " (SELECT 1 FROM order_item i WHERE i.order_id = o.id)"
    )


def _items(world: Shop) -> list[tuple[int, str, int, int]]:
    """Every item: its id, state, step and the id of its version."""
    rows = world.query(
        "SELECT i.id, s.name, i.step, s.version_id FROM order_item i JOIN process_state s ON s.id = i.state_id"
        " ORDER BY i.id"
    )
    return [(item, state, step, version) for item, state, step, version in rows]


def _versions(world: Shop) -> dict[int, Process]:
    """The compiled process of every version, by its id."""
    runtime = world.engine.runtime
    with runtime.database.read() as reader:
        return {version.id: version.process for version in runtime.catalogue.all_versions(reader)}
