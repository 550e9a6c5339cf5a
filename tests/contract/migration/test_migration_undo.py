"""Undoing a migration, the history of migrations, and what it takes with many items."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import MigrationPurged, MigrationUndone, ProcessNotFound, UnknownMigration
from engine.requests import MigrationRequest, Selection
from tests.helpers.clock import DAY, HOUR, START
from tests.helpers.plugins import fails

OLD = """
    states new* waiting* done
    new -> waiting : go
    waiting -> done : end
    waiting -> done : late
    event late timeout=1day
"""
NEW = """
    states new* parked done
    new -> parked : go
    parked -> done : end
    parked -> done : check
    event check timeout=3hours
"""
NOON = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sale(world):
    """Three items that waited since noon and were parked by a migration an hour later."""
    world.deploy(OLD)
    world.items = [world.place("tea-1 2")[0] for _ in range(3)]
    world.trigger("go", *world.items)
    world.forward(HOUR)
    world.deploy(NEW, force=True)
    world.before = everything(world)
    assert world.migrate(state_map={"waiting": "parked"}, reason="tidy").moved == 3
    return world


def everything(world):
    """What a migration changes and undoing gives back; steps and runs go on."""
    columns = "id, state_id, state_since, counted_reserved, counted_hold, hold_until"
    tables = (
        f"SELECT {columns} FROM order_item ORDER BY id",
        "SELECT * FROM item_timeout ORDER BY item_id, event",
        "SELECT product_id, store_id, reserved, held FROM reservation ORDER BY 1, 2",
        "SELECT product_id, store_id, available FROM availability ORDER BY 1, 2",
    )
    return [world.query(table) for table in tables]


def refusals(report):
    return {refusal.code: refusal.first for group in report.groups for refusal in group.refused}


def test_undoing_gives_back_state_time_timeouts_and_reservation(sale):
    assert everything(sale) != sale.before
    assert (sale.reserved(), sale.since(sale.items[0])) == (0, START + HOUR * 1_000_000)
    sale.forward(HOUR)
    report = sale.engine.undo_migration(1)
    assert (report.undo, report.moved, report.refused, report.migration) == (True, 3, 0, 1)
    assert (report.groups[0].state, report.groups[0].target, report.groups[0].reserved) == (
        "parked",
        "waiting",
        6,
    )
    assert everything(sale) == sale.before
    assert (sale.step(sale.items[0]), sale.drift()) == (3, [])
    entry = sale.history(sale.items[0])[-1]
    assert (entry.trigger, entry.outcome, entry.source, entry.target) == (
        "undo",
        "migrated",
        "parked",
        "waiting",
    )


def test_a_dry_run_tells_the_same_and_changes_nothing(sale):
    before = everything(sale)
    dry = sale.engine.undo_migration(1, dry_run=True)
    assert everything(sale) == before
    assert sale.engine.migrations("Sale")[0].undone_at is None
    assert sale.engine.undo_migration(1).groups == dry.groups


def test_items_that_have_moved_since_stay_and_are_told(sale):
    first, second, _ = sale.items
    sale.trigger("end", second)
    for dry_run in (True, False):
        report = sale.engine.undo_migration(1, dry_run=dry_run)
        assert (report.moved, refusals(report)) == (2, {"moved_since": (second,)})
    assert sale.states(first, second) == ["waiting", "done"]
    (info,) = sale.engine.migrations("Sale")
    assert (info.items, info.undone, info.undone_at) == (3, 2, NOON + timedelta(hours=1))
    assert sale.drift() == []


def test_an_item_that_stepped_and_came_back_has_moved(sale):
    sale.deploy(NEW + "\nparked -> new : back", force=True)
    item = sale.items[0]
    sale.sql("UPDATE order_item SET step = step + 2 WHERE id = ?", item)
    assert refusals(sale.engine.undo_migration(1)) == {"moved_since": (item,)}


def test_nothing_left_to_take_back_is_not_undone(sale):
    sale.trigger("end", *sale.items)
    report = sale.engine.undo_migration(1)
    assert (report.moved, report.refused) == (0, 3)
    assert sale.engine.migrations("Sale")[0].undone_at is None


def test_a_second_time_it_says_so(sale):
    sale.engine.undo_migration(1)
    with pytest.raises(MigrationUndone, match="the migration 1 was undone at 2026-01-01T01:00:00Z"):
        sale.engine.undo_migration(1)


def test_an_unknown_number_is_refused(sale):
    with pytest.raises(UnknownMigration):
        sale.engine.undo_migration(7)


def test_what_was_undone_can_be_done_again_and_undone_again(sale):
    sale.engine.undo_migration(1)
    report = sale.migrate(state_map={"waiting": "parked"})
    assert (report.migration, report.resumed, report.moved) == (2, False, 3)
    assert sale.engine.undo_migration(2).moved == 3
    assert everything(sale) == sale.before


def test_migrations_on_top_of_each_other_are_undone_in_reverse_order(sale):
    between = everything(sale)
    sale.deploy(NEW + "\ndone -> new : back")
    assert sale.migrate().moved == 3
    report = sale.engine.undo_migration(1, dry_run=True)
    assert refusals(report) == {"moved_since": tuple(sale.items)}
    assert sale.engine.undo_migration(2).moved == 3
    assert everything(sale) == between
    assert sale.engine.undo_migration(1).moved == 3
    assert everything(sale) == sale.before
    assert sale.drift() == []


def test_a_hold_that_the_migration_ended_is_taken_up_again(make_shop):
    world = make_shop(checkout={"hold_timeout_s": DAY}).stocked(tea_1=100)
    world.deploy("states new paid*\nnew -> paid : pay")
    held, let_go = world.place("tea-1 2", "tea-1 5")
    world.sql("UPDATE order_item SET hold_until = ? WHERE id = ?", START, let_go)
    world.engine.run_timeouts()
    assert (world.held(), world.counted(let_go)) == (2, (0, 0))
    world.deploy("states new paid\nnew -> paid : pay")
    before = everything(world)
    world.migrate()
    assert (world.held(), world.counted(held)) == (0, (0, 0))
    dry = world.engine.undo_migration(1, dry_run=True)
    assert dry.groups[0].held == 2
    world.engine.undo_migration(1)
    assert everything(world) == before
    assert (world.counted(held), world.counted(let_go)) == ((0, 2), (0, 0))
    assert world.drift() == []


def test_a_hold_that_became_a_reservation_is_a_hold_again(world):
    world.deploy("states new paid*\nnew -> paid : pay")
    (item,) = world.place("tea-1 3")
    before = everything(world)
    world.deploy("states new* paid*\nnew -> paid : pay")
    world.migrate()
    assert world.counted(item) == (3, 0)
    world.engine.undo_migration(1)
    assert everything(world) == before
    assert world.drift() == []


def test_a_timeout_processor_is_asked_again_for_the_time_the_item_entered_its_state(world):
    world.plugins.processors["two"] = lambda item, timeout, now: now + timedelta(hours=2)
    text = "states new done\nnew -> done : end\nevent end {}"
    world.deploy(text.format("timeout=1hour processor=two"))
    (item,) = world.place()
    world.deploy(text.format("manual"))
    world.forward(HOUR)
    world.migrate()
    assert world.timeouts(item) == {}
    world.plugins.processors["two"] = fails("closed")
    assert list(refusals(world.engine.undo_migration(1))) == ["timeout_processor_failed"]
    world.plugins.processors["two"] = lambda item, timeout, now: now + timedelta(hours=2)
    assert world.engine.undo_migration(1).moved == 1
    assert world.timeouts(item) == {"end": NOON + timedelta(hours=2)}


def test_an_automatic_step_that_the_migration_made_due_goes_with_it(world):
    text = "states new parked done\nnew -> parked : go\nparked -> done : work\nevent work {}"
    world.deploy(text.format("manual"))
    (item,) = world.place()
    world.deploy(text.format("onEnter"))
    world.migrate(state_map={"new": "parked"}, enter=True)
    assert world.engine.undo_migration(1).moved == 1
    assert world.query("SELECT * FROM due_step") == []
    world.engine.run_timeouts()
    assert world.state(item) == "new"


def test_a_claimed_item_can_be_taken_back_later(sale):
    item = sale.items[1]
    sale.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 'x', 'somebody', 'end', 2, ?, ?)",
        item,
        sale.clock.now,
        sale.clock.now + 1,
    )
    report = sale.engine.undo_migration(1)
    assert (report.moved, refusals(report)) == (2, {"item_locked": (item,)})
    (info,) = sale.engine.migrations("Sale")
    assert (info.undone, info.undone_at) == (2, None)
    sale.sql("DELETE FROM item_claim")
    assert sale.engine.undo_migration(1).moved == 1
    assert sale.engine.migrations("Sale")[0].undone_at is not None
    assert everything(sale) == sale.before


def test_the_history_tells_when_who_why_and_what(sale):
    sale.engine.runtime.actor = "operator"
    sale.forward(HOUR)
    sale.engine.undo_migration(1, reason="too early")
    sale.migrate(state_map={"waiting": "parked"}, reason="now")
    first, second = sale.engine.migrations("Sale")
    current = next(info.version for info in sale.engine.processes() if info.current)
    assert (first.id, first.actor, first.reason, first.version) == (1, None, "tidy", current)
    assert (first.started_at, first.undone_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    assert (second.actor, second.reason, second.items, second.undone) == ("operator", "now", 3, 0)
    asked = "SELECT trigger, actor, reason FROM transition_run WHERE outcome = 'migrated' ORDER BY id"
    assert sale.query(asked) == [
        ("migrate", None, "tidy"),
        ("undo", "operator", "too early"),
        ("migrate", "operator", "now"),
    ]


def test_what_was_purged_cannot_be_undone_and_says_so(sale):
    sale.sql("DELETE FROM migration_item")
    with pytest.raises(MigrationPurged, match="the migration 1 cannot be undone"):
        sale.engine.undo_migration(1)
    (info,) = sale.engine.migrations("Sale")
    assert (info.items, info.undone, info.undone_at) == (3, None, None)


def test_a_process_without_migrations_has_an_empty_history(world):
    world.deploy(OLD)
    assert world.engine.migrations("Sale") == []
    with pytest.raises(ProcessNotFound):
        world.engine.migrations("Sail")


# --- many items ---

FEW, MANY = 10, 2000
MIXED_OLD = """
    states new paid* done
    new -> paid : pay
    paid -> done : end
    paid -> done : late
    event late timeout=1day
"""
MIXED_NEW = """
    states new paid done
    new -> done : end
    paid -> done : end
    paid -> done : check
    event check timeout=3hours processor=soon
"""


def mixed(make_shop, count):
    world = make_shop().stocked(tea_1=1_000_000)
    world.plugins.processors["soon"] = lambda item, timeout, now: now + timedelta(seconds=item.id)
    world.deploy(MIXED_OLD)
    items = world.place_many(count)
    world.engine.trigger("pay", Selection(items=tuple(items[: count // 2])))
    world.deploy(MIXED_NEW)
    world.migrate(dry_run=True)  # what is read once for the life of the process
    return world


@pytest.mark.parametrize("what", ["migrate", "undo", "dry run"])
def test_it_takes_the_same_statements_for_few_and_for_many(make_shop, what):
    taken = []
    for count in (FEW, MANY):
        world = mixed(make_shop, count)
        if what == "undo":
            world.migrate()
        action = {
            "migrate": world.migrate,
            "undo": lambda: world.engine.undo_migration(1),  # noqa: B023
            "dry run": lambda: world.migrate(dry_run=True),  # noqa: B023
        }[what]
        taken.append(Counter(world.statements(action)))
        assert world.drift() == []
    assert taken[0] == taken[1]
    assert sum(taken[0].values()) < 110


def test_more_items_than_a_chunk_come_over_and_back(make_shop):
    world = make_shop().stocked(tea_1=1_000_000)
    world.deploy("states new* done\nnew -> done : end")
    items = world.place_many(10_500)
    before = everything(world)
    world.deploy("states new done\nnew -> done : end")
    told = []
    report = world.engine.migrate(
        MigrationRequest(process="Sale", version="current"), progress=lambda *numbers: told.append(numbers)
    )
    assert (report.moved, told) == (10_500, [(10_000, 10_500), (10_500, 10_500)])
    assert (world.reserved(), world.drift()) == (0, [])
    assert world.engine.undo_migration(1).moved == len(items)
    assert everything(world) == before
    assert world.drift() == []
