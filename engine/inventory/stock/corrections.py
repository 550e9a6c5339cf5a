"""Correcting stock by hand: by how much it differs, who says so, and why.

A correction is no count: it releases nothing, and the time of the last count stays. All corrections of a call
are one transaction, in which availability, shortfalls and events follow as they do after a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from engine.clock import to_datetime
from engine.errors import (
    CorrectionConflict,
    InputError,
    NotFound,
    QuantityInvalid,
    QuantityTooFine,
    StockBelowZero,
    UnknownSku,
    UnknownWarehouse,
)
from engine.inventory.ledger import Ledger
from engine.inventory.stock.repeats import StockKey
from engine.nouns import count
from engine.quantity import MAXIMUM, Unit, format_quantity, parse_quantity, to_decimal
from engine.requests import StockCorrection
from engine.results import CorrectedStock, CorrectionReport
from engine.runtime import Runtime
from engine.storage.database import Work

MOST = 10_000
"""How many corrections one call may make: they are one transaction."""

_MOST_LISTED = 100
"""How many of the things that are wrong are told one by one."""

_LARGEST = parse_quantity(MAXIMUM)


def correct_stock(runtime: Runtime, wanted: Sequence[StockCorrection]) -> CorrectionReport:
    """Make all of the corrections, in their order, or none of them.

    One whose reference is stored with the same content is answered with what is stored. Raises InputError (none, or
    too many), UnknownSku and UnknownWarehouse with every name that is unknown, CorrectionConflict, StockBelowZero,
    QuantityTooFine, QuantityInvalid.
    """
    if not 1 <= len(wanted) <= MOST:
        raise InputError(
            f"between 1 and {MOST} corrections are made at once, not {len(wanted)}",
            remedy="Write them into several files." if wanted else "Say what is to be corrected.",
        )
    return runtime.database.transact(partial(_correct, runtime, wanted))


@dataclass(frozen=True, slots=True)
class _Made:
    """A correction that is stored, or is going to be: ``before`` and ``quantity`` in millionths."""

    key: StockKey
    at: int
    before: int
    quantity: int
    actor: str | None
    reason: str

    def says(self, key: StockKey, wanted: StockCorrection) -> bool:
        """Whether it has the content of what is wanted."""
        by = parse_quantity(wanted.by, allow_negative=True)
        return (self.key, self.quantity - self.before, self.reason) == (key, by, wanted.reason)


@dataclass(slots=True)
class _Batch:
    """The corrections of one call: what is stored of each, by its place, and which of them are new."""

    wanted: Sequence[StockCorrection]
    keys: Sequence[StockKey]
    made: list[_Made] = field(default_factory=list)
    new: list[int] = field(default_factory=list)

    def report(self) -> CorrectionReport:
        """Return what is told of it."""
        new = set(self.new)
        return CorrectionReport(
            tuple(
                CorrectedStock(
                    sku=one.sku,
                    warehouse=one.warehouse,
                    by=one.by,
                    before=to_decimal(made.before),
                    quantity=to_decimal(made.quantity),
                    reason=one.reason,
                    actor=made.actor,
                    reference=one.reference,
                    at=to_datetime(made.at),
                    existing=place not in new,
                )
                for place, (one, made) in enumerate(zip(self.wanted, self.made, strict=True))
            )
        )


def _correct(runtime: Runtime, wanted: Sequence[StockCorrection], work: Work) -> CorrectionReport:
    batch = _Batch(wanted, _keys(work, wanted))
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    products = sorted({product for product, _ in batch.keys})
    ledger.lock_products(products)
    stocks = [list(key) for key in sorted(set(batch.keys))]
    known = _known(work, wanted)
    work.run("correct_begin", rows=stocks)
    stored = work.all("correct_read", rows=stocks)
    left = {(row.product_id, row.warehouse_id): int(row.quantity) for row in stored}
    units = {row.product_id: Unit(row.unit, row.step) for row in stored if row.unit is not None}
    _decide(batch, known, left, units, (work.now, runtime.actor))
    _write(work, batch, left)
    ledger.refresh_stock(products)
    ledger.settle()
    return batch.report()


def _keys(work: Work, wanted: Sequence[StockCorrection]) -> list[StockKey]:
    """Return the product and the warehouse of each correction. Raises with every name that is unknown."""
    products = {
        row.sku: int(row.id) for row in work.all("stage_products", skus=sorted({w.sku for w in wanted}))
    }
    warehouses = {row.name: int(row.id) for row in work.all("topology_warehouses")}
    skus = sorted({one.sku for one in wanted} - products.keys())
    names = sorted({one.warehouse for one in wanted} - warehouses.keys())
    if skus or names:
        raise _unknown(skus, names)
    return [(products[one.sku], warehouses[one.warehouse]) for one in wanted]


def _unknown(skus: Sequence[str], warehouses: Sequence[str]) -> NotFound:
    kind: type[NotFound] = UnknownSku if skus else UnknownWarehouse
    told = [
        *(f"there is no concrete product {sku!r}" for sku in skus),
        *(f"there is no warehouse {name!r}" for name in warehouses),
    ]
    if len(told) == 1:
        return kind(f"{told[0]}; nothing was corrected")
    return kind("nothing was corrected: names are unknown", listed=_first(told))


def _first(told: Sequence[str]) -> list[str]:
    """Return the first ones, and how many more there are."""
    more = len(told) - _MOST_LISTED
    return [*told[:_MOST_LISTED], *([f"and {more} more"] if more > 0 else [])]


def _known(work: Work, wanted: Sequence[StockCorrection]) -> dict[str, _Made]:
    """Return the corrections that are stored already, by reference."""
    references = sorted({one.reference for one in wanted if one.reference is not None})
    if not references:
        return {}
    return {
        row.reference: _Made(
            (row.product_id, row.warehouse_id),
            row.at,
            row.quantity_before,
            row.quantity,
            row.actor,
            row.reason,
        )
        for row in work.all("corrections_known", references=references)
    }


def _decide(
    batch: _Batch,
    known: dict[str, _Made],
    left: dict[StockKey, int],
    units: Mapping[int, Unit],
    said: tuple[int, str | None],
) -> None:
    """Decide about each correction in its order; ``left`` comes to be what the stocks are to be.

    ``units`` are those of products that have one, ``said`` is when the corrections are made, and by whom.
    """
    short, fine = [], []
    for place, (key, one) in enumerate(zip(batch.keys, batch.wanted, strict=True)):
        stored = None if one.reference is None else known.get(one.reference)
        if stored is not None:
            if not stored.says(key, one):
                raise _conflict(one)
            batch.made.append(stored)
            continue
        made = _made(key, one, left[key], *said)
        unit = units.get(key[0])
        if unit is not None and unit.finer(made.quantity):
            fine.append(unit.refusal(one.sku, parse_quantity(one.by, allow_negative=True)))
            continue
        if made.quantity < 0:
            short.append((one, made.before))
            continue
        if made.quantity > _LARGEST:
            raise QuantityInvalid(
                f"{one.sku!r} in {one.warehouse!r} would become more than {MAXIMUM}; nothing was corrected"
            )
        batch.made.append(made)
        batch.new.append(place)
        left[key] = made.quantity
        if one.reference is not None:
            known[one.reference] = made
    if fine:
        raise _too_fine(fine)
    if short:
        raise _below_zero(short)


def _made(key: StockKey, one: StockCorrection, before: int, now: int, actor: str | None) -> _Made:
    by = parse_quantity(one.by, allow_negative=True)
    return _Made(key, now, before, before + by, actor, one.reason)


def _conflict(one: StockCorrection) -> CorrectionConflict:
    return CorrectionConflict(
        f"a correction {one.reference!r} exists and has another content; nothing was corrected",
        reference=one.reference,
    )


def _too_fine(told: Sequence[str]) -> QuantityTooFine:
    if len(told) == 1:
        return QuantityTooFine(f"{told[0]}; nothing was corrected")
    title = f"nothing was corrected: {count(len(told), 'correction')} would be too fine"
    return QuantityTooFine(title, listed=_first(told))


def _below_zero(short: Sequence[tuple[StockCorrection, int]]) -> StockBelowZero:
    told = [
        f"{one.sku!r} in {one.warehouse!r} has {format_quantity(before)}, and cannot change by {one.by:f}"
        for one, before in short
    ]
    parameters = [
        {
            "sku": one.sku,
            "warehouse": one.warehouse,
            "stock": format_quantity(before),
            "by": f"{one.by:f}",
        }
        for one, before in short
    ]
    if len(told) == 1:
        return StockBelowZero(f"{told[0]}; nothing was corrected", below_zero=parameters)
    title = f"nothing was corrected: {count(len(told), 'correction')} would go below zero"
    return StockBelowZero(title, listed=_first(told), below_zero=parameters)


def _write(work: Work, batch: _Batch, left: Mapping[StockKey, int]) -> None:
    """Store the new corrections and what the stocks are then."""
    if not batch.new:
        return
    stocks = [[*key, left[key]] for key in sorted({batch.keys[place] for place in batch.new})]
    rows = [
        [place, *made.key, made.before, made.quantity, made.reason, batch.wanted[place].reference]
        for place in batch.new
        for made in [batch.made[place]]
    ]
    work.run("correct_write", rows=stocks)
    work.run("correct_keep", rows=rows, now=work.now, actor=batch.made[batch.new[0]].actor)
