"""The shop itself: its parts together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.shop.beneath import Beneath
from tests.helpers.shop.orders import Orders
from tests.helpers.shop.seen import Seen


class Shop(Orders, Beneath, Seen):
    """Everything a test of the engine needs, opened at once and empty but for the schema."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.engine = self.another()  # here, and not in the first of several threads
