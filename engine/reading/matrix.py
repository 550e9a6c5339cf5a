"""What users ask about all items: where they stand, and what is stuck."""

from __future__ import annotations

from engine.clock import SECOND, to_datetime
from engine.inventory.topology.names import store_id_of
from engine.quantity import to_decimal
from engine.results import MatrixRow, StuckItem
from engine.runtime import Runtime
from engine.storage.database import Reader, Record

_DAY = 86_400 * SECOND


def matrix(runtime: Runtime, *, process: str | None = None, store: str | None = None) -> list[MatrixRow]:
    """Return how many items stand in each state of each process, what they count, and how old they are.

    Raises ProcessNotFound, UnknownStore.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        rows = reader.all(
            "matrix",
            now=now,
            day=now - _DAY,
            week=now - 7 * _DAY,
            store=None if store is None else store_id_of(reader, store),
            every_state=int(process is None),
            states=[] if process is None else _states_of(runtime, reader, process),
        )
        return [_matrix_row(runtime, reader, row) for row in rows]


def _states_of(runtime: Runtime, reader: Reader, process: str) -> list[int]:
    ids = [
        state_id
        for version in runtime.catalogue.all_versions(reader)
        if version.name == process
        for state_id in version.state_ids
    ]
    if not ids:
        runtime.catalogue.current(reader, process)
    return ids


def _matrix_row(runtime: Runtime, reader: Reader, row: Record) -> MatrixRow:
    return MatrixRow(
        process=row.process,
        state=row.state,
        items=row.items,
        reserved=to_decimal(row.reserved),
        held=to_decimal(row.held),
        display_name=runtime.catalogue.place(reader, row.state_id).state.display_name,
        day=row.day,
        week=row.week,
        older=row.items - row.day - row.week,
        oldest=to_datetime(row.oldest),
    )


def state_counts(runtime: Runtime, process: str) -> dict[str, int]:
    """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
    with runtime.database.read() as reader:
        runtime.catalogue.current(reader, process)
        return {row.name: row.items for row in reader.all("process_state_counts", name=process)}


def stuck(runtime: Runtime) -> list[StuckItem]:
    """Return the items whose automatic step, timeout or eventless transitions are not tried any more."""
    with runtime.database.read() as reader:
        found = []
        for row in reader.all("stuck_items"):
            place = runtime.catalogue.place(reader, row.state_id)
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
