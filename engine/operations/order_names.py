"""From order requests to what the database knows: store, products, warehouses, process and initial state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.definition import State
from engine.errors import (
    EarmarkError,
    InputError,
    ProcessInactive,
    ProcessNotFound,
    QuantityInvalid,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
)
from engine.inventory.counting import Amounts, Counting
from engine.quantity import MAXIMUM, SCALE, format_quantity, parse_quantity
from engine.requests import OrderRequest
from engine.runtime import Runtime
from engine.versions.names import Names
from engine.versions.place import Version
from rules import ProcessNotDeployed, select_process

Pair = tuple[int, int]
"""(product id, store id)"""

Named = tuple[int, int, int]
"""(product id, store id, warehouse id) of lines that name a warehouse"""

ResolvedLine = tuple[int, int | None, str | None, int]
"""(product id, warehouse id, reference, quantity in millionths)"""


@dataclass(frozen=True, slots=True)
class Asked:
    """An order that somebody asks for. ``correlation`` is shared by everything that the call sets off."""

    request: OrderRequest
    correlation: str
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedOrder:
    """An order with its names resolved, at its position in the batch.

    ``needs`` is what it asks for per (product id, store id), in millionths; ``named`` is how much of that by lines
    that name a warehouse, and ``beside`` every store that is served from there, with the product. ``share`` is what
    a millionth of it counts from the start: reserved or held, 1 or 0.
    """

    position: int
    request: OrderRequest
    store_id: int
    version: Version
    lines: tuple[ResolvedLine, ...]
    needs: Mapping[Pair, int]
    named: Mapping[Named, int]
    beside: Sequence[Pair]
    skus: Mapping[int, str]
    warehouses: Mapping[int, str]
    share: Amounts
    fingerprint: str
    data: str

    @property
    def initial(self) -> State:
        """The state its items start in."""
        return _initial(self.version)

    @property
    def state_id(self) -> int:
        """The database id of the initial state."""
        return self.version.state_ids[self.initial.index]

    @property
    def counts(self) -> bool:
        """Whether the order lowers what others can be sold."""
        return any(self.share)


def _initial(version: Version) -> State:
    assert version.process.initial is not None  # deployment refuses a process without states
    return version.process.states[version.process.initial]


_MOST_DIGITS = 300
"""How many digits a number in a field that Earmark does not know may have before or after its point."""


def resolve(
    runtime: Runtime, names: Names, asked: Sequence[Asked], positions: Sequence[int]
) -> tuple[list[ResolvedOrder], dict[int, EarmarkError]]:
    """Return the orders at these positions that can be understood, and what is wrong with the others."""
    skus = {line.sku for position in positions for line in asked[position].request.items}
    lookup = _Lookup(runtime, names, names.product_ids(runtime.database, skus))
    resolved, refused = [], {}
    for position in positions:
        try:
            resolved.append(lookup.resolve(position, asked[position].request))
        except EarmarkError as error:
            refused[position] = error
    return resolved, refused


def document_text(request: OrderRequest) -> str:
    """Return an order as the JSON text that is stored and compared: sorted, quantities as plain strings."""
    document = request.model_dump(mode="python", exclude_none=True)
    for line in document["items"]:
        line["quantity"] = format_quantity(parse_quantity(line["quantity"]))
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = ascii(error.object[error.start])
        raise InputError(
            f"the order {request.reference!r} has text that is not Unicode: it contains {found}",
            remedy="A surrogate pair in JSON has two halves; write both, or the character itself.",
        ) from None
    return text


def _number(value: object) -> object:
    """Fields that Earmark does not know may hold decimals: they stay JSON numbers."""
    if not isinstance(value, Decimal):
        return str(value)
    # Written out, a number of few characters may have a billion digits.
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        raise InputError(
            f"{value} is not a number that can be stored", remedy=f"It may have {_MOST_DIGITS} digits."
        )
    return int(value) if value == value.to_integral_value() else float(value)


class _Lookup:
    """Turns the names in orders into what the database knows them by."""

    def __init__(self, runtime: Runtime, names: Names, products: Mapping[str, int]) -> None:
        self._rules, self._names, self._products = runtime.rules, names, products
        self._shares: dict[int, Amounts] = {}

    def resolve(self, position: int, request: OrderRequest) -> ResolvedOrder:
        """Return the order with its names resolved, or raise what is wrong with it."""
        store = self._store(request)
        unknown = sorted({line.sku for line in request.items if line.sku not in self._products})
        if unknown:
            raise UnknownSku(f"there is no concrete product {', '.join(map(repr, unknown))}", skus=unknown)
        houses = self._named_warehouses(request)
        text = document_text(request)
        version = self._version(request, text)
        lines: tuple[ResolvedLine, ...] = tuple(
            (
                self._products[line.sku],
                None if line.warehouse is None else self._names.warehouses[line.warehouse],
                line.reference,
                parse_quantity(line.quantity),
            )
            for line in request.items
        )
        return ResolvedOrder(
            position=position,
            request=request,
            store_id=store,
            version=version,
            lines=lines,
            needs=self._needs(request, lines, store),
            named=_named(lines, store) if houses else {},
            beside=self._beside(lines) if houses else (),
            skus={self._products[line.sku]: line.sku for line in request.items},
            warehouses={self._names.warehouses[name]: name for name in houses},
            share=self._share(version),
            fingerprint=hashlib.sha256(text.encode()).hexdigest(),
            data=text,
        )

    def _store(self, request: OrderRequest) -> int:
        store = self._names.stores.get(request.store)
        if store is None:
            known = ", ".join(sorted(self._names.stores)) or "none"
            raise UnknownStore(f"there is no store {request.store!r}; known: {known}")
        if store.remote:
            raise UnknownStore(
                f"the store {request.store!r} belongs to another database: place the order there"
            )
        return store.id

    def _named_warehouses(self, request: OrderRequest) -> set[str]:
        """Return the warehouses that lines name. Raises UnknownWarehouse."""
        houses = {line.warehouse for line in request.items if line.warehouse is not None}
        if missing := sorted(houses - self._names.warehouses.keys()):
            raise UnknownWarehouse(f"there is no warehouse {', '.join(map(repr, missing))}")
        return houses

    def _beside(self, lines: Sequence[ResolvedLine]) -> list[Pair]:
        serves = self._names.serves
        return [
            (product, store)
            for product, house, _, _ in lines
            if house is not None
            for store in serves.get(house, ())
        ]

    def _needs(self, request: OrderRequest, lines: tuple[ResolvedLine, ...], store: int) -> dict[Pair, int]:
        needs: dict[Pair, int] = {}
        for product, _, _, quantity in lines:
            needs[product, store] = needs.get((product, store), 0) + quantity
        if max(needs.values()) > int(MAXIMUM * SCALE):
            raise QuantityInvalid(
                f"the lines of one sku in {request.reference!r} add up to more than {MAXIMUM}"
            )
        return needs

    def _version(self, request: OrderRequest, text: str) -> Version:
        name = request.process or self._selected(text) or self._only_one()
        version = self._names.current.get(name)
        if version is None:
            names = ", ".join(self._names.current)
            known = f"; deployed: {names}" if names else ""
            raise ProcessNotFound(f"there is no deployed process {name!r}{known}")
        if name not in self._names.active:
            raise _inactive(name)
        return version

    def _share(self, version: Version) -> Amounts:
        if version.id not in self._shares:
            counting = Counting.in_state(version.process, _initial(version))
            self._shares[version.id] = counting.when_placed(1, hold=self._rules.checkout.hold)
        return self._shares[version.id]

    def _selected(self, text: str) -> str | None:
        if not self._rules.process_selection:
            return None
        try:
            return select_process(self._rules, json.loads(text), list(self._names.current))
        except ProcessNotDeployed as error:
            raise ProcessNotFound(error.message, remedy=error.remedy) from None

    def _only_one(self) -> str:
        active, deployed = self._names.active, self._names.current
        if len(active) == 1:
            return active[0]
        if not active:
            if deployed:
                raise _inactive(*deployed)
            raise ProcessNotFound("no process is deployed")
        raise ProcessNotFound(
            f"the order names no process and no rule selects one of: {', '.join(active)}",
            remedy="Name the process in the order, or add a process_selection rule.",
        )


def _named(lines: Sequence[ResolvedLine], store: int) -> dict[Named, int]:
    named: dict[Named, int] = {}
    for product, warehouse, _, quantity in lines:
        if warehouse is not None:
            key = (product, store, warehouse)
            named[key] = named.get(key, 0) + quantity
    return named


def _inactive(*names: str) -> ProcessInactive:
    named = ", ".join(map(repr, names))
    if len(names) == 1:
        return ProcessInactive(f"the process {named} is not active: it takes no new orders")
    return ProcessInactive(f"the processes {named} are not active: they take no new orders")
