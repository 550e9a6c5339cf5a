"""The disk of an SQLite database is full: the call says so, the database stays whole, and can be gone on with."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3

import pytest
from sqlalchemy import event

from engine.errors import DatabaseFull
from tests.chaos.audit import audit
from tests.chaos.processes import in_process, server
from tests.helpers.shop import Shop, numbered, order

PROCESS = """
    states new paid* done
    new -> paid : pay
    paid -> done : close
    event pay onEnter command=announce
    event close manual
"""
ORDERS = 400
NOTE = "x" * 2000
"""Orders take more space than an empty database has."""


def open_world(folder):
    world = Shop(folder)
    world.plugins.add_command("announce", announce, transactional=True)
    return world


def announce(item, context):
    context.publish("told", {"item": item.id, "text": "x" * 500})


@pytest.fixture
def world(tmp_path):
    world = open_world(tmp_path).stocked(tea_1=2 * ORDERS)
    world.deploy(PROCESS)
    yield world
    world.close()


def requests():
    return numbered(order(f"order {number}", "tea-1", note=NOTE) for number in range(ORDERS))


def check_and_repeat(world):
    """Nothing is half done; once there is space the same call does the rest."""
    check = sqlite3.connect(world.file)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()
    audit(world)
    assert not world.engine.place_many(requests()).refused
    world.engine.run_timeouts()
    audit(world)
    assert world.states() == ["paid"] * ORDERS
    assert len(world.payloads("told")) == len(set(world.payloads("told"))) == ORDERS


def limit(world, pages):
    """Let the database grow by so many pages and no more; None takes the limit away."""
    engine = world.engine.runtime.database.writer

    def prepare(raw, _record):
        size = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {size + pages}")

    event.listen(engine, "connect", prepare)
    engine.dispose()

    def lift():
        event.remove(engine, "connect", prepare)
        engine.dispose()

    return lift


@pytest.mark.parametrize("pages", [0, 5, 20, 40, 60])
def test_a_full_database_is_told_and_stays_whole(world, pages):
    lift = limit(world, pages)
    with pytest.raises(DatabaseFull) as refused:
        world.engine.place_many(requests())
    assert str(world.file) in refused.value.message
    assert "Free some space" in refused.value.remedy
    lift()
    check_and_repeat(world)


def place_with_little_space(folder, spare, answers):
    """Place orders in this process, whose files may only grow by so many bytes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = max(path.stat().st_size for path in folder.glob("earmark.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + spare, size + spare))
    world = open_world(folder)
    try:
        world.engine.place_many(requests())
        answers.put(("", ""))
    except DatabaseFull as error:
        answers.put((error.code, error.remedy))
    answers.close()
    answers.join_thread()
    os._exit(0)


def test_a_transactional_command_that_fills_the_disk_counts_no_failed_attempt(world):
    world.engine.place_many(requests())
    world.deploy("states new*\nnew -> new : tell\nevent tell manual command=announce", name="Loud")
    items = world.place_many(50, process="Loud")
    lift = limit(world, 1)
    with pytest.raises(DatabaseFull):
        world.trigger("tell", *items)
    lift()
    assert world.query("SELECT 1 FROM transition_run WHERE outcome = 'failed'") == []
    assert world.trigger("tell", *items).moved == 50
    assert len(world.payloads("told")) == ORDERS + 50
    audit(world)


@pytest.mark.parametrize("spare", [4096, 60_000, 100_000])
def test_a_file_that_cannot_grow_is_told_and_stays_whole(world, tmp_path, spare):
    world.close()
    answers = server().Queue()
    in_process(place_with_little_space, tmp_path, spare, answers).join(60)
    code, remedy = answers.get(timeout=10)
    assert code == "database_full"
    assert "Free some space" in remedy
    again = open_world(tmp_path)
    check_and_repeat(again)
    again.close()
