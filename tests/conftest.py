"""What tests of every folder start with: a database, once per kind, and shops on it.

What a run says at its very end is here, too: tests that could not run must not go unseen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from engine.storage.database import Database
from engine.storage.schema import open_database, upgrade
from tests.helpers.brokers import NO_BROKER, NO_OWN_BROKER
from tests.helpers.clock import SettableClock
from tests.helpers.databases import DATABASES
from tests.helpers.memory import memory, run_folder
from tests.helpers.pgbouncer import NO_POOLER
from tests.helpers.postgres import NO_SERVER, empty, new_database, postgres_server
from tests.helpers.shop import Shop
from tests.helpers.shop.opened import empty_file


@pytest.fixture
def clock() -> SettableClock:
    """The clock of the database and of the shop."""
    return SettableClock()


# --- databases ---


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """An empty database file at the present schema, to be copied."""
    return empty_file()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server's maintenance database."""
    with postgres_server() as url:
        if url is None:
            pytest.skip(NO_SERVER)
        yield url


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str) -> Iterator[str]:
    """The URL of a database at the present schema on the server, to be emptied before each use."""
    with new_database(postgresql) as url:
        upgrade(url)
        yield url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database at the present schema, once per kind of database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "earmark.db")
        return f"sqlite:///{path}"
    url = str(request.getfixturevalue("postgresql_database"))
    empty(url)
    return url


@pytest.fixture
def fresh_url(database_url: str) -> Callable[[], str | None]:
    """Gives the URL of a database that is empty at the time of the call; None stands for a new file."""
    given = []

    def fresh() -> str | None:
        if database_url.startswith("sqlite"):
            return None
        if given:
            empty(database_url)
        given.append(database_url)
        return database_url

    return fresh


@pytest.fixture
def database(database_url: str, clock: SettableClock) -> Iterator[Database]:
    """An empty database of the engine."""
    opened = open_database(database_url, clock=clock, create=False)
    yield opened
    opened.close()


# --- shops ---


@pytest.fixture
def make_shop(tmp_path: Path, fresh_url: Callable[[], str | None]) -> Iterator[Callable[..., Shop]]:
    """Makes shops, each with rules of its own and an empty database. Only the latest one is in use.

    Without a clock a shop has one that stands at the start of the year.
    """
    made: list[Shop] = []

    def make(**options: Any) -> Shop:
        folder = tmp_path / f"shop-{len(made)}"
        folder.mkdir()
        made.append(Shop(folder, url=fresh_url(), **options))
        return made[-1]

    yield make
    for shop in made:
        shop.close()


@pytest.fixture
def shop(make_shop: Callable[..., Shop], clock: SettableClock) -> Shop:
    """A shop without anything in it."""
    return make_shop(clock=clock)


@pytest.fixture
def world(shop: Shop) -> Shop:
    """The shop with three stores, 100 pieces of tea-1 and of tea-2, and no process yet."""
    return shop.stocked(tea_1=100, tea_2=100)


@pytest.fixture
def sale(world: Shop, request: pytest.FixtureRequest) -> Shop:
    """The world with the process that the test's own module calls ``SALE``."""
    world.deploy(request.module.SALE)
    return world


# --- the run as a whole: where its folders lie, and the last line it prints ---


def pytest_configure(config: pytest.Config) -> None:
    folders = ExitStack()
    folders.enter_context(run_folder())
    config.add_cleanup(folders.close)
    root = memory()
    if root is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(root))


_NEEDED = {
    "PostgreSQL": NO_SERVER,
    "PgBouncer": NO_POOLER,
    "RabbitMQ and Redis": NO_BROKER,
    "a RabbitMQ or a Redis of their own": NO_OWN_BROKER,
}
"""What tests need that may not be there, and why they are skipped then."""

_not_run = pytest.StashKey[dict[str, int]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = terminalreporter.stats.get("skipped", ())
    config.stash[_not_run] = {
        what: sum(why in str(report.longrepr) for report in skipped) for what, why in _NEEDED.items()
    }


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last lines of all, below pytest's own."""
    for what, count in config.stash.get(_not_run, {}).items():
        if count:
            print(f"{count} tests that need {what} did NOT RUN: {_NEEDED[what]}")
