"""An item enters its state when the step is made, not when it was asked for: a count in between contains it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from engine.clock import SECOND, to_datetime
from tests.helpers.clock import HOUR, START
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.waiting import until_somebody_waits


def test_an_item_that_was_waited_for_enters_its_state_after_the_wait(world):
    world.deploy("states new sent\nnew -> sent : send\nevent send manual")
    (item,) = world.place()
    _waited_for(world, item, lambda: world.trigger("send", item))
    assert world.engine.item(item).item.state_since == to_datetime(START + 60 * SECOND)


def test_an_item_whose_timeout_was_waited_for_enters_its_state_after_the_wait(world):
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour")
    (item,) = world.place()
    world.forward(HOUR)
    _waited_for(world, item, world.engine.run_timeouts)
    assert world.state(item) == "late"
    assert world.since(item) == START + (HOUR + 60) * SECOND


def test_an_item_whose_release_was_waited_for_enters_its_state_after_the_wait(world):
    world.deploy("states sent* gone\nsent -> gone : stock-update\nevent stock-update")
    (item,) = world.place()
    world.forward(HOUR)
    _waited_for(world, item, lambda: world.restock("tea-1,North,5"))
    assert world.state(item) == "gone"
    assert world.since(item) == START + (HOUR + 60) * SECOND


def test_the_end_of_a_hold_that_was_waited_for_is_dated_after_the_wait(make_shop):
    world = make_shop(checkout={"hold_timeout_s": 3600}).stocked(tea_1=5)
    world.deploy("states new paid*\nnew -> paid : pay\nevent pay manual")
    (item,) = world.place()
    world.forward(HOUR)
    _waited_for(world, item, world.engine.run_timeouts)
    ended = world.history(item)[-1]
    assert (ended.outcome, ended.at) == ("hold_ended", to_datetime(START + (HOUR + 60) * SECOND))


@ON_POSTGRESQL  # elsewhere one writes at a time: there is one wait, before the first item
def test_of_several_items_the_last_one_that_was_waited_for_counts(make_shop):
    world = make_shop().stocked(tea_1=5)
    database = world.engine.runtime.database
    world.deploy("states new sent\nnew -> sent : send\nevent send manual")
    items = world.place("tea-1", "tea-1")
    database._clock = None  # the server's own, which goes on while somebody waits
    asking = threading.Thread(target=lambda: world.trigger("send", *items))
    with _item_locked(world, items[1]) as waited_for:
        asking.start()
        waited_for()
        counted_at = database.clock()
    asking.join()
    assert all(world.since(item) >= counted_at for item in items)


def _waited_for(world, item, action):
    """Do the action while the item is locked for a minute."""
    asking = threading.Thread(target=action)
    with _item_locked(world, item) as waited_for:
        asking.start()
        waited_for()
        world.forward(60)
    asking.join()


@contextmanager
def _item_locked(world, item: int) -> Iterator[object]:
    """Lock the item's row, or the file where there is nothing smaller; give what returns once somebody waits."""
    if world.engine.runtime.database.dialect == "sqlite":
        with closing(sqlite3.connect(world.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield lambda: None  # the time is read once the file is ours, whenever that is
            other.execute("COMMIT")
        return
    with psycopg.connect(world.url.replace("postgresql+psycopg:", "postgresql:")) as other:
        other.execute("SELECT 1 FROM order_item WHERE id = %s FOR UPDATE", (item,))
        yield lambda: until_somebody_waits(world.url)
