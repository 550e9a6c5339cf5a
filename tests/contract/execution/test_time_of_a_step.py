"""An item enters its state when the step is made, not when it was asked for: a count in between contains it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from engine.clock import SECOND, to_datetime
from tests.helpers.clock import START


def test_an_item_that_was_waited_for_enters_its_state_after_the_wait(world):
    world.deploy("states new sent\nnew -> sent : send\nevent send manual")
    (item,) = world.place()
    asking = threading.Thread(target=lambda: world.trigger("send", item))
    with _item_locked(world, item) as waited_for:
        asking.start()
        waited_for()
        world.forward(60)
    asking.join()
    assert world.engine.item(item).item.state_since == to_datetime(START + 60 * SECOND)


@contextmanager
def _item_locked(world, item: int) -> Iterator[object]:
    """Lock the item's row, or the file where there is nothing smaller; give what returns once somebody waits."""
    if world.engine.runtime.database.dialect == "sqlite":
        with closing(sqlite3.connect(world.file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield lambda: None  # the time is read once the file is ours, whenever that is
            other.execute("COMMIT")
        return
    url = world.url.replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url) as other, psycopg.connect(url, autocommit=True) as looking:
        other.execute("SELECT 1 FROM order_item WHERE id = %s FOR UPDATE", (item,))
        yield lambda: _wait_for_a_waiter(looking)


def _wait_for_a_waiter(looking: psycopg.Connection) -> None:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    while looking.execute(waiting).fetchone() is None:
        assert time.monotonic() < deadline, "nobody waits for the item"
        time.sleep(0.01)
