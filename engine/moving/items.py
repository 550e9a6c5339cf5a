"""Items as plugins see them, made from rows that are read set by set.

An item is a thin cover over its row: ten thousand of them are made for every chunk, and most plugins look at
one or two of their fields. Names and order data are read for the whole chunk when the first item is asked.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from engine.clock import to_datetime
from engine.moving.rows import ItemRow
from engine.quantity import to_decimal
from engine.read_only_json import read_only_json
from engine.versions.place import Place

if TYPE_CHECKING:
    from engine.storage.database import Database, Reader, Work

Fields = tuple[Any, ...]
"""A row of a statement that selects ``@item``: a bare tuple of what ``ItemRow`` names."""

_at = ItemRow._fields.index
_ID, _REFERENCE, _ORDER_ID, _STORE_ID = _at("id"), _at("reference"), _at("order_id"), _at("store_id")
_PRODUCT_ID, _WAREHOUSE_ID, _QUANTITY = _at("product_id"), _at("warehouse_id"), _at("quantity")
_STEP, _STATE_SINCE, _FRESH = _at("step"), _at("state_since"), _at("fresh")

_ID_OF = itemgetter(_ID)
_STEP_AND_FRESH = itemgetter(_STEP, _FRESH)


class Related:
    """What the items of a chunk refer to, read with one statement each when somebody asks for the first time."""

    def __init__(self, rows: Sequence[Fields], opening: Callable[[], AbstractContextManager[Reader]]) -> None:
        self._rows = rows
        self.opening = opening
        self._parsed: dict[int, Mapping[str, Any]] = {}

    @cached_property
    def stores(self) -> dict[int, str]:
        """The names of the stores by id."""
        return self._named("store_names", _STORE_ID)

    @cached_property
    def skus(self) -> dict[int, str]:
        """The skus of the products by id."""
        return self._named("product_skus", _PRODUCT_ID)

    @cached_property
    def warehouses(self) -> dict[int, str]:
        """The names of the warehouses by id."""
        return self._named("warehouse_names", _WAREHOUSE_ID)

    @cached_property
    def references(self) -> dict[int, str]:
        """The references of the orders by id."""
        return self._named("order_references", _ORDER_ID)

    @cached_property
    def _documents(self) -> dict[int, str]:
        return self._named("order_documents", _ORDER_ID)

    def order_data(self, order_id: int) -> Mapping[str, Any]:
        """Return the JSON object of an order; it is parsed once."""
        if order_id not in self._parsed:
            self._parsed[order_id] = read_only_json(self._documents[order_id])  # its items share it
        return self._parsed[order_id]

    def _named(self, statement: str, column: int) -> dict[int, str]:
        ids = sorted({row[column] for row in self._rows if row[column] is not None})
        with self.opening() as reader:
            return dict(reader.tuples(statement, ids=ids))


class LoadedItem:
    """An item at a place, as it was when its row was read; implements ``engine.hooks.Item``."""

    __slots__ = ("_place", "_related", "fields", "id")

    def __init__(self, fields: Fields, place: Place, related: Related) -> None:
        self.id: int = fields[_ID]
        self.fields = fields
        self._place = place
        self._related = related

    def __repr__(self) -> str:
        return f"<item {self.id}>"

    @property
    def reference(self) -> str | None:
        """The reference the order gave the line, if any."""
        reference: str | None = self.fields[_REFERENCE]
        return reference

    @property
    def order_id(self) -> int:
        """The id of its order."""
        order_id: int = self.fields[_ORDER_ID]
        return order_id

    @property
    def order_reference(self) -> str:
        """The reference of its order."""
        return self._related.references[self.fields[_ORDER_ID]]

    @property
    def product_id(self) -> int:
        """The id of the concrete product."""
        product: int = self.fields[_PRODUCT_ID]
        return product

    @property
    def store_id(self) -> int:
        """The id of the store it was sold in."""
        store: int = self.fields[_STORE_ID]
        return store

    @property
    def warehouse_id(self) -> int | None:
        """The id of the warehouse that it is to come from, None for anywhere."""
        warehouse: int | None = self.fields[_WAREHOUSE_ID]
        return warehouse

    @property
    def store(self) -> str:
        """The name of the store it was sold in."""
        return self._related.stores[self.fields[_STORE_ID]]

    @property
    def sku(self) -> str:
        """The concrete product."""
        return self._related.skus[self.fields[_PRODUCT_ID]]

    @property
    def quantity(self) -> Decimal:
        """How much was ordered, in sales units."""
        return to_decimal(self.fields[_QUANTITY])

    @property
    def millionths(self) -> int:
        """Its quantity in millionths of a sales unit."""
        quantity: int = self.fields[_QUANTITY]
        return quantity

    @property
    def place(self) -> Place:
        """The version and the state that it stands in."""
        return self._place

    @property
    def process(self) -> str:
        """The name of its process."""
        return self._place.version.name

    @property
    def state(self) -> str:
        """The name of the state it stands in."""
        return self._place.state.name

    @property
    def step(self) -> int:
        """How many steps it has taken."""
        step: int = self.fields[_STEP]
        return step

    @property
    def state_since(self) -> datetime:
        """When it entered its state, UTC."""
        return to_datetime(self.since)

    @property
    def since(self) -> int:
        """When it entered its state, UTC microseconds."""
        since: int = self.fields[_STATE_SINCE]
        return since

    @property
    def warehouse(self) -> str | None:
        """The warehouse it is shipped from, if one is named."""
        warehouse = self.fields[_WAREHOUSE_ID]
        return None if warehouse is None else self._related.warehouses[warehouse]

    @property
    def order_data(self) -> Mapping[str, Any]:
        """The order's own JSON object as it was placed."""
        return self._related.order_data(self.fields[_ORDER_ID])

    def reading(self) -> AbstractContextManager[Reader]:
        """Open the database, or the unit of work, that the item was read in."""
        return self._related.opening()

    @property
    def fresh(self) -> int:
        """1 when the call counts the item for the first time, else 0."""
        fresh: int = self.fields[_FRESH]
        return fresh

    def at(self, place: Place) -> LoadedItem:
        """Return the item as it will be at another place."""
        return LoadedItem(self.fields, place, self._related)


class PartItem(LoadedItem):
    """A part of an item, before it goes: it has the item's id, and the quantity of the part."""

    __slots__ = ()

    @classmethod
    def of(cls, item: LoadedItem, quantity: int) -> PartItem:
        """Return so much of the item, in millionths of a sales unit."""
        fields = item.fields
        return cls((*fields[:_QUANTITY], quantity, *fields[_QUANTITY + 1 :]), item._place, item._related)

    def at(self, place: Place) -> LoadedItem:
        """Return the part as it will be at another place."""
        return PartItem(self.fields, place, self._related)


def ids_of(rows: Iterable[Fields]) -> list[int]:
    """Return the ids of items whose rows were read."""
    return list(map(_ID_OF, rows))


def steps_of(rows: Iterable[Fields]) -> dict[int, int]:
    """Return the steps at which items stood when their rows were read, by id, in the order of the rows."""
    return {row[_ID]: row[_STEP] for row in rows}


def loaded_items(
    rows: Sequence[Fields], place: Place, database: Database, within: Work | None = None
) -> list[LoadedItem]:
    """Return the rows, all of one place, as items.

    What they refer to is read from the database as it then is, or ``within`` a unit of work that may have
    written it.
    """
    related = Related(rows, database.read if within is None else lambda: nullcontext(within))
    with nothing_collected():
        return [LoadedItem(row, place, related) for row in rows]


def narrowed(items: list[LoadedItem], parts: Mapping[int, int]) -> list[LoadedItem]:
    """Return the items; those of which only a part goes, in millionths by id, as that part."""
    if not parts:
        return items
    return [PartItem.of(item, parts[item.id]) if item.id in parts else item for item in items]


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Keep the garbage collector from looking, again and again, through the items while these are made.

    Nothing of them is garbage, and a third of the time of a guarded chunk went there.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def alike(items: Iterable[LoadedItem]) -> dict[tuple[int, int], list[int]]:
    """Return the ids of the items by (step, fresh): mostly all of them are alike, which is seen in one pass."""
    rows = [item.fields for item in items]
    if len(kinds := set(map(_STEP_AND_FRESH, rows))) == 1:
        return {kinds.pop(): ids_of(rows)}
    found: dict[tuple[int, int], list[int]] = {}
    for row in rows:
        found.setdefault(_STEP_AND_FRESH(row), []).append(row[_ID])
    return found
