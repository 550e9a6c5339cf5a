"""The sequence of messages: the order in which every sink is handed them.

The ids of the outbox are no such order: a transaction that began earlier may be committed later, with lower ids,
and a sink that had gone on would pass its messages over. So messages get a place once they are committed, by one
at a time. What tells of one product is written with its rows locked: its messages have their places in the order
of the changes.
"""

from __future__ import annotations

from functools import partial

from engine.runtime import Runtime
from engine.storage.database import Work

CHUNK = 10_000
"""How many messages get their places in one transaction."""


def give_places(runtime: Runtime) -> None:
    """Give every committed message a place in the sequence that has none yet."""
    while runtime.database.transact(partial(_give, CHUNK)) == CHUNK:
        pass


def _give(size: int, work: Work) -> int:
    work.scalar("publishing_alone")
    return int(work.changed("sequence_give", last=int(work.scalar("sequence_last")), size=size))
