"""What callers ask for: orders and topology as validated input (pydantic), selections of items as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from engine.errors import InputError, QuantityInvalid
from engine.quantity import MAXIMUM, difference, parse_quantity, positive_quantity, to_decimal

_Entry = TypeVar("_Entry")
_Said = TypeVar("_Said", str, str | None)


_Change = Annotated[Decimal, BeforeValidator(difference)]
"""A decimal above or below zero with at most six places."""

_QUANTITY_SCHEMA = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0, "maximum": float(MAXIMUM)},
        {"type": "string", "pattern": r"^\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$"},
    ],
    "description": "Above zero, with at most six decimal places: a number, or text with one.",
}

PositiveQuantity = Annotated[Decimal, BeforeValidator(positive_quantity), WithJsonSchema(_QUANTITY_SCHEMA)]
"""A decimal above zero with at most six places. A float is taken as the number that it is written as: 0.1 is 0.1,
and what arithmetic with floats leaves behind (0.30000000000000004) has too many places."""


def _without_nul(name: str) -> str:
    # Databases end texts there, or refuse them.
    if "\0" in name:
        raise ValueError("there is a NUL character in it")
    return name


def _without_blanks(name: str) -> str:
    if name != name.strip():
        raise ValueError(f"{name!r} begins or ends with a blank: write {name.strip()!r}")
    return name


def _filled(entries: Sequence[_Entry]) -> Sequence[_Entry]:
    # Here, not by min_length: that would call a list empty as well of which an entry is wrong.
    if not entries:
        raise PydanticCustomError("too_short", "there must be at least one entry")
    return entries


Name = Annotated[
    str, Field(min_length=1, max_length=255), AfterValidator(_without_nul), AfterValidator(_without_blanks)
]
"""A name that something gets for good. One with a blank around it is refused: nobody would see why it is another
name than the one without."""

Mention = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255), AfterValidator(_without_nul)
]
"""A name of something in what other programs send. Blanks around it do not count, as in a stock file."""


def mentioned(name: _Said) -> _Said:
    """Return the name of what somebody asks for: blanks around it do not count, as in what is placed."""
    return name.strip() if isinstance(name, str) else name


def _mention(request: object, *fields: str) -> None:
    """Take the blanks off the names in these fields of a frozen request."""
    for field_name in fields:
        given = getattr(request, field_name)
        if isinstance(given, str):
            object.__setattr__(request, field_name, mentioned(given))
        elif isinstance(given, Mapping):
            object.__setattr__(request, field_name, {mentioned(k): mentioned(v) for k, v in given.items()})
        elif given is not None:
            object.__setattr__(request, field_name, tuple(map(mentioned, given)))


_ONE_OR_MORE = Field(json_schema_extra={"minItems": 1})


class OrderLine(BaseModel):
    """One line of an order: a concrete sku and a quantity in sales units."""

    model_config = ConfigDict(extra="allow", frozen=True)

    sku: Mention
    quantity: PositiveQuantity
    reference: Mention | None = None
    warehouse: Mention | None = None


class OrderRequest(BaseModel):
    """An order to place. Fields that Earmark does not know are kept and handed to plugins as ``order_data``.

    ``hold`` is the reference of a cart hold whose pieces are this order's, whatever others want of them. Blanks
    around reference, store, process, hold, sku and warehouse do not count: an order that another program sends
    again with a blank behind its reference is the same order.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    reference: Mention
    store: Mention
    process: Mention | None = None
    currency: Mention | None = None
    hold: Mention | None = None
    items: Annotated[tuple[OrderLine, ...], AfterValidator(_filled), _ONE_OR_MORE]


class CartLine(BaseModel):
    """One line of a cart: a concrete sku and a quantity in sales units. Other fields do not matter."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sku: Mention
    quantity: PositiveQuantity
    warehouse: Mention | None = None


class CartRequest(BaseModel):
    """A cart to hold. What else an order may have does not matter, so that the later order can be given as it is.

    ``reference`` is the hold's own; the order that comes of it names it as ``hold``.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    reference: Mention
    store: Mention
    items: Annotated[tuple[CartLine, ...], AfterValidator(_filled), _ONE_OR_MORE]


def _quantity_or_none(value: object) -> Decimal:
    if isinstance(value, float):
        value = Decimal(repr(value))  # as with quantities
    try:
        return to_decimal(parse_quantity(value))  # type: ignore[arg-type]
    except QuantityInvalid as error:
        raise ValueError(error.message) from None


class SaleLine(BaseModel):
    """A line that somebody would like to buy; ``quantity`` 0, or none, asks whether it can be bought at all.

    Other fields do not matter, so that the lines of a cart or an order can be given as they are.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    sku: Mention
    quantity: Annotated[Decimal, BeforeValidator(_quantity_or_none)] = Decimal(0)
    warehouse: Mention | None = None


class StockCorrection(BaseModel):
    """By how much the stock of a concrete product in a warehouse differs from what is stored, and why.

    ``by`` is above or below zero, in sales units. A ``reference`` makes it known: the same correction with the same
    reference is made once, however often it is sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Mention
    warehouse: Mention
    by: _Change
    reason: Mention
    reference: Mention | None = None


class WarehouseEntry(BaseModel):
    """A warehouse of a topology file; an inactive one counts for no store.

    Without ``active`` a new warehouse is active, without ``type`` it is a global one; one that is there stays
    as it is. ``latitude`` and ``longitude``, in degrees, and ``priority`` are what allocation may choose by;
    left out they stay, and None takes them away.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    active: bool | None = None
    type: Literal["global", "fixed", "virtual", "external"] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    priority: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class StoreEntry(BaseModel):
    """A store of a topology file: its warehouses, and the stores it shares reservations with (symmetric).

    What is left out stays as it is; a new store is not ``remote``, and is open (``active``): a closed one takes no
    orders, what it has goes on. An ``organisation`` of None is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    warehouses: tuple[Name, ...] = ()
    shares_reservations_with: tuple[Name, ...] = ()
    remote: bool | None = None
    active: bool | None = None
    organisation: Name | None = None
    allow_overlap: bool = False


class CategoryEntry(BaseModel):
    """A category of products and the one above it. Without ``parent`` it stays where it is; None is at the top."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    parent: Name | None = None


class UnitEntry(BaseModel):
    """A unit that products are counted in, and how many decimals a quantity of it may have: 0 of whole pieces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    decimals: Annotated[int, Field(ge=0, le=6)]


class ConcreteEntry(BaseModel):
    """A concrete product.

    Without ``unit`` it has that of its abstract product, if that is told, and else stays as it is; a unit of None
    is the default one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Name
    unit: Name | None = None


class ProductEntry(BaseModel):
    """An abstract product with its concrete ones; its ``unit`` is that of all that do not tell their own.

    Without ``category`` it stays where it is; a category of None is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sku: Name
    unit: Name | None = None
    category: Name | None = None
    concretes: Annotated[tuple[ConcreteEntry, ...], AfterValidator(_filled), _ONE_OR_MORE]


class Topology(BaseModel):
    """Stores, warehouses, units, categories and products. Applying one adds and changes; what it does not name
    stays.

    ``default_unit`` is that of every product without one of its own. Where there is none, which None tells, such
    products have quantities of six decimals.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    units: tuple[UnitEntry, ...] = ()
    default_unit: Name | None = None
    warehouses: tuple[WarehouseEntry, ...] = ()
    stores: tuple[StoreEntry, ...] = ()
    categories: tuple[CategoryEntry, ...] = ()
    products: tuple[ProductEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items an event is for: those with the ids and those of the orders, or all of a process' state.

    ``quantities`` (``{17: 3}``) are items of which only so much is meant, in sales units: Decimal, int or text.
    Raises InputError for a text in place of several names, of which each letter would be one, and for ids that
    are no numbers; QuantityInvalid for what is no quantity above zero.
    """

    items: Sequence[int] = ()
    orders: Sequence[str] = ()
    process: str | None = None
    state: str | None = None
    quantities: Mapping[int, Decimal | int | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """See that ids and references are what they seem."""
        for name, kind, given in (("items", int, self.items), ("orders", str, self.orders)):
            wrong = [given] if isinstance(given, str) else [one for one in given if type(one) is not kind]
            if wrong:
                raise InputError(
                    f"a selection's {name} are several values of type {kind.__name__}, not {wrong[0]!r}",
                    remedy="Write items=(17,) or orders=('DE-1001',).",
                )
        _mention(self, "orders", "process", "state")
        object.__setattr__(self, "quantities", _parts_asked(self.quantities))


def _parts_asked(quantities: Mapping[int, Decimal | int | str]) -> dict[int, Decimal | int | str]:
    """Return how much of each item is asked for. Raises InputError and QuantityInvalid with all that is wrong."""
    if not isinstance(quantities, Mapping) or any(type(item) is not int for item in quantities):
        told = f"a selection's quantities are a mapping of item ids, not {quantities!r}: write {{17: 3}}"
        raise InputError(told)
    asked: dict[int, Decimal | int | str] = {}
    wrong: list[str] = []
    known: dict[tuple[type, object], Decimal] = {}
    for item, quantity in quantities.items():
        try:
            if (kind := (type(quantity), quantity)) not in known:
                known[kind] = positive_quantity(quantity)
            asked[item] = known[kind]
        except (ValueError, TypeError) as error:
            wrong.append(f"item {item}: {error}")
    if wrong:
        raise QuantityInvalid("; ".join(wrong))
    return asked


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """An event for one item, as a row of a file tells it: the item by its reference, and that of its order.

    Without an order the item's own reference has to be the only one. ``line`` is where it stands.
    """

    line: int
    item: str
    event: str
    order: str | None = None

    def __post_init__(self) -> None:
        """Take the blanks off the names."""
        _mention(self, "item", "event", "order")


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """Which items of a process are to be moved to which version, and how.

    ``version`` and ``sources`` are a full SHA-256, a unique beginning of one (4 characters or more), or
    ``current``; without ``sources`` the items of every other version are meant. States go to the one of the
    same name unless ``state_map`` (old to new) says otherwise; ``state`` picks one of the old states.
    ``enter`` makes the onEnter event of states due that the items come to anew.
    """

    process: str
    version: str
    sources: tuple[str, ...] = ()
    state_map: Mapping[str, str] = field(default_factory=dict)
    state: str | None = None
    reason: str | None = None
    enter: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        """Take the blanks off the names."""
        _mention(self, "process", "version", "sources", "state_map", "state")


@dataclass(frozen=True, slots=True)
class Listing:
    """Which items or orders to list, and which page of them; what is None or empty does not matter.

    Items: ``process``, ``state``, ``store``, ``sku``, every one of ``flags``, and the age in the state. Orders:
    at least one item of the ``sku`` in the ``state`` of the ``process``, every one of ``flags`` on all items,
    each of ``some_flags`` on at least one, and the age of the order. Ages are written like ``90 days``. ``after``
    is the ``next`` of the page before.
    """

    process: str | None = None
    state: str | None = None
    flags: tuple[str, ...] = ()
    some_flags: tuple[str, ...] = ()
    store: str | None = None
    sku: str | None = None
    older_than: str | None = None
    younger_than: str | None = None
    limit: int = 100
    after: str | None = None
    archived: bool = False

    def __post_init__(self) -> None:
        """Take the blanks off the names."""
        _mention(self, "process", "state", "flags", "some_flags", "store", "sku")
