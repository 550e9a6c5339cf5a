"""The database that contract tests run against: one fixture, once per kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage.database import Database
from engine.storage.schema import open_database, upgrade
from tests.helpers.clock import SettableClock
from tests.helpers.postgres import NO_SERVER, empty, new_database, postgres_server

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database file at the present schema, to be copied: making the schema costs more than a test."""
    path = tmp_path_factory.mktemp("template") / "earmark.db"
    database = open_database(f"sqlite:///{path}")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database."""
    with postgres_server() as url:
        if url is None:
            pytest.skip(NO_SERVER)
        yield url


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str) -> Iterator[str]:
    """The URL of a database at the present schema on the server, to be emptied before each test."""
    with new_database(postgresql) as url:
        upgrade(url)
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database at the present schema, once per kind of database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "earmark.db")
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgresql_database")
    empty(url)
    yield url


@pytest.fixture
def database(database_url: str, clock: SettableClock) -> Iterator[Database]:
    """An empty database of the engine."""
    opened = open_database(database_url, clock=clock, create=False)
    yield opened
    opened.close()
