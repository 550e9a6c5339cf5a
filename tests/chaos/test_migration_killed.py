"""A migration is killed at any statement: it goes on when it is asked again, and nothing is doubled or lost."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import timedelta

import pytest

from engine.errors import MigrationUndone
from engine.requests import MigrationRequest
from tests.chaos.processes import in_process
from tests.helpers.clock import DAY, SettableClock
from tests.helpers.world import World

KILLED = 9
PARTS = 2
OLD = """
    states new waiting* packed* done
    new -> waiting : go
    waiting -> packed : pack
    waiting -> done : late
    packed -> done : end
    event late timeout=1day
"""
NEW = """
    states new parked packed* done
    new -> parked : go
    parked -> packed : pack
    parked -> done : late
    packed -> new : back
    packed -> done : check
    event late timeout=2days
    event check timeout=1hour processor=soon
"""
STATES = ["parked", "parked", "parked", "packed", "packed", "new"]
REQUEST = MigrationRequest(process="Sale", version="current", state_map={"waiting": "parked"})
SECOND_CHUNK = {"execution": {"chunk": 2}}


def opened(folder, url):
    world = World(folder, url=url, clock=SettableClock(), **SECOND_CHUNK)
    world.plugins.processors["soon"] = lambda item, timeout, now: now + timedelta(hours=1)
    return world


def prepare(folder, url):
    world = opened(folder, url).shop(tea_1=50)
    world.deploy(OLD)
    items = world.place_many(6, items=[{"sku": "tea-1", "quantity": 2}])
    world.trigger("go", *items[:5])
    world.trigger("pack", *items[3:5])
    world.deploy(NEW, force=True)
    world.close()


def act(world, what):
    return world.engine.migrate(REQUEST) if what == "migrate" else world.engine.undo_migration(1)


def act_until(folder, url, what, last):
    """Migrate, or undo it, and die without any farewell at the n-th statement."""
    world = opened(folder, url)
    left = last

    def probe(_statement):
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(KILLED)

    world.engine.runtime.database.probe = probe
    act(world, what)


def check_whole(world, moved_steps):
    """What holds at any moment: items stand where their history says, and amounts are true."""
    wrong = world.query(
        "SELECT i.id FROM order_item i WHERE i.state_id <> (SELECT r.target_id FROM item_history h"
        " JOIN transition_run r ON r.id = h.run_id WHERE h.item_id = i.id ORDER BY r.id DESC LIMIT 1)"
    )
    assert wrong == []
    assert world.drift() == []
    where = "SELECT state_id, {} FROM {} ORDER BY 2"
    assert world.query(where.format("item_id", "item_state")) == world.query(where.format("id", "order_item"))
    for (item,) in world.query("SELECT id FROM order_item"):
        runs = [entry.trigger for entry in world.history(item)]
        assert world.step(item) == len(runs) - 1
        assert runs.count("migrate") in (moved_steps, moved_steps - 1)
        assert runs.count("undo") <= moved_steps
    for info in world.engine.migrations("Sale"):
        kept = world.value("SELECT count(*) FROM migration_item WHERE step > 0 AND migration_id = ?", info.id)
        assert info.items - info.undone == kept


def snapshot(world):
    return [
        world.query("SELECT id, state_id, counted_reserved, counted_hold FROM order_item ORDER BY id"),
        world.query("SELECT item_id, event, due_at FROM item_timeout ORDER BY 1, 2"),
    ]


def die_and_repeat(folder, url, what, moment):
    folder.mkdir()
    prepare(folder, url)
    if what == "undo":
        world = opened(folder, url)
        before = snapshot(world)
        act(world, "migrate")
        world.close()
    victim = in_process(act_until, folder, url, what, moment)
    victim.join(60)
    assert victim.exitcode == KILLED
    world = opened(folder, url)
    try:
        check_whole(world, 1)
        if what == "migrate":
            repeat_migration(world)
        else:
            repeat_undo(world, before)
        check_whole(world, 1)
    finally:
        world.close()
        shutil.rmtree(folder)


def repeat_migration(world):
    act(world, "migrate")
    assert world.states() == STATES
    (info,) = world.engine.migrations("Sale")
    assert (info.items, info.finished_at is None) == (6, False)
    assert world.migrate(state_map=REQUEST.state_map, dry_run=True).moved == 0
    assert world.engine.undo_migration(info.id, dry_run=True).moved == 6
    world.forward(2 * DAY)
    world.engine.run_timeouts()
    assert world.states().count("done") == 5


def repeat_undo(world, before):
    with suppress(MigrationUndone):  # the last moment is after everything was committed
        act(world, "undo")
    assert snapshot(world) == before
    (info,) = world.engine.migrations("Sale")
    assert (info.undone, info.undone_at is None) == (6, False)


@pytest.mark.parametrize("what", ["migrate", "undo"])
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_or_doubled_at_whatever_statement_it_dies(tmp_path, fresh_url, what, part):
    trial = tmp_path / "trial"
    trial.mkdir()
    url = fresh_url()
    prepare(trial, url)
    world = opened(trial, url)
    if what == "undo":
        act(world, "migrate")
    count = len(world.statements(lambda: act(world, what)))
    world.close()
    assert count > 60
    # On SQLite a moment costs a tenth of a second, on a server more: there every third one is tried.
    step = PARTS if url is None else 3 * PARTS
    for moment in range(1 + part, count + 1, step):
        die_and_repeat(tmp_path / f"killed-{moment}", fresh_url(), what, moment)
