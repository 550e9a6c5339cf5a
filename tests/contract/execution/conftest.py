"""The world that every test of execution starts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.postgres import empty
from tests.helpers.world import World


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
