"""Carts whose pieces are held before there is an order."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, identity, number, reference_to, text


class CartHold(SQLModel, table=True):
    """The hold of a cart; ``fingerprint`` is the SHA-256 of its content, so that a repeated call is known.

    ``outcome`` tells why it ended: ``placed``, ``released`` or ``expired``; it is open as long as there is none.
    ``order_id`` is the order that it has become.
    """

    __tablename__ = "cart_hold"
    __table_args__ = (
        Index("cart_hold_open", "hold_until", sqlite_where=Column("ended_at").is_(None),
              postgresql_where=Column("ended_at").is_(None)),
    )  # fmt: skip
    id: int = identity()
    reference: str = text(unique=True)
    store_id: int = reference_to("store.id")
    taken_at: int = number()
    hold_until: int = number()
    ended_at: int | None = number(nullable=True)
    outcome: str | None = text(nullable=True)
    order_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    fingerprint: str = text()


class CartHoldLine(SQLModel, table=True):
    """A line of a cart, and what it holds now: its quantity, or nothing once the hold has ended.

    What counts is named as in ``order_item``. ``hold_until`` is that of the hold, NULL once it has ended.
    """

    __tablename__ = "cart_hold_line"
    __table_args__ = (
        Index("cart_hold_line_product", "product_id", sqlite_where=Column("counted_hold") != 0,
              postgresql_where=Column("counted_hold") != 0),
        Index("cart_hold_line_until", "hold_until", sqlite_where=Column("hold_until").is_not(None),
              postgresql_where=Column("hold_until").is_not(None)),
        {"sqlite_with_rowid": False},
    )  # fmt: skip
    hold_id: int = Field(
        sa_column=Column(Id, ForeignKey("cart_hold.id", ondelete="CASCADE"), primary_key=True)
    )
    line: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    product_id: int = Field(sa_column=Column(Id, nullable=False))
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    quantity: int = number()
    counted_hold: int = number(default=0)
    hold_until: int | None = number(nullable=True)
