"""A migration and its undoing at the same time: both look at what the other one does, with the items locked."""

from __future__ import annotations

import threading

import pytest

from engine.errors import MigrationUndone
from engine.migration.crossing import Crossing
from engine.requests import MigrationRequest
from tests.helpers.clock import DAY, HOUR
from tests.helpers.waiting import until_somebody_waits

ONE_WAY = "states new* off\nnew -> off : cancel\nevent cancel manual"
HELD = "states new paid*\nnew -> paid : pay"
NOT_HELD = "states new paid\nnew -> paid : pay"


@pytest.fixture
def between(monkeypatch):
    """Does something once, after an undoing has looked at its items and before it moves them."""

    def set_up(action):
        looked, left = Crossing._due_times, [action]

        def looks(crossing, route, rows):
            if crossing.back and left:
                left.pop()()
            return looked(crossing, route, rows)

        monkeypatch.setattr(Crossing, "_due_times", looks)

    return set_up


@pytest.fixture
def slow(make_shop):
    """A shop that moves one item in a transaction."""
    return make_shop(execution={"chunk": 1}).stocked(tea_1=100)


def refusals(report):
    return {refusal.code: refusal.first for group in report.groups for refusal in group.refused}


def stopped(*_):
    raise KeyboardInterrupt


def cut_off(world, version="current", **fields):
    """Begin a migration that is cut off after its first chunk."""
    with pytest.raises(KeyboardInterrupt):
        world.engine.migrate(MigrationRequest("Sale", version, **fields), progress=stopped)


def test_what_the_same_migration_moved_again_meanwhile_is_left_alone(world, between):
    old = world.deploy(ONE_WAY).version
    (item,) = world.place()
    new = world.deploy(f"{ONE_WAY}\nstates more").version
    cut_off(world, new)

    def meanwhile():
        world.trigger("cancel", item)
        world.migrate(version=old)
        assert world.migrate(version=new).resumed

    between(meanwhile)
    report = world.engine.undo_migration(1)
    assert (report.moved, refusals(report)) == (0, {"moved_since": (1,)})
    assert (world.state(item), world.counted(item), world.reserved()) == ("off", (0, 0), 0)
    assert world.drift() == []
    # It stands where the migration has put it, so the migration is not taken back yet, and can be.
    assert world.engine.migrations("Sale")[0].undone_at is None
    assert world.engine.undo_migration(1).moved == 1
    assert world.drift() == []


def test_a_migration_that_was_undone_while_it_went_on_moves_nothing_more(world):
    world.deploy(ONE_WAY)
    first = world.place_many(3)
    world.deploy(f"{ONE_WAY}\nstates more")
    rival = world.another(execution={"chunk": 1})

    def undo(*_):
        if world.engine.migrations("Sale")[0].undone_at is None:
            world.engine.undo_migration(1)

    with pytest.raises(MigrationUndone, match="migration 1 was undone while it was going on"):
        rival.migrate(MigrationRequest(process="Sale", version="current"), progress=undo)
    rival.close()
    assert world.query("SELECT count(DISTINCT state_id) FROM order_item") == [(1,)]
    assert [world.step(item) for item in first] == [2, 0, 0]
    assert world.drift() == []


def test_a_hold_is_taken_up_again_that_ended_after_the_undoing_had_begun(slow, between):
    slow.deploy(HELD)
    items = slow.place_many(2)
    slow.deploy(NOT_HELD)
    cut_off(slow)
    between(slow.migrate)
    assert slow.engine.undo_migration(1).moved == 2
    assert [slow.counted(item) for item in items] == [(0, 1), (0, 1)]
    assert (slow.held(), slow.drift()) == (2, [])


@pytest.mark.parametrize("before", ["manual", "onEnter"])
def test_an_automatic_step_goes_with_the_migration_that_made_it_due_after_the_undoing_had_begun(
    slow, between, before
):
    """Also where the old state has an automatic step of that name, which was taken long ago."""
    flow = (
        "states new parked done\nnew -> parked : go\nparked -> done : work\nnew -> new : work\nevent work {}"
    )
    slow.deploy(flow.format(before))
    items = slow.place_many(2)
    slow.deploy(flow.format("onEnter") + "\nstates more")
    request = {"state_map": {"new": "parked"}, "enter": True}
    cut_off(slow, **request)
    between(lambda: slow.migrate(**request))
    assert slow.engine.undo_migration(1).moved == 2
    assert slow.query("SELECT * FROM due_step") == []
    slow.engine.run_timeouts()
    assert slow.states(*items) == ["new", "new"]


def test_a_migration_that_began_after_the_undoing_can_be_undone_in_turn(slow, between):
    oldest, old, new = (slow.deploy(f"{ONE_WAY}{more}").version for more in ("\nstates x", "", "\nstates y"))
    slow.deploy(ONE_WAY)
    first = slow.place_many(2)
    slow.deploy(f"{ONE_WAY}\nstates x")
    (late,) = slow.place()
    cut_off(slow, new, sources=(old,))

    def meanwhile():
        slow.migrate(version=old, sources=(oldest,))  # the second migration
        slow.migrate(version=new, sources=(old,))  # goes on with the first

    between(meanwhile)
    slow.engine.undo_migration(1)
    assert {slow.step(item) for item in first} == {2}
    assert (refusals(slow.engine.undo_migration(2)), slow.step(late)) == ({}, 4)
    assert slow.query("SELECT version FROM process_version v JOIN process_state s ON s.version_id = v.id"
                      " JOIN order_item i ON i.state_id = s.id WHERE i.id = ?", late) == [(oldest,)]  # fmt: skip


def test_a_hold_that_ended_by_its_time_between_two_attempts_stays_ended(make_shop):
    """What counts is how the migration found the item the last time."""
    world = make_shop(execution={"chunk": 1}, checkout={"hold_timeout_s": HOUR}).stocked(tea_1=100)
    world.deploy(HELD)
    first, second = world.place_many(2)
    world.deploy(NOT_HELD)
    world.migrate()
    with pytest.raises(KeyboardInterrupt):
        world.engine.undo_migration(1, progress=stopped)
    assert (world.counted(first), world.counted(second)) == ((0, 1), (0, 0))
    world.forward(HOUR)
    world.engine.run_timeouts()
    world.sql("UPDATE migration SET finished_at = NULL")  # as if it had been cut off, too
    assert world.migrate().resumed
    assert world.engine.undo_migration(1).moved == 2
    assert (world.counted(first), world.counted(second)) == ((0, 0), (0, 1))
    assert world.drift() == []


def test_what_undoing_needs_is_not_purged_in_the_middle_of_it(world):
    world.deploy(ONE_WAY)
    (item,) = world.place()
    since = world.since(item)
    world.deploy(f"{ONE_WAY}\nstates more")
    world.migrate()
    world.forward(2 * DAY)
    rival = world.another()
    purge = threading.Thread(target=rival.purge, args=("1 day",))

    def begin_to_purge(statement):
        if statement == "migrate_group_back":
            purge.start()
            if world.database.dialect == "postgresql":
                until_somebody_waits(world.url)

    world.database.probe = begin_to_purge
    assert world.engine.undo_migration(1).moved == 1
    world.database.probe = None
    purge.join(60)
    rival.close()
    assert (world.state(item), world.since(item), world.drift()) == ("new", since, [])
