"""What users ask about all items: where they stand, and what is stuck."""

from __future__ import annotations

from engine.clock import SECOND, to_datetime
from engine.quantity import to_decimal
from engine.reading.suspensions import suspended_items
from engine.results import MatrixRow, StateTime, StuckItem
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.topology.names import store_id_of
from engine.versions.closed import HOUR

_DAY = 86_400 * SECOND


def matrix(runtime: Runtime, *, process: str | None = None, store: str | None = None) -> list[MatrixRow]:
    """Return how many items stand in each state of each process, what they count, and how old they are.

    Raises ProcessNotFound, UnknownStore.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        live, closed = _states_of(runtime, reader, process)
        store_id = None if store is None else store_id_of(reader, store)
        suspended = {one.key: one.items for one in suspended_items(runtime, reader, process, store_id)}
        rows = reader.all(
            "matrix",
            now=now,
            day=now - _DAY,
            week=now - 7 * _DAY,
            day_hour=(now - _DAY) // HOUR * HOUR,
            week_hour=(now - 7 * _DAY) // HOUR * HOUR,
            store=store_id,
            live=live,
            closed=closed,
        )
        return [_matrix_row(runtime, reader, row, suspended.get((row.process, row.state), 0)) for row in rows]


def _states_of(runtime: Runtime, reader: Reader, process: str | None) -> tuple[list[int], list[int]]:
    """Return the ids of the states, live and closed, of one process or of all. Raises ProcessNotFound."""
    live, closed = runtime.catalogue.states(reader, process)
    if process is not None and not live and not closed:
        runtime.catalogue.current(reader, process)
    return live, closed


def _matrix_row(runtime: Runtime, reader: Reader, row: Record, suspended: int) -> MatrixRow:
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
        suspended=suspended,
    )


def state_counts(runtime: Runtime, process: str) -> dict[str, int]:
    """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
    found: dict[str, int] = {}
    with runtime.database.read() as reader:
        live, closed = _states_of(runtime, reader, process)
        items = dict(reader.tuples("items_per_state", live=live, closed=closed))
        for version in runtime.catalogue.all_versions(reader, process):
            for state, state_id in zip(version.process.states, version.state_ids, strict=True):
                found[state.name] = found.get(state.name, 0) + items.get(state_id, 0)
    return found


def state_times(runtime: Runtime, process: str) -> dict[str, StateTime]:
    """Return how long items have stayed in the states of the process, over all versions. Raises ProcessNotFound.

    Only stays that are over and still in the history count.
    """
    with runtime.database.read() as reader:
        live, closed = _states_of(runtime, reader, process)
        rows = reader.all("state_times", states=[*live, *closed])
        return {row.name: StateTime(row.name, row.stays, int(row.median) / SECOND) for row in rows}


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
