"""What is told of orders that were placed: a message for each, and for each item that went on at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.inventory.messages import to_json
from engine.inventory.order_events import (
    FLAGS,
    ITEM_MOVED,
    ORDER_PLACED,
    item_told,
    moved_shared,
    placed_message,
)
from engine.operations.order_names import Asked
from engine.operations.placing import Batch, PlacedOrder
from engine.storage.database import Work


def tell_placed(work: Work, batch: Batch, orders: Sequence[PlacedOrder], wanted: int) -> None:
    """Put what is wanted of the messages into the outbox, order by order; one statement."""
    messages = [
        [kind, payload]
        for placed in orders
        for kind, payload in _messages(placed, batch.asked[placed.order.position])
        if wanted & FLAGS[kind]
    ]
    if messages:
        work.run("tell_placed", messages=messages, now=work.now)


def _messages(placed: PlacedOrder, asked: Asked) -> Iterator[tuple[str, str]]:
    order, request = placed.order, placed.order.request
    items = [
        item_told(item, line, reference, wanted.sku, quantity)
        for line, (item, wanted, (_, _, reference, quantity)) in enumerate(
            zip(placed.items, request.items, order.lines, strict=True), start=1
        )
    ]
    process = order.version.name
    yield (
        ORDER_PLACED,
        placed_message(
            reference=request.reference,
            store=request.store,
            process=process,
            currency=request.currency,
            state=order.arrival.initial.name,
            at=placed.placed_at,
            correlation=asked.correlation,
            actor=asked.actor,
            items=items,
        ),
    )
    for step in order.arrival.steps:
        shared = moved_shared(
            process=process,
            source=step.source.name,
            target=step.target.name,
            event=step.event.name,
            trigger="on-enter",
            at=placed.placed_at,
            correlation=asked.correlation,
            actor=asked.actor,
        )
        own = {"reference": request.reference, "store": request.store}
        for item in items:
            yield ITEM_MOVED, to_json({**shared, **own, **item, "split_from": None})
