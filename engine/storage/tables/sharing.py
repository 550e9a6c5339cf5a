"""Warehouse groups, channel groups, and how much of the stock of the one is for which of the others."""

from __future__ import annotations

from sqlmodel import SQLModel

from engine.storage.columns import identity, key, number, reference_to, text


class WarehouseGroup(SQLModel, table=True):
    """Warehouses whose stock is added up. ``strategy`` tells how it is divided between channel groups."""

    __tablename__ = "warehouse_group"
    id: int = identity()
    name: str = text(unique=True)
    strategy: str = text()


class ChannelGroup(SQLModel, table=True):
    """Stores that sell from one allotment, of one warehouse group.

    ``position`` is its place there, ``weight`` its weight or share, ``threshold`` is in millionths.
    """

    __tablename__ = "channel_group"
    id: int = identity()
    name: str = text(unique=True)
    warehouse_group_id: int = reference_to("warehouse_group.id")
    position: int = number()
    weight: int = number()
    threshold: int = number()


class Allotment(SQLModel, table=True):
    """How much of a product a channel group may promise in all; those of a warehouse group add up to its stock.

    ``balanced`` is what could be sold of it when it was last balanced, ``trigger_level`` the rest at which it is
    balanced again.
    """

    __tablename__ = "allotment"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": "50"}},)
    product_id: int = key()
    channel_group_id: int = key()
    quantity: int = number()
    balanced: int = number()
    trigger_level: int = number()


class ChannelDemand(SQLModel, table=True):
    """What was ordered of a product in a channel group lately, as it was measured last."""

    __tablename__ = "channel_demand"
    __table_args__ = ({"sqlite_with_rowid": False},)
    product_id: int = key()
    channel_group_id: int = key()
    quantity: int = number()


class SharingRules(SQLModel, table=True):
    """The section ``sharing`` of the rules as it was applied last, as JSON; one row at most."""

    __tablename__ = "sharing_rules"
    id: int = key()
    rules: str = text()
    applied_at: int = number()
