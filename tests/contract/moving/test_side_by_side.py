"""What one item's step writes leaves every other item alone, also of those that take part in the same call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.helpers.clock import HOUR, START
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

NOON = datetime(2026, 1, 1, tzinfo=UTC)

MANY_WAYS = """
    states new open* done kept* held* far
    new -> open : start
    new -> kept : keep
    new -> done : go [small]
    new -> open : go [large]
    open -> done : go
    kept -> far : go [never]
    new -> held : hold
    held -> done : on
    held -> far : go
    done -> kept : go
    done -> far : expire
    open -> far : expire
    far -> new : go
    far -> far : nag
    event expire timeout=1hour
    event nag timeout=2hours processor=own
    event on onEnter command=work
    kept -> done : on
"""


@pytest.fixture
def many_ways(make_shop):
    """Makes a shop with items in all states, each with what it has waiting there."""

    def make():
        world = make_shop().stocked(tea_1=100, tea_2=100)
        world.deploy(MANY_WAYS)
        world.command("work", does=fails())
        world.plugins.add_constant("never", False)
        world.plugins.add_condition("small", lambda item, context: item.quantity == 1)
        world.plugins.add_condition(
            "large", lambda item, context: {1: False, 2: False, 3: True}[int(item.quantity)]
        )  # it raises for four
        world.plugins.processors["own"] = lambda item, text, now: now + timedelta(days=item.id)
        items = [
            world.place(line)[0] for line in ("tea-1", "tea-1 2", "tea-1 3", "tea-1 4", *["tea-2 2"] * 11)
        ]
        world.trigger("start", *items[4:8])
        world.trigger("go", *items[6:8])  # to done
        world.trigger("keep", *items[8:10], *items[12:14])  # where the automatic step fails
        world.trigger("hold", *items[10:12], items[14])  # here, too
        world.forward(HOUR)
        return world, items

    return make


def standing(world, item):
    """All that is stored of an item, but for what tells in which call it was."""
    (row,) = world.query(
        "SELECT s.id, s.name, i.step, i.state_since, i.counted_reserved, i.counted_hold, i.last_run_id"
        " FROM order_item i JOIN process_state s ON s.id = i.state_id WHERE i.id = ?",
        item,
    )
    steps = "SELECT max(h.run_id) FROM item_history h JOIN transition_run r ON r.id = h.run_id"
    assert world.query("SELECT state_id FROM item_state WHERE item_id = ?", item) == [row[:1]]
    assert row[-1] == world.value(f"{steps} WHERE h.item_id = ? AND r.outcome <> 'failed'", item)
    timeouts = "SELECT event, due_at, attempts, error_code FROM item_timeout WHERE item_id = ? ORDER BY event"
    steps = "SELECT event, step, due_at, attempts, chain, error_code FROM due_step WHERE item_id = ?"
    history = [(one.event, one.source, one.target, one.outcome, one.error) for one in world.history(item)]
    return row[1:-1], world.query(timeouts, item), world.query(steps, item), history


def test_items_that_go_many_ways_in_one_call_end_where_each_would_alone(many_ways):
    world, items = many_ways()
    for item in items[:12]:
        world.trigger("go", item)
    alone = {item: standing(world, item) for item in items}
    assert world.drift() == []

    world, items = many_ways()
    before = {item: standing(world, item) for item in items[12:]}
    report = world.trigger("go", *items[:12])
    assert (report.examined, report.moved, report.stayed) == (12, 8, 3)
    assert codes(report.failed) == {
        items[3]: "condition_failed",
        items[6]: "command_failed",
        items[7]: "command_failed",
    }
    assert {item: standing(world, item) for item in items} == alone
    assert {item: standing(world, item) for item in items[12:]} == before
    assert world.states(*items) == [
        *("done", "new", "open", "new"),
        *("done", "done", "kept", "kept"),
        *("kept", "kept", "far", "far"),
        *("kept", "kept", "held"),
    ]
    moved = [items[0], items[2], *items[4:8], *items[10:12]]
    assert {world.since(item) for item in moved} == {world.clock()}
    assert {world.since(item) for item in items if item not in moved} == {START}
    assert world.drift() == []
