"""What contract tests start with: a database, once per kind, and shops on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.storage.database import Database
from engine.storage.schema import open_database, upgrade
from tests.contract.inventory.shop import Shop
from tests.helpers.clock import SettableClock
from tests.helpers.postgres import NO_SERVER, empty, new_database, postgres_server
from tests.helpers.world import World

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


@pytest.fixture
def make_world(tmp_path: Path, database_url: str) -> Iterator[Callable[..., World]]:
    """Makes worlds, each with rules and an empty database, and closes them. Only the latest one is in use."""
    made: list[World] = []

    def make(**rules: Any) -> World:
        folder = tmp_path / f"world-{len(made)}"
        folder.mkdir()
        if database_url.startswith("sqlite"):
            made.append(World(folder, **rules))
        else:
            if made:
                empty(database_url)
            made.append(World(folder, url=database_url, **rules))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """An engine with a shop that has 100 pieces of tea-1 and of tea-2, and no process yet."""
    return make_world().shop(tea_1=100, tea_2=100)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    """A shop without anything in it."""
    return Shop(database, tmp_path)


@pytest.fixture
def two_stores(shop: Shop) -> Shop:
    """DE sells from North and South, AT from South; they share reservations; stock of 001_1 is 10 + 5."""
    shop.two_stores()
    shop.count("001_1,North,10", "001_1,South,5", "001_2,South,4", "002_1,North,0")
    shop.forget_messages()
    return shop
