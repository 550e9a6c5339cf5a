"""A migration is killed at any statement: it goes on when it is asked again, and nothing is doubled or lost."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import timedelta

import pytest

from engine.errors import MigrationUndone
from engine.requests import MigrationRequest
from tests.chaos.audit import audit
from tests.chaos.processes import in_process
from tests.chaos.scenario import KILLED, die_at
from tests.helpers.clock import DAY, SettableClock
from tests.helpers.world import World

PARTS = 2
OLD = """
    states new asked waiting* packed* done
    new -> asked : ask
    asked -> waiting : go
    new -> waiting : go
    waiting -> packed : pack
    waiting -> done : late
    packed -> done : end
    event late timeout=1day
"""
NEW = """
    states new asked parked packed* done
    asked -> done : close
    new -> parked : go
    parked -> packed : pack
    parked -> done : late
    packed -> new : back
    packed -> done : check
    event close onEnter
    event late timeout=2days
    event check timeout=1hour processor=soon
"""
STATES = ["parked", "parked", "parked", "packed", "packed", "new", "asked"]
"""Where items stand once they are migrated. The hold of the last one has ended, and its automatic step is due."""

REQUEST = MigrationRequest(process="Sale", version="current", state_map={"waiting": "parked"}, enter=True)
SECOND_CHUNK = {"execution": {"chunk": 2}}


def opened(folder, url):
    world = World(folder, url=url, clock=SettableClock(), **SECOND_CHUNK)
    world.plugins.processors["soon"] = lambda item, timeout, now: now + timedelta(hours=1)
    return world


def prepare(folder, url):
    world = opened(folder, url).shop(tea_1=50)
    world.deploy(OLD)
    items = world.place_many(7, items=[{"sku": "tea-1", "quantity": 2}])
    world.trigger("go", *items[:5])
    world.trigger("ask", items[6])
    world.trigger("pack", *items[3:5])
    world.deploy(NEW, force=True)
    world.close()


def act(world, what):
    return world.engine.migrate(REQUEST) if what == "migrate" else world.engine.undo_migration(1)


def act_until(folder, url, what, last):
    """Migrate, or undo it, and be killed at the n-th statement."""
    world = opened(folder, url)
    die_at(world, last)
    act(world, what)


def check_whole(world):
    """What holds at any moment, whoever died: items were moved at most once each way, and are remembered."""
    audit(world)
    for (item,) in world.query("SELECT id FROM order_item"):
        runs = [entry.trigger for entry in world.history(item)]
        assert runs.count("migrate") <= 1
        assert runs.count("undo") <= runs.count("migrate")
    for info in world.engine.migrations("Sale"):
        kept = world.value("SELECT count(*) FROM migration_item WHERE step > 0 AND migration_id = ?", info.id)
        assert info.items - info.undone == kept


def snapshot(world):
    return [
        world.query("SELECT id, state_id, counted_reserved, counted_hold FROM order_item ORDER BY id"),
        world.query("SELECT item_id, event, due_at FROM item_timeout ORDER BY 1, 2"),
        world.query("SELECT item_id, event FROM due_step ORDER BY 1, 2"),
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
        check_whole(world)
        if what == "migrate":
            repeat_migration(world)
        else:
            repeat_undo(world, before)
        check_whole(world)
    finally:
        world.close()
        shutil.rmtree(folder)


def repeat_migration(world):
    act(world, "migrate")
    assert world.states() == STATES
    (info,) = world.engine.migrations("Sale")
    assert (info.items, info.finished_at is None) == (7, False)
    assert world.migrate(state_map=REQUEST.state_map, dry_run=True).moved == 0
    assert world.engine.undo_migration(info.id, dry_run=True).moved == 7
    assert (world.counted(7), world.counted(6)) == ((0, 0), (0, 2))
    world.forward(2 * DAY)
    world.engine.run_timeouts()
    assert world.states().count("done") == 6


def repeat_undo(world, before):
    with suppress(MigrationUndone):  # the last moment is after everything was committed
        act(world, "undo")
    assert snapshot(world) == before
    (info,) = world.engine.migrations("Sale")
    assert (info.undone, info.undone_at is None) == (7, False)


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
    stride = 1 if url is None else 3
    for moment in range(1 + part * stride, count + 1, PARTS * stride):
        die_and_repeat(tmp_path / f"killed-{moment}", fresh_url(), what, moment)
