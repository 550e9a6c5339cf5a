"""Automatic steps that are due and that nobody is taking: what a crash or a failure left over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import attrgetter

from engine.moving.chunk import Fill, Forget, move_chunk
from engine.moving.step import Origin
from engine.moving.waves import follow
from engine.results import MoveReport
from engine.runtime import Runtime


def run_automatic_steps(runtime: Runtime, store_id: int | None, report: MoveReport) -> None:
    """Take the automatic steps that are due and that nobody is taking: what a crash or a failure left."""
    now = runtime.database.clock()
    size = runtime.rules.execution.chunk
    origin_of = _chain_origins(runtime)
    after = (-1, 0)
    while not runtime.stop():
        with runtime.database.read() as reader:
            rows = reader.all(
                "overdue_steps", now=now, store=store_id, after_due=after[0], after_item=after[1], size=size
            )
        if not rows:
            return
        ordered = sorted(rows, key=attrgetter("event", "chain"))
        for (event, chain), group in groupby(ordered, key=lambda row: (row.event, row.chain)):
            ids = sorted(row.item_id for row in group)
            origin = origin_of(chain)
            stale = forget_stale("drop_stale_due_steps", event)
            taken = move_chunk(runtime, event, origin, _overdue(event, ids, now), report, stale)
            follow(runtime, taken.applied, origin, report)
        after = (rows[-1].due_at, rows[-1].item_id)


def _chain_origins(runtime: Runtime) -> Callable[[int], Origin]:
    correlation = runtime.correlation()
    return lambda chain: Origin("on-enter", correlation, background=True, chain=chain)


def _overdue(event: str, ids: list[int], now: int) -> Fill:
    return lambda work: work.run("moving_add_overdue", items=ids, event=event, now=now)


def forget_stale(statement: str, event: str) -> Forget:
    """What the state of an item does not know any more would be due for ever."""
    return lambda work, items: work.run(statement, event=event, items=items)
