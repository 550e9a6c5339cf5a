"""What orders and carts want, with its names resolved: products, a store, and warehouses where lines name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, NamedTuple, Protocol

from engine.errors import (
    ProductWithdrawn,
    QuantityInvalid,
    QuantityTooFine,
    StoreClosed,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
)
from engine.inventory.counting import Amounts
from engine.quantity import MAXIMUM, SCALE, parse_quantity
from engine.versions.names import Names, Products

Pair = tuple[int, int]
"""(product id, store id)"""

Named = tuple[int, int, int]
"""(product id, store id, warehouse id) of lines that name a warehouse"""

Line = tuple[int, int | None, str | None, int]
"""(product id, warehouse id, reference, quantity in millionths)"""


class AskedLine(Protocol):
    """A line as it is asked for."""

    @property
    def sku(self) -> str:
        """The concrete product."""

    @property
    def quantity(self) -> Decimal:
        """How many sales units."""

    @property
    def warehouse(self) -> str | None:
        """Where they are to come from, None for anywhere."""


class Request(Protocol):
    """What an order and a cart have in common."""

    @property
    def reference(self) -> str:
        """By what it is known to its caller."""

    @property
    def store(self) -> str:
        """The store that it is asked of."""

    @property
    def items(self) -> Sequence[AskedLine]:
        """Its lines."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order or a cart with its names resolved, at its position in the batch.

    ``needs`` is what it asks for per (product id, store id), in millionths; ``named`` is how much of that by lines
    that name a warehouse, and ``beside`` every store that is served from there, with the product. ``share`` is what
    a millionth of it counts from the start: reserved or held, 1 or 0.
    """

    kind: ClassVar[str] = "cart"

    position: int
    request: Request
    store_id: int
    lines: tuple[Line, ...]
    needs: Mapping[Pair, int]
    named: Mapping[Named, int]
    beside: Sequence[Pair]
    skus: Mapping[int, str]
    warehouses: Mapping[int, str]
    share: Amounts
    fingerprint: str

    @property
    def counts(self) -> bool:
        """Whether it lowers what others can be sold."""
        return any(self.share)


class Goods(NamedTuple):
    """The goods of a request, named as in ``Wanted``."""

    lines: tuple[Line, ...]
    needs: Mapping[Pair, int]
    named: Mapping[Named, int]
    beside: Sequence[Pair]
    skus: Mapping[int, str]
    warehouses: Mapping[int, str]


class Lookup:
    """Turns the names in requests into what the database knows them by."""

    def __init__(self, names: Names, products: Products) -> None:
        self._names, self._products, self._units = names, products.ids, products.units
        self._renamed, self._withdrawn = products.renamed, products.withdrawn

    def store(self, request: Request) -> int:
        """Return the id of the request's store. Raises UnknownStore and StoreClosed."""
        store = self._names.stores.get(request.store)
        if store is None:
            known = ", ".join(sorted(self._names.stores)) or "none"
            raise UnknownStore(f"there is no store {request.store!r}; known: {known}")
        if store.remote:
            raise UnknownStore(
                f"the store {request.store!r} belongs to another database: place the order there"
            )
        if not store.active:
            raise StoreClosed(
                f"the store {request.store!r} is closed: it takes no orders", store=request.store
            )
        return store.id

    def check(self, request: Request) -> None:
        """See that there is all that the lines name. Raises UnknownSku, ProductWithdrawn, UnknownWarehouse."""
        unknown = sorted({line.sku for line in request.items if line.sku not in self._products})
        if unknown:
            raise UnknownSku(f"there is no concrete product {', '.join(map(repr, unknown))}", skus=unknown)
        if self._withdrawn:
            self._check_offered(request)
        if missing := sorted(_houses(request) - self._names.warehouses.keys()):
            raise UnknownWarehouse(f"there is no warehouse {', '.join(map(repr, missing))}")

    def _check_offered(self, request: Request) -> None:
        gone = sorted({line.sku for line in request.items if self._products[line.sku] in self._withdrawn})
        if gone:
            told = ", ".join(map(repr, gone))
            raise ProductWithdrawn(f"{told} is withdrawn: it can be ordered no more", skus=gone)

    def goods(self, request: Request, store: int) -> Goods:
        """Return what the lines ask for, whose names are known. Raises QuantityTooFine, QuantityInvalid."""
        lines: tuple[Line, ...] = tuple(
            (
                self._products[line.sku],
                None if line.warehouse is None else self._names.warehouses[line.warehouse],
                getattr(line, "reference", None),
                parse_quantity(line.quantity),
            )
            for line in request.items
        )
        if self._units:
            self._check_units(request, lines)
        houses = _houses(request)
        return Goods(
            lines=lines,
            needs=_needs(request, lines, store),
            named=named_of(lines, store) if houses else {},
            beside=self._beside(lines) if houses else (),
            skus={self._products[line.sku]: self._renamed.get(line.sku, line.sku) for line in request.items},
            warehouses={self._names.warehouses[name]: name for name in houses},
        )

    def _check_units(self, request: Request, lines: Sequence[Line]) -> None:
        units = self._units
        told = [
            unit.refusal(asked.sku, line[3])
            for asked, line in zip(request.items, lines, strict=True)
            if (unit := units.get(line[0])) is not None and line[3] % unit.step
        ]
        if told:
            raise QuantityTooFine("; ".join(told))

    def _beside(self, lines: Sequence[Line]) -> list[Pair]:
        serves = self._names.serves
        return [
            (product, store)
            for product, house, _, _ in lines
            if house is not None
            for store in serves.get(house, ())
        ]


def _houses(request: Request) -> set[str]:
    return {line.warehouse for line in request.items if line.warehouse is not None}


def _needs(request: Request, lines: Sequence[Line], store: int) -> dict[Pair, int]:
    needs: dict[Pair, int] = {}
    for product, _, _, quantity in lines:
        needs[product, store] = needs.get((product, store), 0) + quantity
    if max(needs.values()) > int(MAXIMUM * SCALE):
        raise QuantityInvalid(f"the lines of one sku in {request.reference!r} add up to more than {MAXIMUM}")
    return needs


def named_of(lines: Iterable[Line], store: int) -> dict[Named, int]:
    """Return how much lines of a store ask for of each product and warehouse that they name, in millionths."""
    named: dict[Named, int] = {}
    for product, warehouse, _, quantity in lines:
        if warehouse is not None:
            key = (product, store, warehouse)
            named[key] = named.get(key, 0) + quantity
    return named
