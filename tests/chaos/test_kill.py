"""A process is killed at any statement: what it leaves is whole, and the next one finishes the day."""

from __future__ import annotations

import shutil

import pytest

from tests.chaos.audit import audit, check_calls
from tests.chaos.processes import in_process
from tests.chaos.scenario import KILLED, PATH, Day, live_until, prepare, statements

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
    assert sorted(day.world.messages("booking")) == sorted(f'{{"item":{item}}}' for item in items)


def die_and_recover(folder, url, moment):
    folder.mkdir()
    prepare(folder, url)
    victim = in_process(live_until, folder, url, moment)
    victim.join(60)
    assert victim.exitcode == KILLED
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
        shutil.rmtree(folder)


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_or_doubled_at_whatever_statement_a_process_dies(tmp_path, fresh_url, part):
    trial = tmp_path / "trial"
    trial.mkdir()
    url = fresh_url()
    prepare(trial, url)
    count = len(statements(trial, url))
    assert count > 150
    # On SQLite a moment costs a tenth of a second, on a server more: there every third one is tried.
    step = PARTS if url is None else 3 * PARTS
    for moment in range(1 + part, count + 1, step):
        die_and_recover(tmp_path / f"killed-{moment}", fresh_url(), moment)
