"""The shop that the cases share: on every kind of database, as everybody may open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.shop import PublicShop


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[PublicShop]:
    """A shop; write its plugins before deploying its first process."""
    opened = PublicShop(tmp_path, url=database_url)
    yield opened
    opened.close()
