"""Two databases, each with a shop, that sell from one warehouse: DE in the first, AT in the second."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.storage.schema import upgrade
from tests.helpers.clock import SettableClock
from tests.helpers.exchange import SALE, Side, one_warehouse
from tests.helpers.postgres import empty, new_database
from tests.helpers.shop import Shop


@pytest.fixture(scope="session")
def second_database(postgresql: str) -> Iterator[str]:
    """The URL of a further database on the server, to be emptied before each use."""
    with new_database(postgresql) as url:
        upgrade(url)
        yield url


@pytest.fixture
def second_url(
    database_url: str, request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> str:
    """The URL of a second empty database, of the same kind as the first."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'second.db')}"
    url = str(request.getfixturevalue("second_database"))
    empty(url)
    return url


@pytest.fixture
def sides(
    database_url: str, second_url: str, tmp_path: Path, clock: SettableClock
) -> Iterator[Callable[..., tuple[Side, Side]]]:
    """Makes the two sides; the rules that are given are those of both."""
    made: list[Shop] = []

    def make(**rules: Any) -> tuple[Side, Side]:
        for name, url in (("de", database_url), ("at", second_url)):
            (tmp_path / name).mkdir()
            made.append(Shop(tmp_path / name, url=url, clock=clock, **rules))
        one = Side(made[0], "DE", tmp_path / "to-at", tmp_path / "to-de")
        other = Side(made[1], "AT", tmp_path / "to-de", tmp_path / "to-at")
        for side, foreign in ((one, "AT"), (other, "DE")):
            side.shop.stocked(one_warehouse(side.store, foreign), tea_1=10, tea_2=10)
            side.shop.deploy(SALE)
            side.shop.forget_messages()
        return one, other

    yield make
    for shop in made:
        shop.close()


@pytest.fixture
def two(sides: Callable[..., tuple[Side, Side]]) -> tuple[Side, Side]:
    """The two sides with the rules that everybody has."""
    return sides()
