"""The state of products as messages of availability: what somebody is told who begins to listen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.clock import to_datetime
from engine.inventory.messages import AVAILABILITY, availability_events
from engine.inventory.outbox import Message
from engine.runtime import Runtime
from engine.storage.database import Record


class State(NamedTuple):
    """What is told of an abstract product in a store, and their ids, behind which the next one stands."""

    message: Message
    place: tuple[int, int]


def states_after(runtime: Runtime, sink: Record, place: tuple[int, int], size: int) -> Sequence[State]:
    """Return the next states behind an (abstract product, store), of one moment; one statement.

    A state is an event of availability as it would be published now, with ``_state`` and the version that its
    product has: an event that is told later has a higher one, or tells the same.
    """
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        rows = reader.all("sink_state", abstract=place[0], store=place[1], size=size)
    return [
        State(
            Message(
                id=0,
                kind=AVAILABILITY,
                payload={**event, "_state": True},
                key=f"{sink.stream}-s{sink.resends}-{event['id_availability_abstract']}-{event['_version']}",
                at=to_datetime(now),
            ),
            (event["id_product_abstract"], event["fk_store"]),
        )
        for event in availability_events(rows, now)
    ]
