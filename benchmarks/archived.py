"""Moving items beside ten million archived orders, and beside none, by turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from sqlalchemy import text

from benchmarks.world import fill, settle, world
from engine.api.engine import Engine
from engine.requests import Selection

ARCHIVED = 10_000_000
ITEMS = 9_999
"""How many items move at once; a multiple of three, as orders have three."""

TURNS = 15
_FIRST = 1_000_000_000
_AT_ONCE = 500_000

_NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
)

_TABLES = (
    f"{_NUMBERS} INSERT INTO archived_order (id, reference, store_id, version_id, placed_at, fingerprint, data,"
    " closed_at, archived_at) SELECT i, 'a' || i, 1, 1, 0, '', '{}', i, i FROM n",
    f"{_NUMBERS} INSERT INTO archived_item (id, order_id, store_id, product_id, line, quantity, state_id, step,"
    " state_since) SELECT i, i, 1, 1, 1, 1000000, 5, 3, i FROM n",
    f"{_NUMBERS} INSERT INTO archived_history (item_id, run_id) SELECT i, 1 FROM n",
)


def moves(
    tell: Callable[[str, float, str, float], None],
    name: str,
    server: str | None = None,
    archived: int = ARCHIVED,
) -> None:
    """Tell the rate beside archived orders; the ceiling is the rate beside none."""
    with world(ITEMS, server=server) as beside, world(ITEMS, server=server) as alone:
        _archive(beside, archived)
        took: dict[Engine, list[float]] = {beside: [], alone: []}
        for turn in range(TURNS):
            for engine in (beside, alone) if turn % 2 else (alone, beside):
                if turn:
                    fill(engine, ITEMS, 1000, "new", first=turn * ITEMS)
                settle(engine)
                start = time.perf_counter()
                report = engine.trigger("pay", Selection(process="Bench", state="new"))
                took[engine].append(time.perf_counter() - start)
                assert report.moved == ITEMS, report.as_dict()
    rates = [ITEMS / statistics.median(took[engine]) for engine in (beside, alone)]
    tell(name, rates[0], "items/s", rates[1])


def _archive(engine: Engine, orders: int) -> None:
    """Put so many orders of one item into the archive, by plain SQL."""
    with engine.runtime.database.writer.connect() as raw:
        for first in range(_FIRST, _FIRST + orders, _AT_ONCE):
            with raw.begin():
                last = min(first + _AT_ONCE, _FIRST + orders) - 1
                for table in _TABLES:
                    raw.execute(text(table), {"first": first, "last": last})
    settle(engine)
