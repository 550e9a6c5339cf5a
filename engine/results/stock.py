"""Stock, availability, and what importing and reconciling came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.codes import Code
from engine.results.foreseen import Foreseen, ImportStop, KeptItems, ReleasedItems
from engine.results.moving import Refusal
from engine.results.plain import plain


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row of a stock file was refused; ``line`` counts from 1 and includes the header.

    ``sku`` is the product that the row names, as far as it can be read: a file that is complete for its warehouses
    does not set what such a row names to 0.
    """

    line: int
    code: Code
    message: str
    sku: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"line": self.line, "code": str(self.code), "message": self.message}


@dataclass(frozen=True, slots=True)
class RowWarning:
    """What is odd about a row of a stock file that is stored all the same; ``line`` as in ``RowRefusal``."""

    line: int
    code: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class ImportReport:
    """What a stock import did.

    ``rows`` counts data rows of the file, ``imported`` the stored ones, ``released`` the items that left the
    reserved states by the stock-update event, ``kept`` the ones that stayed (shipped after the count, claimed
    by somebody, or refused by a condition or command). ``as_of_from`` tells whence the time of the count comes:
    ``given`` by the caller, the ``rows``, the ``file``, whose own time it is, or the ``start`` of the import of a
    stream. ``refused_rows`` is how many rows were refused, of which ``refused`` lists the first ones. ``warnings``
    are rows that are stored otherwise than they say. ``complete`` is False when a stop was asked for: the rest
    follows when the same file is imported again.

    ``feed`` and ``kind`` are those of the source. ``stopped`` tells that nothing is stored because a guard does not
    believe the file. ``already_applied`` tells when this delivery of deltas was applied: nothing was done now.
    ``skipped`` counts rows that are none of the feed's, ``changed`` the numbers of stock that differ since,
    ``zeroed`` those that came to be 0 because a whole file does not name them (of what is available, those of which
    nothing was promised), ``later`` the counts to which deltas were added that were stored before and are later.
    ``released_items`` and ``kept_items`` tell of ``released`` and ``kept`` by process and
    state. Of a ``dry_run`` all of it is what
    would be; ``foreseen`` tells what would change, and nothing is stored.
    """

    as_of: datetime
    rows: int = 0
    imported: int = 0
    released: int = 0
    kept: int = 0
    refused: list[RowRefusal] = field(default_factory=list)
    blocked: list[Refusal] = field(default_factory=list)
    failed: list[Refusal] = field(default_factory=list)
    resumed: bool = False
    complete: bool = True
    note: str | None = None
    as_of_from: str = "given"
    warnings: list[RowWarning] = field(default_factory=list)
    refused_rows: int = 0
    feed: str | None = None
    kind: str = "on_hand"
    skipped: int = 0
    changed: int = 0
    zeroed: int = 0
    later: int = 0
    released_items: list[ReleasedItems] = field(default_factory=list)
    kept_items: list[KeptItems] = field(default_factory=list)
    stopped: ImportStop | None = None
    already_applied: datetime | None = None
    dry_run: bool = False
    foreseen: Foreseen | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``stock import``."""
        shown = {
            n: plain(getattr(self, n))
            for n in (
                "as_of",
                "as_of_from",
                "rows",
                "imported",
                "released",
                "kept",
                "refused_rows",
                "resumed",
                "complete",
                "note",
                "feed",
                "kind",
                "skipped",
                "changed",
                "zeroed",
                "later",
                "already_applied",
                "dry_run",
            )
        }
        lists = {
            n: [r.as_dict() for r in getattr(self, n)]
            for n in ("refused", "warnings", "blocked", "failed", "released_items", "kept_items")
        }
        single = {
            name: None if value is None else value.as_dict()
            for name, value in (("stopped", self.stopped), ("foreseen", self.foreseen))
        }
        return {**shown, **lists, **single}


@dataclass(frozen=True, slots=True)
class StockView:
    """The stock of a concrete product in one warehouse; ``counted_at`` is the time of the latest count.

    ``file`` and ``line`` are those of the import that last changed the number, with the ``feed`` that it was of, if
    any. A later count of the same number leaves them as they are. A line is None where no row of the file names it.
    ``unit`` is what it is counted in, None where the topology tells nothing of it, and ``decimals`` how many a
    quantity of it may have.
    """

    sku: str
    warehouse: str
    active: bool
    quantity: Decimal
    never_out_of_stock: bool
    counted_at: datetime | None
    feed: str | None = None
    file: str | None = None
    line: int | None = None
    unit: str | None = None
    decimals: int = 6

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StockPage:
    """Some rows of stock; ``next`` is what the following page comes after, None at the end."""

    stock: tuple[StockView, ...]
    next: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``stock list``."""
        return {"stock": [row.as_dict() for row in self.stock], "next": self.next}


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What can be sold of a product in a store: ``available`` = max(0, stock - reserved - held), less what its
    options keep back and with the backorders that they allow.

    ``reserved`` and ``held`` include what stores count that share reservations with this one.
    ``shortfall`` is what is promised above the stock. ``abstract`` rows sum up their concrete products.
    ``terms`` is filled by *explain*: every warehouse, own and shared reservation and hold behind the numbers.
    ``known`` is False for a sku that no product has, asked for among others that are known: all its amounts are 0.

    ``level`` is stock - reserved - held, below zero by backorders, and None where no active warehouse of the
    store has ever counted the product. ``status`` is ``in_stock``, ``out_of_stock``, ``discontinued`` or, of what
    is not known, ``unknown``. The rest is for the storefront: whether to show the product, whether its level is
    ``low``, whether it is ``upcoming`` and from when; ``label`` is what of it to show: ``upcoming``,
    ``low_inventory`` or the status.
    """

    sku: str
    store: str
    stock: Decimal
    reserved: Decimal
    held: Decimal
    available: Decimal
    never_out_of_stock: bool
    shortfall: Decimal
    abstract: bool = False
    terms: tuple[Mapping[str, Any], ...] | None = None
    known: bool = True
    level: Decimal | None = None
    status: str = "unknown"
    label: str = "unknown"
    visible: bool = True
    low: bool = False
    upcoming: bool = False
    availability_date: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``availability``."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "terms"}
        if self.terms is not None:
            shown["terms"] = [{key: plain(value) for key, value in term.items()} for term in self.terms]
        return shown


@dataclass(frozen=True, slots=True)
class ShortfallOrder:
    """What an order has promised of a product that is short; ``store`` is its own, which may be one that shares."""

    reference: str
    store: str
    items: int
    reserved: Decimal
    held: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A product of which a store promises more than there is, with the newest orders behind it.

    The numbers are those that ``availability`` tells of it; ``order_count`` is how many orders there are in all,
    and ``cart_count`` how many carts hold some of it.
    """

    sku: str
    store: str
    stock: Decimal
    reserved: Decimal
    held: Decimal
    shortfall: Decimal
    order_count: int
    orders: tuple[ShortfallOrder, ...]
    cart_count: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``shortfalls``."""
        shown = {name: plain(getattr(self, name)) for name in self.__slots__ if name != "orders"}
        return {**shown, "orders": [order.as_dict() for order in self.orders]}


@dataclass(frozen=True, slots=True)
class Drift:
    """A stored number that differs from its recomputation. ``what`` names it: reserved, held, available ...

    ``warehouse`` is told of what is promised at a single one.
    """

    store: str
    sku: str
    what: str
    stored: Decimal
    expected: Decimal
    warehouse: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        told = {name: plain(getattr(self, name)) for name in self.__slots__}
        if self.warehouse is None:
            del told["warehouse"]
        return told


@dataclass(frozen=True, slots=True)
class StateDrift:
    """A closed state of which another number of items is kept (``stored``) than there are (``expected``)."""

    process: str
    version: str
    state: str
    stored: int
    expected: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class ReconcileReport:
    """What ``reservation reconcile`` compared and repaired; ``items`` are items whose own record is wrong.

    ``states`` are closed states that a full run found miscounted.
    """

    checked: int = 0
    drift: list[Drift] = field(default_factory=list)
    items: int = 0
    repaired: int = 0
    states: list[StateDrift] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """How many amounts, items and states are wrong in all."""
        return len(self.drift) + self.items + len(self.states)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "checked": self.checked,
            "drift": [row.as_dict() for row in self.drift],
            "items": self.items,
            "states": [row.as_dict() for row in self.states],
            "repaired": self.repaired,
        }


@dataclass(frozen=True, slots=True)
class TopologyReport:
    """What ``topology apply`` created, changed and left; ``warnings`` name what was completed or looks odd.

    ``changes`` tells in words what differs; of a dry run, what would.
    """

    stores: int
    warehouses: int
    abstracts: int
    products: int
    changed: int
    warnings: tuple[str, ...] = ()
    dry_run: bool = False
    changes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: plain(getattr(self, name)) for name in self.__slots__}
