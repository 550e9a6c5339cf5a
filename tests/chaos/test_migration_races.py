"""Migrations race each other and the day's work: every item is moved once, and amounts stay true."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from engine.errors import MigrationUndone
from engine.requests import MigrationRequest, Selection

OLD = """
    states new paid* packed* done
    new -> paid : pay
    paid -> packed : pack
    packed -> done
    event pay command=charge manual
    event pack onEnter
"""
NEW = OLD.replace("packed*", "packed").replace("paid*", "paid")
ITEMS = 60


@pytest.fixture
def world(make_shop):
    world = make_shop(execution={"chunk": 4, "lock_wait_s": 0.0}).stocked(tea_1=1000)
    world.command("charge")
    world.deploy(OLD)
    world.place_many(ITEMS)
    world.deploy(NEW)
    return world


def together(*actions):
    """Run the actions at the same time; return what they raised."""
    start, raised = threading.Barrier(len(actions)), []

    def run(action):
        start.wait(30)
        try:
            action()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return raised


def check(world):
    assert world.drift() == []
    where = "SELECT state_id, {} FROM {} ORDER BY 2"
    assert world.query(where.format("item_id", "item_state")) == world.query(where.format("id", "order_item"))
    for (item,) in world.query("SELECT id FROM order_item"):
        entries = world.history(item)
        assert world.step(item) == len(entries) - 1
        moves = [(entry.source, entry.target) for entry in entries]
        assert all(before[1] == after[0] for before, after in pairwise(moves))
        assert world.state(item) == moves[-1][1]
        assert [entry.trigger for entry in entries].count("migrate") == 1


def test_two_migrations_and_the_days_work_at_the_same_time(world):
    others = [world.another(host=f"host-{number}") for number in range(3)]
    request = MigrationRequest(process="Sale", version="current")

    def work():
        for first in range(1, ITEMS + 1, 10):
            others[2].trigger("pay", Selection(items=tuple(range(first, first + 10))))
        others[2].run_conditions()

    raised = together(lambda: others[0].migrate(request), lambda: others[1].migrate(request), work)
    assert raised == []
    for _ in range(4):  # what came into an old state behind it
        world.migrate()
    for other in others:
        other.close()
    check(world)
    infos = world.engine.migrations("Sale")
    assert sum(info.items for info in infos) == ITEMS
    assert all(info.finished_at is not None for info in infos)


def test_two_undoings_at_the_same_time(world):
    world.migrate()
    others = [world.another(host=f"host-{number}") for number in range(2)]
    raised = together(lambda: others[0].undo_migration(1), lambda: others[1].undo_migration(1))
    assert [error for error in raised if not isinstance(error, MigrationUndone)] == []
    for other in others:
        other.close()
    (info,) = world.engine.migrations("Sale")
    assert (info.undone, info.undone_at is None) == (ITEMS, False)
    assert {world.step(item) for (item,) in world.query("SELECT id FROM order_item")} == {2}
    check(world)
