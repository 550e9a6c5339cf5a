"""Publishing what was committed: messages go to a sink in order, each at least once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from engine.clock import to_datetime
from engine.hooks import Sink
from engine.inventory.messages import from_json
from engine.runtime import Runtime
from engine.storage.database import Record, Work

BATCH = 500
"""How many messages are handed to the sink at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is handed to a sink. Numbers in the payload that are not whole are Decimal."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    key: str
    at: datetime


def message_of(row: Record, stream: str = "") -> Message:
    """Return the message of a row of the outbox; ``stream`` tells it from those of other databases."""
    key = f"{stream}-{row.id}" if stream else str(row.id)
    return Message(row.id, row.kind, from_json(row.payload), key, to_datetime(row.created_at))


def publish(runtime: Runtime, sink: Sink) -> int:
    """Hand every message that is not published yet to the sink, oldest first; return how many.

    Nothing is claimed: a message counts as published when the sink has returned, so after a crash, or with
    two publishers at once, a sink sees a message again. What the sink raises ends the run; what it took
    before stays published.
    """
    published, after = 0, 0
    while not runtime.stop():
        with runtime.database.read() as reader:
            rows = reader.all("outbox_open", after=after, size=BATCH)
        if not rows:
            break
        taken = sink.publish(list(map(message_of, rows)))
        ids = [row.id for row in rows][:taken]
        if not ids:
            break
        runtime.database.transact(partial(_mark_published, ids))
        published += len(ids)
        after = ids[-1]
    return published


def _mark_published(ids: Sequence[int], work: Work) -> None:
    work.run("outbox_published", messages=list(ids), now=work.now)
    work.run("outbox_published_by_program")
