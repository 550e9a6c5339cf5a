"""From order requests to what the database knows: store, products, warehouses, process and initial state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from engine.clock import to_datetime
from engine.errors import EarmarkError, InputError, ProcessInactive, ProcessNotFound
from engine.holds.wanted import Lookup, Wanted
from engine.operations.arrival import Arrival, arrival_of, still_in
from engine.quantity import format_quantity, parse_quantity
from engine.requests import OrderRequest
from engine.runtime import Runtime
from engine.versions.names import Names, Products
from engine.versions.place import Version
from rules import ProcessNotDeployed, select_process


@dataclass(frozen=True, slots=True)
class Asked:
    """An order that somebody asks for. ``correlation`` is shared by everything that the call sets off."""

    request: OrderRequest
    correlation: str
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class ResolvedOrder(Wanted):
    """An order with its names resolved.

    ``arrival`` tells in which state its items are stored, ``data`` is its text as it is stored. ``suspended``
    tells that its store or a state of its version is. Where warehouses were chosen for it, ``numbers``
    are the numbers of the lines that its lines are of, one of which may be several by now, ``chosen`` tells for
    which of them that was done, and ``reason`` why.
    """

    kind: ClassVar[str] = "order"

    request: OrderRequest
    version: Version
    arrival: Arrival
    data: str
    suspended: bool = False
    numbers: tuple[int, ...] = ()
    chosen: tuple[bool, ...] = ()
    reason: str = ""


_MOST_DIGITS = 300
"""How many digits a number in a field that Earmark does not know may have before or after its point."""


def resolve(
    runtime: Runtime, names: Names, asked: Sequence[Asked], positions: Sequence[int]
) -> tuple[list[ResolvedOrder], dict[int, EarmarkError]]:
    """Return the orders at these positions that can be understood, and what is wrong with the others."""
    skus = {line.sku for position in positions for line in asked[position].request.items}
    lookup = _Lookup(runtime, names, names.products.named(runtime.database, skus))
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
    return text_of(document, request.reference)


def text_of(document: Mapping[str, Any], reference: str) -> str:
    """Return the JSON object of an order as the text that is stored. Raises InputError for what cannot be."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_number)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        found = ascii(error.object[error.start])
        raise InputError(
            f"the order {reference!r} has text that is not Unicode: it contains {found}",
            remedy="A surrogate pair in JSON has two halves; write both, or the character itself.",
        ) from None
    return text


def fingerprint_of(text: str) -> str:
    """Return by what an order is recognised when it comes again, from its text as ``document_text`` tells it."""
    return hashlib.sha256(text.encode()).hexdigest()


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


class _Lookup(Lookup):
    """Turns the names in orders into what the database knows them by."""

    def __init__(self, runtime: Runtime, names: Names, products: Products) -> None:
        super().__init__(names, products)
        self._rules = runtime.rules
        self._clock = runtime.database.clock
        self._arrivals: dict[tuple[int, bool], Arrival] = {}

    def resolve(self, position: int, request: OrderRequest) -> ResolvedOrder:
        """Return the order with its names resolved, or raise what is wrong with it."""
        store = self.store(request)
        self.check(request)
        text = document_text(request)
        version = self._version(request, text)
        halted = store in self._names.suspended_stores
        arrival = self._arrival(version, halted=halted)
        return ResolvedOrder(
            position=position,
            request=request,
            store_id=store,
            version=version,
            arrival=arrival,
            share=arrival.share,
            fingerprint=fingerprint_of(text),
            data=text,
            suspended=halted or not self._names.suspended_states.isdisjoint(version.state_ids),
            **self.goods(request, store)._asdict(),
        )

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

    def _arrival(self, version: Version, *, halted: bool) -> Arrival:
        found = self._arrivals.get((version.id, halted))
        if found is None:
            hold, stock_update = self._rules.checkout.hold, self._rules.stock_update.event
            suspended = still_in(self._names, version, halted=halted)
            found = arrival_of(version.process, hold=hold, stock_update=stock_update, suspended=suspended)
            self._arrivals[version.id, halted] = found
        return found

    def _selected(self, text: str) -> str | None:
        if not self._rules.process_selection:
            return None
        try:
            return select_process(self._rules, json.loads(text), list(self._names.current), self._time)
        except ProcessNotDeployed as error:
            raise ProcessNotFound(error.message, remedy=error.remedy) from None

    @cached_property
    def _time(self) -> datetime | None:
        """The database's time, where a rule asks for it."""
        timed = any(one.when or one.since or one.until for one in self._rules.process_selection)
        return to_datetime(self._clock()) if timed else None

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


def _inactive(*names: str) -> ProcessInactive:
    named = ", ".join(map(repr, names))
    if len(names) == 1:
        return ProcessInactive(f"the process {named} is not active: it takes no new orders")
    return ProcessInactive(f"the processes {named} are not active: they take no new orders")
