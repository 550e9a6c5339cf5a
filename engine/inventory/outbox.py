"""Publishing what was committed: messages go to a sink in order, each at least once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import FileUnreadable
from engine.hooks import OutboxMessage, Sink
from engine.inventory.messages import from_json, to_json
from engine.runtime import Runtime
from engine.storage.database import Work

BATCH = 500
"""How many messages are handed to the sink at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is handed to a sink. Numbers in the payload that are not whole are Decimal."""

    id: int
    kind: str
    payload: Mapping[str, Any]


class JsonLinesSink:
    """Appends every message to a file as one line of JSON, on disk before it counts as published.

    A line is the payload with ``_kind`` and ``_id`` added; a message seen again after a crash has the same
    ``_id``. Raises FileUnreadable when the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Append the messages and wait until they are on disk."""
        lines = [{**message.payload, "_kind": message.kind, "_id": message.id} for message in messages]
        text = "".join(f"{to_json(line)}\n" for line in lines)
        try:
            with self.path.open("ab+") as file:
                # A crash may have left half a line: the next one must not continue it.
                file.write((b"\n" if _torn(file) else b"") + text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise FileUnreadable(f"{self.path} cannot be written: {error.strerror}") from None


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
        sink.publish([Message(row.id, row.kind, from_json(row.payload)) for row in rows])
        ids = [row.id for row in rows]
        runtime.database.transact(partial(_mark_published, ids))
        published += len(ids)
        after = ids[-1]
    return published


def _mark_published(ids: Sequence[int], work: Work) -> None:
    work.run("outbox_published", messages=list(ids), now=work.now)


def _torn(file: Any) -> bool:
    end = file.seek(0, os.SEEK_END)
    if not end:
        return False
    file.seek(end - 1)
    return bool(file.read(1) != b"\n")
