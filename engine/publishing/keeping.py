"""What people are shown of sinks, and what they do with what is kept aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from engine.clock import SECOND, to_datetime
from engine.errors import InputError, NotFound
from engine.hooks import NamedSink, NotTaken, PartlyTaken
from engine.inventory.messages import AVAILABILITY, from_json
from engine.inventory.order_events import is_wanted
from engine.inventory.outbox import Message
from engine.publishing.position import begin, position_of
from engine.results import SinkMessage, SinkState
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work
from engine.versions.names import note_change

CHUNK = 500
"""How many messages that are kept aside are looked at at once."""


def sink_states(runtime: Runtime) -> list[SinkState]:
    """Return how far every sink is that was ever published to."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        return states_at(reader, now)


def states_at(reader: Reader, now: int) -> list[SinkState]:
    """Return how far every sink is at a time."""
    waiting = {row.name: row for row in reader.all("sink_waiting")}
    return [_state(row, waiting[row.name], now) for row in reader.all("sink_positions")]


def _state(row: Record, waits: Record, now: int) -> SinkState:
    lag = 0 if waits.oldest is None else max(0, now - int(waits.oldest))
    return SinkState(
        sink=row.name,
        position=int(row.position),
        waiting=int(waits.waiting),
        lag_s=lag / SECOND,
        kept=int(waits.kept),
        sent_at=_time(row.sent_at),
        resending=row.resend is not None,
        attempts=int(row.attempts),
        failing_since=_time(row.failing_since),
        retry_at=_time(row.retry_at),
        error=row.error,
    )


def _time(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)


def resend(runtime: Runtime, named: NamedSink) -> None:
    """Have the sink told the state of every product; it is done by whoever hands messages over next.

    Raises InputError for a sink that wants no messages of availability: nothing else has a state to be told anew.
    """
    if not is_wanted(AVAILABILITY, named.kinds):
        raise InputError(
            f"the sink {named.name!r} does not want messages of the kind {AVAILABILITY!r}, and only the state of "
            "products can be told anew: a message of an order tells what happened once",
            remedy=f"Add {AVAILABILITY!r} to its 'kinds'. How orders stand now is told by 'earmark order list'.",
            sink=named.name,
        )
    begin(runtime, named)
    runtime.database.transact(partial(_resend, named.name))


def _resend(name: str, work: Work) -> None:
    work.run("sink_resend", name=name)


def kept(runtime: Runtime, name: str | None = None) -> list[SinkMessage]:
    """Return the messages that sinks can never take, oldest first; of one sink or of all. Raises NotFound."""
    with runtime.database.read() as reader:
        if name is not None:
            _known(reader, name)
        return [message for rows in _pages(reader, name) for message in map(_shown, rows)]


def _pages(reader: Reader, name: str | None) -> Sequence[Sequence[Record]]:
    pages, after = [], 0
    while rows := reader.all("sink_kept", after=after, sink=name, size=CHUNK):
        pages.append(rows)
        after = rows[-1].id
    return pages


def _shown(row: Record) -> SinkMessage:
    return SinkMessage(
        id=row.id,
        sink=row.sink,
        key=row.message_key,
        kind=row.kind,
        payload=from_json(row.payload),
        created_at=to_datetime(row.created_at),
        kept_at=to_datetime(row.at),
        reason=row.reason,
    )


def again(runtime: Runtime, named: NamedSink) -> tuple[int, int]:
    """Hand the sink once more what is kept aside for it; return how many it took, and how many stay.

    Each is handed over by itself. They come after newer messages: whoever takes them keeps the highest version.
    """
    taken = left = 0
    for message in kept(runtime, named.name):
        if _taken(named, Message(0, message.kind, message.payload, message.key, message.created_at)):
            runtime.database.transact(partial(_unkeep, [message.id]))
            taken += 1
        else:
            left += 1
    return taken, left


def _taken(named: NamedSink, message: Message) -> bool:
    try:
        return named.sink.publish([message]) != 0
    except (NotTaken, PartlyTaken):
        return False


def drop(runtime: Runtime, name: str) -> int:
    """Forget what is kept aside for the sink; return how many messages that were. Raises NotFound."""
    found = [message.id for message in kept(runtime, name)]
    runtime.database.transact(partial(_unkeep, found))
    return len(found)


def _unkeep(messages: Sequence[int], work: Work) -> None:
    work.run("sink_unkeep", kept=list(messages))


def forget(runtime: Runtime, name: str) -> None:
    """Forget a sink that is published to no longer, with what waits and is kept aside. Raises NotFound."""
    runtime.database.transact(partial(_forget, name))


def _forget(name: str, work: Work) -> None:
    row = _known(work, name)
    work.run("sink_forget", name=name)
    if row.order_events:  # nothing is written for it any more
        note_change(work)
    work.run("sink_forget_kept", name=name)


def _known(reader: Reader, name: str) -> Record:
    row = position_of(reader, name)
    if row is None:
        from engine.definition import did_you_mean

        names = [str(row.name) for row in reader.all("sink_positions")]
        raise NotFound(
            f"there is no sink {name!r}.{did_you_mean(name, names)}",
            remedy="'earmark sink list' shows the sinks.",
            sink=name,
        )
    return row
