"""What users ask about all items: where they stand, and what is stuck."""

from __future__ import annotations

from engine.clock import to_datetime
from engine.quantity import to_decimal
from engine.results import MatrixRow, StuckItem
from engine.runtime import Runtime


def matrix(runtime: Runtime) -> list[MatrixRow]:
    """Return how many items stand in each state of each process, and what they reserve and hold."""
    with runtime.database.read() as reader:
        return [
            MatrixRow(row.process, row.state, row.items, to_decimal(row.reserved), to_decimal(row.held))
            for row in reader.all("matrix")
        ]


def state_counts(runtime: Runtime, process: str) -> dict[str, int]:
    """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
    with runtime.database.read() as reader:
        runtime.catalog.current(reader, process)
        return {row.name: row.items for row in reader.all("process_state_counts", name=process)}


def stuck(runtime: Runtime) -> list[StuckItem]:
    """Return the items whose automatic step or timeout is not tried any more."""
    with runtime.database.read() as reader:
        found = []
        for row in reader.all("stuck_items"):
            place = runtime.catalog.place(reader, row.state_id)
            found.append(
                StuckItem(
                    item=row.id,
                    order=row.reference,
                    process=place.version.name,
                    state=place.state.name,
                    event=row.event,
                    code=row.error_code or "",
                    message=row.error or "",
                    attempts=row.attempts,
                    since=None if row.stuck_at is None else to_datetime(row.stuck_at),
                )
            )
        return found
