"""What all deeds have in common: what is asked is noted before, and what was told is noted after."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.api.engine import Engine
from engine.caller import Caller
from engine.errors import EarmarkError
from engine.requests import OrderRequest
from engine.results import MoveReport
from tests.chaos.everything.outside import Outside
from tests.chaos.everything.stage import Stage

PROMISED = {
    "not_available", "order_conflict", "warehouse_not_for_store", "unknown_order", "unknown_state", "unknown_event",
    "migration_undone", "migration_purged", "import_in_progress", "job_running", "database_busy",
    "plugin_invalid", "cart_hold_ended", "unknown_cart_hold",
}  # fmt: skip
"""The refusals that somebody has to expect who does what others do at the same time."""

Order = tuple[str, str, dict[str, Any]]
"""A reference, which kind of order it is, and the document."""


class Deeds:
    """A worker's deeds of one kind; each is a method whose name is that of the deed."""

    def __init__(
        self, stage: Stage, name: str, engine: Engine, outside: Outside, lots: random.Random
    ) -> None:
        self.stage = stage
        self.name = name
        self.engine = engine
        self.outside = outside
        self.lots = lots

    @property
    def now(self) -> int:
        return self.engine.runtime.database.clock()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a statement of the worker's own reads, to know what there is to do."""
        with self.engine.runtime.database.reader.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def ask(
        self,
        deed: str,
        about: Mapping[str, Any],
        asked: Callable[[Engine], Any],
        *,
        orders: Sequence[Order] = (),
        told: Callable[[Any], Mapping[str, Any]] = lambda answer: {},
        told_of: Callable[[Any], Mapping[int, str]] = lambda answer: {},
    ) -> Any:
        """Ask the engine for something, under a correlation of its own; return the answer, None for a refusal."""
        call = self.outside.ask(self.name, deed, about, self.now)
        self.outside.ask_orders(call, orders)
        engine = self.engine.for_caller(Caller(actor=self.name, correlation=f"call-{call}"))
        try:
            answer = asked(engine)
        except EarmarkError as error:
            if error.code not in PROMISED:
                self.outside.accuse("a call does what it says", f"call {call} {deed}: {error.code} {error}")
            self.outside.refuse(call, error.code)
            return None
        self.outside.tell(call, told(answer), told_of(answer))
        return answer

    def references(self, kind: str, recent: int = 30) -> list[str]:
        """References that were asked for lately, by whomever; some may have been refused."""
        rows = self.outside.rows(
            "SELECT reference FROM asked_order WHERE kind = ? ORDER BY call DESC LIMIT ?", kind, recent
        )
        return [reference for (reference,) in rows]

    def some(self, kind: str, most: int = 3) -> list[str]:
        """Some of these references, mostly one."""
        found = sorted(set(self.references(kind)))
        return self.lots.sample(found, min(len(found), self.lots.choice([1, 1, 1, most]))) if found else []


def request(order: Order) -> OrderRequest:
    return OrderRequest.model_validate(order[2])


def moved(report: MoveReport) -> dict[str, Any]:
    """What is kept of a report on items."""
    return {"moved": report.moved, "complete": report.complete}
