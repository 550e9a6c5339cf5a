"""What applying a topology would change, and what it would mean for stock, reservations and who waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from engine.results.plain import plain

TopologyValue: TypeAlias = "str | int | float | bool | tuple[str, ...] | None"
"""What a key of a topology says: a name, a truth, a number, or names in order."""


@dataclass(frozen=True, slots=True)
class TopologyChange:
    """One thing that would be made or changed: by its name, and by the key that says it as a file does.

    ``kind`` is ``added`` or ``changed``; applying takes nothing away but what a list of a store no longer names,
    which is a change of the store. ``field`` is None of what is added. ``old`` is None where there was nothing;
    of what is added, ``new`` is what it belongs to: the abstract product of a concrete one.
    """

    kind: Literal["added", "changed"]
    what: str
    name: str
    field: str | None
    old: TopologyValue
    new: TopologyValue

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """An amount in sales units, or a number of products: now, and once the topology is applied."""

    before: Decimal | int
    after: Decimal | int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ProductEffect:
    """What would become of one product in a store, in sales units.

    ``effect`` is ``sells_out``, ``becomes_sellable`` or ``becomes_short``; of what is short, ``before`` and
    ``after`` tell by how much, of the others what is available.
    """

    effect: Literal["sells_out", "becomes_sellable", "becomes_short"]
    sku: str
    before: Decimal
    after: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StoreEffect:
    """What would become of the numbers of a store of this database, over all products; in sales units.

    ``stock`` is what its active warehouses have, ``reserved`` and ``held`` count with those of the stores that
    share, without holds whose time is over. ``sellable`` and ``short`` are numbers of products. ``products`` are
    the first ones of which something becomes of note.
    """

    store: str
    stock: BeforeAfter
    reserved: BeforeAfter
    held: BeforeAfter
    available: BeforeAfter
    sellable: BeforeAfter
    short: BeforeAfter
    sells_out: int
    becomes_sellable: int
    becomes_short: int
    products: tuple[ProductEffect, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        amounts = ("stock", "reserved", "held", "available", "sellable", "short")
        numbers = ("sells_out", "becomes_sellable", "becomes_short")
        return {
            "store": self.store,
            **{name: getattr(self, name).as_dict() for name in amounts},
            **{name: getattr(self, name) for name in numbers},
            "products": [one.as_dict() for one in self.products],
        }


@dataclass(frozen=True, slots=True)
class Dependence:
    """What rests on something that would go away.

    ``what`` is ``warehouse`` (``store`` would no longer sell from the warehouse ``name``), ``sharing`` (``store``
    would no longer heed what ``name`` promises), ``store`` (``name`` would belong to another database),
    ``closing`` (the store ``name`` would be closed) or ``product`` (the product ``name`` would be withdrawn). Of
    sharing the numbers are what ``name`` promises, of all others they are of the store's live items
    and its carts that name it or are in it. Quantities are in sales units.
    """

    what: Literal["warehouse", "sharing", "store", "closing", "product"]
    store: str
    name: str
    items: int = 0
    carts: int = 0
    reserved: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    orders: tuple[str, ...] = ()
    cart_references: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class WithdrawReport:
    """What became of a product, a warehouse or a store that was to be withdrawn or taken back, or would.

    ``withdrawn`` is how it is then, ``changed`` whether it was otherwise before. ``depends`` are the live items and
    carts that go on, ``short`` is how many products, store by store, it would leave promised above their stock,
    ``stock`` what lies there, or of the product, in sales units; ``mentions`` are rules and feeds that name it.
    """

    what: str
    name: str
    withdrawn: bool
    changed: bool
    dry_run: bool = False
    depends: tuple[Dependence, ...] = ()
    short: int = 0
    stock: Decimal = Decimal(0)
    mentions: tuple[str, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether something that is alive depends on it, so that it is withdrawn only by force."""
        return bool(self.short) or any(one.items or one.carts for one in self.depends)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        told = {name: plain(getattr(self, name)) for name in self.__slots__}
        return {**told, "depends": [one.as_dict() for one in self.depends], "needed": self.needed}


@dataclass(frozen=True, slots=True)
class RenameReport:
    """The name of a product now, and all that it had before, which still mean it; ``changed``: it had another."""

    old: str
    new: str
    changed: bool
    aliases: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    """Rules that name the product by a name of before: they go on to mean it."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What is stored and the topology does not name: it stays as it is."""

    warehouses: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    products: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class TopologyDiff:
    """What applying a topology would change, as of now, and what that means; nothing is changed."""

    changes: tuple[TopologyChange, ...] = ()
    stores: tuple[StoreEffect, ...] = ()
    depends: tuple[Dependence, ...] = ()
    unnamed: Unnamed = Unnamed()
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "changes": [one.as_dict() for one in self.changes],
            "stores": [one.as_dict() for one in self.stores],
            "depends": [one.as_dict() for one in self.depends],
            "unnamed": self.unnamed.as_dict(),
            "warnings": list(self.warnings),
        }
