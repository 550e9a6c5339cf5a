"""What users ask about orders and items: where they stand, what can be done, and how they came there."""

from __future__ import annotations

import json

from engine.clock import to_datetime
from engine.errors import UnknownItem, UnknownOrder
from engine.execution.selecting import possible_id
from engine.quantity import to_decimal
from engine.results import HistoryEntry, ItemView, ManualEvent, MatrixRow, OrderView, StuckItem
from engine.runtime import Runtime
from engine.storage.database import Reader


def order(runtime: Runtime, reference: str, *, existing: bool = False) -> OrderView:
    """Return the stored order. Raises UnknownOrder."""
    with runtime.database.read() as reader:
        row = reader.first("order_by_reference", reference=reference)
        if row is None:
            raise UnknownOrder(f"there is no order {reference!r}", orders=[reference])
        version = runtime.catalog.version(reader, row.version_id)
        return OrderView(
            reference=row.reference,
            store=row.store,
            process=version.name,
            version=version.process.version,
            currency=row.currency,
            placed_at=to_datetime(row.placed_at),
            items=_items(runtime, reader, row.id),
            existing=existing,
        )


def _items(runtime: Runtime, reader: Reader, order_id: int) -> tuple[ItemView, ...]:
    views = []
    for row in reader.all("order_items", order=order_id):
        state = runtime.catalog.place(reader, row.state_id).state
        views.append(
            ItemView(
                id=row.id,
                reference=row.reference,
                sku=row.sku,
                quantity=to_decimal(row.quantity),
                state=state.name,
                display=state.display,
                reserved=state.reserved,
                held=row.counted_hold > 0,
                state_since=to_datetime(row.state_since),
                warehouse=row.warehouse,
            )
        )
    return tuple(views)


def order_events(runtime: Runtime, reference: str) -> list[ManualEvent]:
    """Return the events that some item of the order can take now, in the order of the process."""
    with runtime.database.read() as reader:
        row = reader.first("order_by_reference", reference=reference)
        if row is None:
            raise UnknownOrder(f"there is no order {reference!r}", orders=[reference])
        found: dict[str, tuple[bool, list[int], list[str]]] = {}
        for item in reader.all("order_items", order=row.id):
            place = runtime.catalog.place(reader, item.state_id)
            for event in place.version.process.state_events(place.state.index):
                _, items, states = found.setdefault(event.name, (event.manual, [], []))
                items.append(item.id)
                if place.state.name not in states:
                    states.append(place.state.name)
    return [ManualEvent(n, manual, tuple(items), tuple(s)) for n, (manual, items, s) in found.items()]


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
    """Return the items whose automatic step, timeout or eventless transitions are not tried any more."""
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


def history(runtime: Runtime, item: int) -> list[HistoryEntry]:
    """Return every step of the item, oldest first. Raises UnknownItem."""
    with runtime.database.read() as reader:
        if not possible_id(item) or reader.first("item_exists", item=item) is None:
            raise UnknownItem(f"there is no order item {item}", items=[item])
        return [
            HistoryEntry(
                at=to_datetime(row.at),
                trigger=row.trigger,
                event=row.event,
                source=_state_name(runtime, reader, row.source_id),
                target=_state_name(runtime, reader, row.target_id),
                outcome=row.outcome,
                command=row.command,
                conditions=json.loads(row.conditions) if row.conditions else {},
                error=row.error,
                duration_ms=None if row.duration_us is None else row.duration_us / 1000,
                host=row.host,
                correlation=row.correlation,
                actor=row.actor,
                reason=row.reason,
            )
            for row in reader.all("item_runs", item=item)
        ]


def _state_name(runtime: Runtime, reader: Reader, state_id: int | None) -> str | None:
    return None if state_id is None else runtime.catalog.place(reader, state_id).state.name
