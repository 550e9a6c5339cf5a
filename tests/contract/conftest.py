"""What contract tests start with, beside what ``tests/conftest.py`` gives to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.clock import SettableClock
from tests.helpers.shop import Shop


@pytest.fixture
def two_stores(shop: Shop) -> Shop:
    """DE sells from North and South, AT from South; they share reservations; stock of 001_1 is 10 + 5."""
    shop.two_stores()
    shop.count("001_1,North,10", "001_1,South,5", "001_2,South,4", "002_1,North,0")
    shop.forget_messages()
    return shop


@pytest.fixture
def counting_shop(make_shop: Callable[..., Shop], clock: SettableClock) -> Callable[..., Shop]:
    """Makes the stores of ``two_stores``, without stock and with rules of their own."""

    def make(**rules: Any) -> Shop:
        shop = make_shop(clock=clock, **rules)
        shop.two_stores()
        return shop

    return make
