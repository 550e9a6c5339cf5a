"""Orders that are over and archived: out of the way of those that are not, and with all that is shown of them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, flag, key, number, text


class ArchivedOrder(SQLModel, table=True):
    """An order that was moved here, named as in ``sales_order``; its items are all closed since ``closed_at``."""

    __tablename__ = "archived_order"
    __table_args__ = (
        Index("archived_order_closed", "closed_at"),
        Index("archived_order_known", "closed_at", "id", sqlite_where=Column("forgotten_at").is_(None),
              postgresql_where=Column("forgotten_at").is_(None)),
    )  # fmt: skip
    id: int = key()
    reference: str = text(unique=True)
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    version_id: int = Field(sa_column=Column(Id, nullable=False))
    currency: str | None = text(nullable=True)
    placed_at: int = number()
    fingerprint: str = text()
    data: str = text()
    closed_at: int = number()
    archived_at: int = number()
    forgotten_at: int | None = number(nullable=True)
    amended: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class ArchivedItem(SQLModel, table=True):
    """An item of an archived order, named as in ``order_item``; it counts nothing."""

    __tablename__ = "archived_item"
    __table_args__ = (Index("archived_item_order", "order_id"),)
    id: int = key()
    order_id: int = Field(sa_column=Column(Id, nullable=False))
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    product_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    reference: str | None = text(nullable=True)
    line: int = Field(sa_column=Column(Integer, nullable=False))
    quantity: int = number()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))
    state_since: int = number()
    last_run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    left_at: int | None = number(nullable=True)
    split_from: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    split_run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    split_quantity: int | None = number(nullable=True)
    split_start: int | None = number(nullable=True)
    amended_out: int = flag(False)


class ArchivedHistory(SQLModel, table=True):
    """Which archived items took part in a run, as in ``item_history``; runs stay where they are."""

    __tablename__ = "archived_history"
    __table_args__ = ({"sqlite_with_rowid": False},)
    item_id: int = key()
    run_id: int = key()
