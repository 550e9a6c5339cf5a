"""Where messages are published to: how far each sink is, and what it could not take."""

from __future__ import annotations

from sqlmodel import SQLModel

from engine.storage.columns import identity, number, text


class SinkPosition(SQLModel, table=True):
    """A sink that was published to: the sequence of the last message that it took, and how it goes.

    ``stream`` is part of the key of each message, so that those of two databases differ. The lease is that of
    whoever hands messages over; after a failure nothing is tried before ``retry_at``. While ``resend`` is not
    null, the state of every product behind (``resend_abstract``, ``resend_store``) is still to be told;
    ``resends`` counts such rounds. The row with an empty name says that messages are handed to a sink of a
    program as well, which has no position but ``outbox.published_at``. ``order_events`` is the sum of the flags of
    the messages of orders that the sink wants: 1 for placed ones, 2 for items that moved.
    """

    __tablename__ = "sink_position"
    name: str = text(primary_key=True)
    stream: str = text()
    position: int = number(default=0)
    sent_at: int | None = number(nullable=True)
    attempts: int = number(default=0)
    retry_at: int | None = number(nullable=True)
    failing_since: int | None = number(nullable=True)
    error: str | None = text(nullable=True)
    token: int = number(default=0)
    holder: str | None = text(nullable=True)
    lease_until: int | None = number(nullable=True)
    resends: int = number(default=0)
    resend: int | None = number(nullable=True)
    resend_abstract: int = number(default=0)
    resend_store: int = number(default=0)
    order_events: int = number(default=0)


class SinkKept(SQLModel, table=True):
    """A message that a sink can never take, kept aside as it was, with the reason."""

    __tablename__ = "sink_kept"
    id: int = identity()
    sink: str = text()
    message_key: str = text()
    kind: str = text()
    payload: str = text()
    created_at: int = number()
    at: int = number()
    reason: str = text()
