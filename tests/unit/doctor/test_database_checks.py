"""What doctor says of the database: settings, clock and room."""

from collections import namedtuple
from types import SimpleNamespace

import pytest

from earmark.doctor import database
from earmark.doctor.check import Status
from tests.helpers.clock import START

SECOND = 1_000_000
Sqlite = namedtuple("Sqlite", "version journal_mode synchronous", defaults=("3.45.1", "wal", 2))
Postgresql = namedtuple(
    "Postgresql",
    "version number fsync full_page_writes synchronous_commit max_connections connections",
    defaults=("15.4", 150004, "on", "on", "on", 100, 5),
)


@pytest.fixture
def world(world):
    world.deploy("states new done\nnew -> done : go")
    return world


class Fake:
    """An engine whose database answers with one row."""

    def __init__(self, dialect, row=None):
        self.runtime = SimpleNamespace(database=self)
        self.dialect = dialect
        self.row = row

    def write(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def first(self, _name):
        return self.row


def test_the_settings_of_a_real_database_are_in_order(world):
    check = database.settings(world.engine)
    assert check.status is Status.OK
    assert "journal wal, every commit on disk" in check.detail


@pytest.mark.parametrize(
    ("dialect", "row", "status", "said"),
    [
        ("sqlite", Sqlite(), Status.OK, "SQLite 3.45.1"),
        ("sqlite", Sqlite(journal_mode="delete"), Status.WARN, "without a write-ahead log"),
        ("sqlite", Sqlite(synchronous=1), Status.ERROR, "a power cut may lose commits"),
        ("postgresql", Postgresql(), Status.OK, "PostgreSQL 15.4, 5 of 100 connections"),
        ("postgresql", Postgresql(fsync="off"), Status.ERROR, "fsync off"),
        ("postgresql", Postgresql(full_page_writes="off"), Status.ERROR, "full_page_writes off"),
        ("postgresql", Postgresql(synchronous_commit="off"), Status.WARN, "synchronous_commit off"),
        ("postgresql", Postgresql(synchronous_commit="remote_write"), Status.OK, "PostgreSQL"),
        ("postgresql", Postgresql(version="11.2", number=110002), Status.WARN, "gets no fixes"),
        ("postgresql", Postgresql(connections=95), Status.WARN, "hardly any left"),
    ],
)
def test_settings_that_may_lose_data_are_told(dialect, row, status, said):
    check = database.settings(Fake(dialect, row))
    assert check.status is status
    assert said in check.detail
    assert bool(check.remedy) == (status is not Status.OK)


@pytest.mark.parametrize(
    ("off", "status"), [(0, Status.OK), (2, Status.OK), (3, Status.WARN), (-3, Status.WARN)]
)
def test_clocks_of_host_and_database_that_differ_are_told(world, off, status):
    check = database.clock(world.engine, lambda: START + off * SECOND)
    assert check.status is status
    assert ("differ by 3 s" in check.detail) == (status is Status.WARN)


def test_a_slow_answer_is_no_difference(world):
    asked = iter([START - 10 * SECOND, START + 10 * SECOND])
    assert database.clock(world.engine, lambda: next(asked)).status is Status.OK


def test_a_clock_that_jumped_back_is_told(world):
    world.place()
    world.forward(-3600)
    check = database.clock(world.engine, world.clock)
    assert (
        check.status,
        "60 min in the future" in check.detail or "1 h 0 min in the future" in check.detail,
    ) == (
        Status.WARN,
        True,
    )


@pytest.mark.parametrize(
    ("free", "status"), [(50 << 20, Status.ERROR), (500 << 20, Status.WARN), (5 << 30, Status.OK)]
)
def test_a_full_disk_is_told(world, monkeypatch, free, status):
    monkeypatch.setattr(database.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    check = database.room(world.engine)
    assert check.status is status
    assert f"{free >> 20:,} MiB free for earmark.db" in check.detail


def test_a_server_cannot_be_asked_for_its_disk():
    assert database.room(Fake("postgresql")) is None
