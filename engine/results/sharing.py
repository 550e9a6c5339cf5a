"""How warehouses are shared between channel groups, and what balancing changes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class PooledStock:
    """What a warehouse of a warehouse group has of a product; one that is not active counts nothing."""

    warehouse: str
    type: str
    active: bool
    quantity: Decimal
    never_out_of_stock: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AllotmentView:
    """What a channel group may promise of a product (``allotted``), its stores have promised, and is left of it.

    That (``available``) is what the group can sell. A store of it can sell less where inventory options keep
    something back there, or do not let it be sold.
    ``balanced`` is what it could sell when it was last balanced; once it can sell ``threshold`` of that or less, it
    is balanced again. ``weight`` is its part by the strategy.
    """

    channel_group: str
    stores: tuple[str, ...]
    weight: int
    threshold: Decimal
    allotted: Decimal
    reserved: Decimal
    held: Decimal
    available: Decimal
    balanced: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**shown, "stores": list(self.stores)}


@dataclass(frozen=True, slots=True)
class WarehouseGroupView:
    """A warehouse group: what it has of a product, and how that is divided."""

    warehouse_group: str
    strategy: str
    stock: Decimal
    never_out_of_stock: bool
    warehouses: tuple[PooledStock, ...]
    channel_groups: tuple[AllotmentView, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "warehouse_group": self.warehouse_group,
            "strategy": self.strategy,
            "stock": plain(self.stock),
            "never_out_of_stock": self.never_out_of_stock,
            "warehouses": [one.as_dict() for one in self.warehouses],
            "channel_groups": [one.as_dict() for one in self.channel_groups],
        }


@dataclass(frozen=True, slots=True)
class SharingView:
    """How a concrete product is shared: in each warehouse group that is linked to channel groups."""

    sku: str
    warehouse_groups: tuple[WarehouseGroupView, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``sharing show``."""
        return {"sku": self.sku, "warehouse_groups": [group.as_dict() for group in self.warehouse_groups]}


@dataclass(frozen=True, slots=True)
class AllotmentChange:
    """What a channel group could sell of a product before it was balanced, and can since."""

    sku: str
    warehouse_group: str
    channel_group: str
    before: Decimal
    after: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class BalanceReport:
    """What balancing has changed, or would: ``products`` were looked at, ``changed`` allotments are others.

    ``changes`` lists the first of them. ``complete`` is False when a stop was asked for: the rest is as it was.
    """

    products: int
    changed: int
    dry_run: bool
    changes: list[AllotmentChange]
    complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``sharing balance``."""
        return {
            "products": self.products,
            "changed": self.changed,
            "dry_run": self.dry_run,
            "complete": self.complete,
            "changes": [change.as_dict() for change in self.changes],
        }
