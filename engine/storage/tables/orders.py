"""Orders and their items."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, flag, identity, number, reference_to, text


class SalesOrder(SQLModel, table=True):
    """An order; ``fingerprint`` is the SHA-256 of what it was placed with, for idempotent placement.

    Store and ``data`` are what amendments have made of it, and ``amended`` is how many there were.
    ``forgotten_at`` is when its personal data was made anonymous.
    """

    __tablename__ = "sales_order"
    id: int = identity()
    reference: str = text(unique=True)
    store_id: int = reference_to("store.id")
    version_id: int = reference_to("process_version.id")
    currency: str | None = text(nullable=True)
    placed_at: int = number()
    fingerprint: str = text()
    data: str = text()
    forgotten_at: int | None = number(nullable=True)
    amended: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class OrderAmendment(SQLModel, table=True):
    """An amendment of an order: what it has changed, before and after, as JSON in ``changes``.

    ``key`` is by what its caller knows it, ``fingerprint`` the SHA-256 of what was asked for: with it the same
    amendment is told from another one. The order may be archived since.
    """

    __tablename__ = "order_amendment"
    __table_args__ = (Index("order_amendment_order", "order_id", "key", unique=True),)
    id: int = identity()
    order_id: int = Field(sa_column=Column(Id, nullable=False))
    key: str | None = text(nullable=True)
    fingerprint: str = text()
    at: int = number()
    actor: str | None = text(nullable=True)
    reason: str | None = text(nullable=True)
    correlation: str = text()
    changes: str = text()


class ClosedItems(SQLModel, table=True):
    """How many more items (or fewer, below zero) stand in a closed state of a store: of one step, or of many.

    ``since`` is when they entered the state, of several steps when the first of them did. Rows are only added and,
    now and then, summed up (``summed`` is then 1), so that nobody who moves items waits for another one's row.
    """

    __tablename__ = "closed_items"
    id: int = identity()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    since: int = number()
    items: int = number()
    summed: int = flag(False)


class Allocation(SQLModel, table=True):
    """That a warehouse was chosen for an item: of how much of it, and why, as JSON.

    ``cause`` is ``placement``, ``event`` or ``rejection``: the warehouse was chosen in place of one that rejected.
    Without a warehouse none was found. A warehouse that has rejected the item says when, and why.
    """

    __tablename__ = "allocation"
    __table_args__ = (Index("allocation_item", "item_id"),)
    id: int = identity()
    item_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    quantity: int = number()
    at: int = number()
    cause: str = text()
    reason: str = text()
    rejected_at: int | None = number(nullable=True)
    rejected_because: str | None = text(nullable=True)
    actor: str | None = text(nullable=True)


class OrderItem(SQLModel, table=True):
    """An order item: where it stands, how often it stepped, and what it contributes to the reservation.

    ``state_id`` names version and state. ``left_at`` is since when it has left the shelf, where that was before it
    entered its state. ``last_run_id`` is the run of its last step. The only index on what
    changes with a move is the one on the state, which PostgreSQL does without: see ``item_state``.

    ``split_from`` is the item of the same line that it was a part of, ``split_run_id`` the run that it went with,
    ``split_quantity`` how much it was then. ``split_start`` is how much of the line lies before it (NULL: nothing).
    ``amended_out`` tells that an amendment has taken it out of the order.
    """

    __tablename__ = "order_item"
    __table_args__ = (
        Index("order_item_order", "order_id"),
        Index("order_item_state", "state_id"),
        Index("order_item_product", "product_id", "store_id"),
        Index("order_item_hold", "hold_until", sqlite_where=Column("hold_until").is_not(None),
              postgresql_where=Column("hold_until").is_not(None)),
        {"postgresql_with": {"fillfactor": "50"}},
    )  # fmt: skip
    id: int = identity()
    order_id: int = reference_to("sales_order.id")
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    product_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    reference: str | None = text(nullable=True)
    line: int = Field(sa_column=Column(Integer, nullable=False))
    quantity: int = number()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    step: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    state_since: int = number()
    last_run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    counted_reserved: int = number(default=0)
    counted_hold: int = number(default=0)
    hold_until: int | None = number(nullable=True)
    left_at: int | None = number(nullable=True)
    split_from: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    split_run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    split_quantity: int | None = number(nullable=True)
    split_start: int | None = number(nullable=True)
    amended_out: int = flag(False)
