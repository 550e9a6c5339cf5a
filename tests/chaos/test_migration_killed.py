"""A migration is killed at any statement: it goes on when it is asked again, and nothing is doubled or lost."""

from __future__ import annotations

from contextlib import suppress

import pytest

from engine.errors import MigrationUndone
from tests.chaos.audit import audit
from tests.chaos.migration import REQUEST, act, act_until, opened, prepare
from tests.chaos.moments import Stages, kill
from tests.helpers.clock import DAY

PARTS = 2
STATES = ["parked", "parked", "parked", "packed", "packed", "new", "asked"]
"""Where items stand once they are migrated. The hold of the last one has ended, and its automatic step is due."""


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


def die_and_repeat(folder, url, moment, what):
    if what == "undo":
        world = opened(folder, url)
        before = snapshot(world)
        act(world, "migrate")
        world.close()
    kill(act_until, folder, url, what, moment)
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
    stages = Stages(tmp_path, fresh_url, prepare)
    world = opened(*stages.stage("trial"))
    if what == "undo":
        act(world, "migrate")
    count = len(world.statements(lambda: act(world, what)))
    world.close()
    assert count > 60
    for stage in stages.moments(count, part, PARTS):
        die_and_repeat(*stage, what)
