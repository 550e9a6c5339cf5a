"""The shop that the cases share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop; write its plugins before deploying its first process."""
    opened = Shop(tmp_path)
    yield opened
    opened.close()
