"""Rows of events for single items, beside the same moves by a call for each event."""

from __future__ import annotations

import time

from benchmarks.world import world
from engine.requests import ItemEvent, Selection

ITEMS = 50_000
EVENTS = ("pay", "ship")


def rates(server: str | None) -> tuple[float, float]:
    """Return the rows a second of a file with two rows an item, and the moves a second of two calls for all."""
    with world(ITEMS, server=server) as engine:
        with engine.runtime.database.write() as work:
            work._connection.cursor().execute("UPDATE order_item SET reference = 'r' || id")
        with engine.runtime.database.read() as reader:
            cursor = reader._connection.cursor()
            cursor.execute(
                "SELECT i.id, o.reference FROM order_item i JOIN sales_order o ON o.id = i.order_id"
            )
            named = cursor.fetchall()
        rows = [ItemEvent(0, f"r{item}", event, order) for item, order in named for event in EVENTS]
        began = time.perf_counter()
        report = engine.import_events(rows, key="bench")
        imported = len(rows) / (time.perf_counter() - began)
        assert report.moved == len(rows), report.refused[:3]
    with world(ITEMS, server=server) as engine:
        began = time.perf_counter()
        for event, state in zip(EVENTS, ("new", "paid"), strict=True):
            engine.trigger(event, Selection(process="Bench", state=state))
        return imported, len(EVENTS) * ITEMS / (time.perf_counter() - began)
