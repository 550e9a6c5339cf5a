"""The exchange of reservations with other databases: who this one is, what it sent, and what it was told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer
from sqlmodel import Field, SQLModel

from engine.storage.columns import flag, identity, key, number, text


class ExchangeSelf(SQLModel, table=True):
    """Who this database is to others: one row. A restore or a resync begins a new, higher epoch."""

    __tablename__ = "exchange_self"
    id: int = key()
    origin: str = text()
    epoch: int = number()


class ExchangePeer(SQLModel, table=True):
    """Another database that was heard of: its latest epoch, and when it was heard of last."""

    __tablename__ = "exchange_peer"
    origin: str = text(primary_key=True)
    epoch: int = number()
    heard_at: int = number()


class ExchangeStore(SQLModel, table=True):
    """A store of another database: which one told of it first, and the latest that was told."""

    __tablename__ = "exchange_store"
    store: str = text(primary_key=True)
    origin: str = text()
    last_version: int = number()
    told_at: int = number()
    imported_at: int = number()


class ExchangeTold(SQLModel, table=True):
    """The newest that another database told of a (store, sku), whether both are known here or not.

    ``waiting`` is 1 until the reservation of the store says the same: a store or product may not be known yet, and
    a decrease waits for the stock count that caused it.
    """

    __tablename__ = "exchange_told"
    __table_args__ = (
        Index("exchange_told_waiting", "store", "sku", sqlite_where=Column("waiting") == 1,
              postgresql_where=Column("waiting") == 1),
    )  # fmt: skip
    store: str = text(primary_key=True)
    sku: str = text(primary_key=True)
    bucket: int = Field(sa_column=Column(Integer, nullable=False))
    origin: str = text()
    epoch: int = number()
    version: int = number()
    reserved: int = number()
    held: int = number()
    counted_at: int | None = number(nullable=True)
    told_at: int = number()
    waiting: int = flag(True)


class ExchangeChannel(SQLModel, table=True):
    """A way to another database: when something was sent there and acknowledged, and when it is compared next."""

    __tablename__ = "exchange_channel"
    channel: str = text(primary_key=True)
    sent_at: int | None = number(nullable=True)
    acknowledged_at: int | None = number(nullable=True)
    unanswered: int = number(default=0)
    digest_at: int = number(default=0)


class ExchangeSent(SQLModel, table=True):
    """A message that was sent and is not acknowledged yet; ``pairs`` is JSON of [product, store, version]."""

    __tablename__ = "exchange_sent"
    id: str = text(primary_key=True)
    channel: str = text()
    sent_at: int = number()
    rows: int = number()
    pairs: str = text()


class ExchangeAnswer(SQLModel, table=True):
    """What is to be sent to another database besides changes: acknowledgements and what it asked for."""

    __tablename__ = "exchange_answer"
    id: int = identity()
    origin: str = text()
    kind: str = text()
    payload: str = text()
    created_at: int = number()


class ExchangeRefused(SQLModel, table=True):
    """A message that could not be taken, as it came, with the reason; never lost."""

    __tablename__ = "exchange_refused"
    id: int = identity()
    at: int = number()
    reason: str = text()
    message: str = text()
    channel: str = text()
    body: str = text()
