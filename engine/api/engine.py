"""The engine as callers use it: one object whose methods are the product's verbs.

Every method returns values of ``engine.results`` or raises an ``EarmarkError``. Nothing here decides or
writes by itself: the work is in the rooms below.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from engine.api.allocation import Allocation
from engine.api.carts import Carts
from engine.api.exchange import Exchange
from engine.api.items import Items
from engine.api.jobs import Jobs
from engine.api.leaving import Leaving
from engine.api.options import Options
from engine.api.orders import Orders
from engine.api.processes import Processes
from engine.api.publishing import Publishing
from engine.api.sharing import Sharing
from engine.api.stock import Stock
from engine.api.suspensions import Suspensions
from engine.api.watch import Watch


class Engine(
    Orders,
    Carts,
    Items,
    Suspensions,
    Stock,
    Leaving,
    Options,
    Sharing,
    Allocation,
    Exchange,
    Publishing,
    Processes,
    Jobs,
    Watch,
):
    """An opened engine. Use it as a context manager, or call ``close`` when done."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection to the database; nothing on an engine that ``for_caller`` gave."""
        if self._opener:
            self.runtime.database.close()
