"""Migrating to a version that reserves later: what was reserved is held; undoing makes it a reservation again."""

from __future__ import annotations

import pytest

from engine.errors import NotAvailable
from tests.helpers.clock import HOUR


def test_what_was_reserved_is_held_while_a_reserved_state_is_ahead(make_shop):
    world = make_shop(checkout={"hold_timeout_s": HOUR}).stocked(tea_1=5)
    world.deploy(
        "states new paid* shipped* gone\nnew -> paid : pay\npaid -> shipped : ship\npaid -> gone : drop"
    )
    kept, dropped = world.place("tea-1 2", "tea-1 3")
    world.trigger("pay", kept, dropped)
    world.trigger("drop", dropped)
    world.deploy(
        "states new paid shipped* gone\nnew -> paid : pay\npaid -> shipped : ship\ngone -> paid : again"
    )
    dry = world.migrate(dry_run=True)
    told = {group.state: (group.reserved, group.held) for group in dry.groups}
    assert told == {"paid": (-2, 2), "gone": (0, 0)}
    world.migrate()
    assert (world.counted(kept), world.counted(dropped), world.available()) == ((0, 2), (0, 0), 3)
    assert world.drift() == []
    with pytest.raises(NotAvailable):
        world.place("tea-1 4")
    world.forward(HOUR)
    world.place("tea-1 4")
    assert world.counted(kept) == (0, 0)


def test_a_reservation_that_became_a_hold_is_one_again_when_it_is_undone(world):
    world.deploy("states new paid* shipped*\nnew -> paid : pay\npaid -> shipped : ship")
    (item,) = world.place("tea-1 2")
    world.trigger("pay", item)
    world.deploy("states new paid shipped*\nnew -> paid : pay\npaid -> shipped : ship")
    migration = world.migrate().migration
    assert (world.counted(item), world.held()) == ((0, 2), 2)
    dry = world.engine.undo_migration(migration, dry_run=True)
    assert [(group.reserved, group.held) for group in dry.groups] == [(2, -2)]
    world.engine.undo_migration(migration)
    assert (world.counted(item), world.held(), world.reserved()) == ((2, 0), 0, 2)
    assert world.drift() == []


def test_without_holds_none_begins(make_shop):
    world = make_shop(checkout={"hold": False}).stocked(tea_1=5)
    world.deploy("states new paid* shipped*\nnew -> paid : pay\npaid -> shipped : ship")
    (item,) = world.place("tea-1 2")
    world.trigger("pay", item)
    world.deploy("states new paid shipped*\nnew -> paid : pay\npaid -> shipped : ship")
    world.migrate()
    assert world.counted(item) == (0, 0)
