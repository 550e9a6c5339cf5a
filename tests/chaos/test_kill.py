"""A process is killed at any statement: what it leaves is whole, and the next one finishes the day."""

from __future__ import annotations

import pytest

from tests.chaos.audit import audit, check_calls
from tests.chaos.moments import Stages, kill
from tests.chaos.scenario import PATH, Day, live_until, prepare, statements

PARTS = 4
"""The moments are dealt out to so many tests, to be run at the same time."""


def check_whole(world):
    """What holds at any moment of the day, whoever died."""
    audit(world)
    counts = world.query(
        "SELECT count(i.id) FROM sales_order o LEFT JOIN order_item i ON i.order_id = o.id GROUP BY o.id"
    )
    assert set(counts) <= {(2,)}
    for (item,) in world.query("SELECT id FROM order_item"):
        path = world.path(item)
        assert path == PATH[: len(path)]
        assert world.step(item) == len(path) - 1


def check_day(day):
    """Commands were called, for every item and step under one key only, which stands for the same items."""
    check_calls(day.world, day.calls())
    keys = {}
    for name, key, items in day.calls():
        for item in items:
            assert keys.setdefault((name, item), key) == key
    items = {item for (item,) in day.world.query("SELECT id FROM order_item")}
    assert {item for name, item in keys if name == "charge"} == items
    assert {item for name, item in keys if name == "collect"} == items
    assert sorted(day.world.payloads("booking")) == sorted(f'{{"item":{item}}}' for item in items)


def die_and_recover(folder, url, moment):
    kill(live_until, folder, url, moment)
    day = Day(folder, url)
    try:
        check_whole(day.world)
        day.recover()
        assert day.world.query("SELECT * FROM due_step") == []
        check_whole(day.world)
        day.place()
        assert len(day.world.states()) == 6
        day.recover()
        assert "new" not in day.world.states()
        day.ship()
        day.finish()
        day.finish()
        check_whole(day.world)
        assert set(day.world.states()) == {"closed"}
        check_day(day)
    finally:
        day.world.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_or_doubled_at_whatever_statement_a_process_dies(tmp_path, fresh_url, part):
    stages = Stages(tmp_path, fresh_url, prepare)
    count = len(statements(*stages.stage("trial")))
    assert count > 150
    for stage in stages.moments(count, part, PARTS):
        die_and_recover(*stage)
