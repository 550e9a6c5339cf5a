"""What was suspended, and by whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, identity, number, text


def _id() -> Any:
    return Field(default=None, sa_column=Column(Id, nullable=True))


_ACTIVE = Column("ended_at").is_(None)


class Suspension(SQLModel, table=True):
    """A suspension of an item, an order, a store, or of a process, a version or a state of it, until it has ended.

    What it is of is said once, whatever the number of items: they are found by joining. ``state`` is the name of
    one, in all versions of the process unless ``version_id`` says which. ``last_run`` is the newest run when it
    began: of the parts of a suspended item, those that went later are suspended with it.

    ``actor`` and ``reason`` are of its beginning, ``ended_by`` and ``end_reason`` of its end. ``timeouts`` tells
    what became of timeouts then (``move`` or ``fire``).
    """

    __tablename__ = "suspension"
    __table_args__ = (
        Index("suspension_active", "id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("suspension_item", "item_id"),
        Index("suspension_order", "order_id"),
    )
    id: int = identity()
    item_id: int | None = _id()
    order_id: int | None = _id()
    store_id: int | None = _id()
    process_id: int | None = _id()
    version_id: int | None = _id()
    state: str | None = text(nullable=True)
    since: int = number()
    actor: str | None = text(nullable=True)
    reason: str = text()
    last_run: int = number()
    ended_at: int | None = number(nullable=True)
    ended_by: str | None = text(nullable=True)
    end_reason: str | None = text(nullable=True)
    timeouts: str | None = text(nullable=True)
