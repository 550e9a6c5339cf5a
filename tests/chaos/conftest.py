"""The databases that chaos tests run against."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.storage.schema import upgrade
from tests.helpers.postgres import NO_SERVER, empty, new_database, postgres_server


@pytest.fixture(scope="session")
def postgresql_database() -> Iterator[str]:
    """The URL of a PostgreSQL database at the present schema."""
    with postgres_server() as server:
        if server is None:
            pytest.skip(NO_SERVER)
        with new_database(server) as url:
            upgrade(url)
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Gives the URL of a database that is empty at the time of the call; None stands for a new file."""
    if request.param == "sqlite":
        return lambda: None
    url = str(request.getfixturevalue("postgresql_database"))

    def emptied() -> str:
        empty(url)
        return url

    return emptied
