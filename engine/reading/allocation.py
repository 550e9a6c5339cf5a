"""Why the items of an order are to come from their warehouses."""

from __future__ import annotations

import json
from collections import defaultdict

from engine.clock import to_datetime
from engine.errors import UnknownOrder
from engine.quantity import to_decimal
from engine.results import AllocatedItem, AllocationView, OrderAllocation
from engine.runtime import Runtime
from engine.storage.database import Record


def allocation(runtime: Runtime, reference: str) -> OrderAllocation:
    """Return the items of an order with what was chosen for them. Raises UnknownOrder."""
    with runtime.database.read() as reader:
        order = reader.first("order_by_reference", reference=reference)
        if order is None:
            raise UnknownOrder(f"there is no order {reference!r}", orders=[reference])
        items = reader.all("order_items", order=order.id)
        places = [runtime.catalogue.place(reader, item.state_id) for item in items]
        chosen: dict[int, list[AllocationView]] = defaultdict(list)
        for row in reader.all("allocations_of_order", reference=reference):
            chosen[row.item_id].append(_view(row))
    return OrderAllocation(
        reference,
        order.store,
        tuple(
            AllocatedItem(
                item=item.id,
                line=item.line,
                sku=item.sku,
                quantity=to_decimal(item.quantity),
                state=place.state.name,
                warehouse=item.warehouse,
                split_from=item.split_from,
                allocations=tuple(chosen[item.id]),
            )
            for item, place in zip(items, places, strict=True)
        ),
    )


def _view(row: Record) -> AllocationView:
    return AllocationView(
        item=row.item_id,
        warehouse=row.warehouse,
        quantity=to_decimal(row.quantity),
        at=to_datetime(row.at),
        cause=row.cause,
        why=json.loads(row.reason),
        rejected_at=None if row.rejected_at is None else to_datetime(row.rejected_at),
        rejected_because=row.rejected_because,
        actor=row.actor,
    )
