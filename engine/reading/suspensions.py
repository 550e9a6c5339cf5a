"""What is suspended: each suspension with its items, and how many items stand still in which state."""

from __future__ import annotations

from engine.moving.suspended import suspension
from engine.quantity import to_decimal
from engine.results import SuspendedItems, SuspensionSize
from engine.runtime import Runtime
from engine.storage.database import Reader

MOST_ENDED = 1000
"""How many suspensions that have ended are told at most."""


def suspensions(runtime: Runtime, *, ended: bool = False) -> list[SuspensionSize]:
    """Return what is suspended, the oldest first, with its items; with ``ended`` also what was."""
    with runtime.database.read() as reader:
        live, closed = runtime.catalogue.states(reader)
        found = [suspension(row) for row in reader.all("suspensions_active")]
        rows = reader.all("suspension_sizes", live=live, closed=closed) if found else []
        sizes = {int(row.suspension): (int(row.items), to_decimal(int(row.reserved))) for row in rows}
        active = [
            SuspensionSize(one, *sizes[one.id]) if one.id in sizes else SuspensionSize(one) for one in found
        ]
        over = reader.all("suspensions_ended", size=MOST_ENDED) if ended else []
        return [*active, *(SuspensionSize(suspension(row)) for row in over)]


def suspended_items(
    runtime: Runtime, reader: Reader, process: str | None = None, store: int | None = None
) -> list[SuspendedItems]:
    """Return how many items are suspended in each state that has any; of all processes and stores, or of one."""
    if not reader.scalar("any_suspended"):
        return []
    live, closed = runtime.catalogue.states(reader, process)
    rows = reader.all("suspended_per_state", live=live, closed=closed, store=store)
    return [
        SuspendedItems(row.process, row.state, int(row.items), to_decimal(int(row.reserved))) for row in rows
    ]
