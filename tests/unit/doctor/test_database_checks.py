"""What doctor says of the database: settings, clock and room."""

from functools import partial
from types import SimpleNamespace

import pytest

from earmark.doctor import database
from earmark.doctor.check import Status
from engine.results import DatabaseView, EmbeddedSettings, ServerSettings
from tests.helpers.clock import START

SECOND = 1_000_000
Sqlite = partial(EmbeddedSettings, **{"version": "3.45.1", "journal_mode": "wal", "synchronous": 2})
Postgresql = partial(
    ServerSettings,
    **{"version": "15.4", "number": 150004, "fsync": "on", "full_page_writes": "on"},
    **{"synchronous_commit": "on", "max_connections": 100, "connections": 5},
)


@pytest.fixture
def world(world):
    world.deploy("states new done\nnew -> done : go")
    return world


class Fake:
    """An engine on a server, which answers with these settings."""

    def __init__(self, settings=None):
        self._settings = settings

    def database(self):
        return DatabaseView("postgresql", "postgresql://host/shop", "0002", None)

    def database_settings(self):
        return self._settings


def test_the_settings_of_a_real_database_are_in_order(world):
    check = database.settings(world.engine)
    assert check.status is Status.OK
    assert "journal wal, every commit on disk" in check.detail


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        (Sqlite(), Status.OK, "SQLite 3.45.1"),
        (Sqlite(journal_mode="delete"), Status.WARN, "without a write-ahead log"),
        (Sqlite(synchronous=1), Status.ERROR, "a power cut may lose commits"),
        (Postgresql(), Status.OK, "PostgreSQL 15.4, 5 of 100 connections"),
        (Postgresql(fsync="off"), Status.ERROR, "fsync off"),
        (Postgresql(full_page_writes="off"), Status.ERROR, "full_page_writes off"),
        (Postgresql(synchronous_commit="off"), Status.WARN, "synchronous_commit off"),
        (Postgresql(synchronous_commit="remote_write"), Status.OK, "PostgreSQL"),
        (Postgresql(version="11.2", number=110002), Status.WARN, "gets no fixes"),
        (Postgresql(connections=95), Status.WARN, "hardly any left"),
    ],
)
def test_settings_that_may_lose_data_are_told(settings, status, said):
    check = database.settings(Fake(settings))
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
    assert database.room(Fake()) is None
