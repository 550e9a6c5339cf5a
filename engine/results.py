"""What the engine answers: plain values, the same for Python callers and the command line.

Quantities are ``decimal.Decimal``, times are aware UTC datetimes; ``as_dict`` of each value is the JSON that
``--json`` prints (quantities as plain decimal strings, times as ISO 8601 with Z).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item (or line) was not done: a stable code, a text and the parameters of the text."""

    item: int
    code: str
    message: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object: item, code, message."""
        return {"item": self.item, "code": self.code, "message": self.message}


@dataclass(slots=True)
class MoveReport:
    """What a trigger or a run did. ``examined`` and ``moved`` count distinct items.

    ``stayed`` counts items whose conditions were all false. ``complete`` is False when a stop was asked for
    and the rest was left for the next run.
    """

    examined: int = 0
    moved: int = 0
    stayed: int = 0
    blocked: list[Refusal] = field(default_factory=list)
    failed: list[Refusal] = field(default_factory=list)
    stuck: list[Refusal] = field(default_factory=list)
    complete: bool = True

    @property
    def refused(self) -> bool:
        """Whether anything was blocked, failed or got stuck."""
        return bool(self.blocked or self.failed or self.stuck)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``trigger`` and ``run``."""
        lists = {name: [r.as_dict() for r in getattr(self, name)] for name in ("blocked", "failed", "stuck")}
        return {
            "examined": self.examined,
            "moved": self.moved,
            "stayed": self.stayed,
            **lists,
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item of an order as shown to users."""

    id: int
    reference: str | None
    sku: str
    quantity: Decimal
    state: str
    display: str | None
    reserved: bool
    held: bool
    state_since: datetime
    warehouse: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OrderView:
    """A stored order. ``existing`` tells that this placement found it already stored with the same content."""

    reference: str
    store: str
    process: str
    version: str
    currency: str | None
    placed_at: datetime
    items: tuple[ItemView, ...]
    existing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order place`` and ``order show``."""
        shown = {name: _json(getattr(self, name)) for name in self.__slots__ if name != "items"}
        return {**shown, "items": [item.as_dict() for item in self.items]}


@dataclass(frozen=True, slots=True)
class PlaceRefusal:
    """Why an order of a bulk placement was refused; ``line`` counts from 1."""

    line: int
    reference: str | None
    code: str
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class PlaceReport:
    """What a bulk placement did: numbers of new and of already stored orders, and the refused ones.

    ``complete`` is False when a stop was asked for and the rest of the input was not read.
    """

    placed: int = 0
    existing: int = 0
    items: int = 0
    complete: bool = True
    refused: list[PlaceRefusal] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``order place`` with Lines input."""
        shown = {"placed": self.placed, "existing": self.existing, "items": self.items}
        refused = [refusal.as_dict() for refusal in self.refused]
        return {**shown, "refused": refused, "complete": self.complete}


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row of a stock file was refused; ``line`` counts from 1 and includes the header."""

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
    by somebody, or refused by a condition or command). ``complete`` is False when a stop was asked for: the
    rest follows when the same file is imported again.
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

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``stock import``."""
        shown = {
            n: _json(getattr(self, n))
            for n in ("as_of", "rows", "imported", "released", "kept", "resumed", "complete", "note")
        }
        lists = {n: [r.as_dict() for r in getattr(self, n)] for n in ("refused", "blocked", "failed")}
        return {**shown, **lists}


@dataclass(frozen=True, slots=True)
class StockView:
    """The stock of a concrete product in one warehouse; ``counted_at`` is the time of the latest count."""

    sku: str
    warehouse: str
    active: bool
    quantity: Decimal
    never_out_of_stock: bool
    counted_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class AvailabilityView:
    """What can be sold of a product in a store: ``available`` = max(0, stock - reserved - held).

    ``reserved`` and ``held`` include what stores count that share reservations with this one.
    ``shortfall`` is what is promised above the stock. ``abstract`` rows sum up their concrete products.
    ``terms`` is filled by *explain*: every warehouse, own and shared reservation and hold behind the numbers.
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

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``availability``."""
        shown = {name: _json(getattr(self, name)) for name in self.__slots__ if name != "terms"}
        if self.terms is not None:
            shown["terms"] = [{key: _json(value) for key, value in term.items()} for term in self.terms]
        return shown


@dataclass(frozen=True, slots=True)
class Drift:
    """A stored number that differs from its recomputation. ``what`` names it: reserved, held, available ..."""

    store: str
    sku: str
    what: str
    stored: Decimal
    expected: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(slots=True)
class ReconcileReport:
    """What ``reservation reconcile`` compared and repaired; ``items`` are items whose own record is wrong."""

    checked: int = 0
    drift: list[Drift] = field(default_factory=list)
    items: int = 0
    repaired: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "checked": self.checked,
            "drift": [row.as_dict() for row in self.drift],
            "items": self.items,
            "repaired": self.repaired,
        }


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Items in one state of one process, over all versions; ``reserved`` is the quantity they reserve."""

    process: str
    state: str
    items: int
    reserved: Decimal
    held: Decimal

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class StuckItem:
    """An item whose automatic step or timeout is not tried any more: what it failed on, and how often.

    ``since`` is when the last attempt of an automatic step failed; None for a timeout.
    """

    item: int
    order: str
    process: str
    state: str
    event: str
    code: str
    message: str
    attempts: int
    since: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One step of an item: what triggered it, from where to where, and how it ended."""

    at: datetime
    trigger: str
    event: str | None
    source: str | None
    target: str | None
    outcome: str
    command: str | None
    conditions: Mapping[str, bool]
    error: str | None
    duration_ms: float | None
    host: str
    correlation: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A deployed process version and the number of items that are on it."""

    name: str
    version: str
    active: bool
    current: bool
    deployed_at: datetime
    initial: str
    states: int
    items: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class TopologyReport:
    """What ``topology apply`` created, changed and left; ``warnings`` name what was completed or looks odd."""

    stores: int
    warehouses: int
    abstracts: int
    products: int
    changed: int
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ManualEvent:
    """An event that can be triggered for these items of an order now."""

    event: str
    manual: bool
    items: tuple[int, ...]
    states: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            name: list(v) if isinstance(v := getattr(self, name), tuple) else v for name in self.__slots__
        }
