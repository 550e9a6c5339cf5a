"""The shop that every test of inventory starts with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.storage.database import Database
from tests.contract.inventory.shop import Shop


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


@pytest.fixture
def make_shop(database: Database, tmp_path: Path) -> Callable[..., Shop]:
    """Makes the shop of ``two_stores``, with rules."""

    def make(**rules: Any) -> Shop:
        made = Shop(database, tmp_path, **rules)
        made.two_stores()
        return made

    return make
