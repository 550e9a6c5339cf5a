"""Amending an order: one transaction in which it is locked, decided about, checked, and written, or refused whole.

An amendment with a key is made once: who asks again with the same key gets the answer of the first time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from engine.clock import to_datetime
from engine.errors import AmendmentConflict, EarmarkError, ItemLocked
from engine.holds.decided import check_holds, check_names, decided, looked_into, with_partners
from engine.holds.left import Left
from engine.holds.pooled import pooled
from engine.inventory.ledger import Ledger
from engine.moving.step import Applied, Origin
from engine.moving.waves import follow
from engine.observe import tell_refusals
from engine.operations.amending.deciding import Decided, decide
from engine.operations.amending.problems import Problems
from engine.operations.amending.standing import StandingOrder, stand
from engine.operations.amending.stock import check, sums
from engine.operations.amending.telling import told_of, view
from engine.operations.amending.writing import Writing
from engine.requests.amending import AmendmentRequest
from engine.results import MoveReport
from engine.results.amended import Amended
from engine.results.amending import AmendmentView
from engine.results.orders import OrderView
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work
from engine.versions.names import Names, Products

Shown = Callable[[Reader, str, int], OrderView]
"""Reads an order as it is shown at a time (UTC microseconds)."""

_WAIT_S = 0.05
"""How long a call sleeps between two looks at an order of which somebody else has claimed an item."""


@dataclass(slots=True)
class _Asked:
    """The amendment that is asked for, with the products that it names, and what came of it."""

    request: AmendmentRequest
    reference: str
    products: Products
    resolved: list[Any] = field(default_factory=list)
    refused: dict[int, EarmarkError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of it: the amendment as it is told, and the steps that others may follow."""

    amendment: AmendmentView
    existing: bool = False
    applied: tuple[Applied, ...] = ()
    order: OrderView | None = None


class _Undone(Exception):
    """Undoes a dry run, and tells what it came to."""

    def __init__(self, done: _Done) -> None:
        super().__init__("a dry run is undone")
        self.done = done


def amend(
    runtime: Runtime, reference: str, request: AmendmentRequest, shown: Shown, *, dry_run: bool = False
) -> Amended:
    """Amend the order as it is asked for, or refuse all of it. Raises what ``Engine.amend`` says."""
    origin = Origin("amend", runtime.correlation(), actor=runtime.actor, reason=request.reason)
    deadline = time.monotonic() + runtime.rules.execution.lock_wait_s
    while True:
        try:
            done = _attempt(runtime, reference, request, shown, origin, dry_run)
            break
        except ItemLocked:
            if time.monotonic() >= deadline or runtime.stop():
                raise
        time.sleep(_WAIT_S)
    if done.applied and not dry_run:
        report = MoveReport()
        follow(runtime, done.applied, origin, report)
        tell_refusals(runtime.observer, report, origin.correlation)
    order = done.order
    if order is None:
        now = runtime.database.clock()
        with runtime.database.read() as reader:
            order = shown(reader, reference, now)
    return Amended(order, done.amendment, done.existing, dry_run)


def _attempt(
    runtime: Runtime, reference: str, request: AmendmentRequest, shown: Shown, origin: Origin, dry_run: bool
) -> _Done:
    if request.key is not None:
        with runtime.database.read() as reader:
            before = _made_before(reader, reference, request)
        if before is not None:
            return before

    def resolved(names: Names) -> _Asked:
        return _resolved(runtime, names, reference, request)

    def store(names: Names, asked: _Asked, work: Work) -> _Asked:
        done = _store(runtime, names, asked, origin, work)
        if dry_run:
            raise _Undone(replace(done, applied=(), order=shown(work, reference, work.now)))
        return replace(asked, resolved=[done])

    try:
        (done,) = decided(runtime, resolved, store).resolved
    except _Undone as undone:
        return undone.done
    return done  # type: ignore[no-any-return]


def _resolved(runtime: Runtime, names: Names, reference: str, request: AmendmentRequest) -> _Asked:
    """Return what is asked for; names that are not known are looked for once more before they are refused."""
    skus = {line.sku for line in request.add}
    asked = _Asked(request, reference, names.products.named(runtime.database, skus))
    asked.resolved = [request]
    known = asked.products.ids
    store_known = request.store is None or request.store in names.stores
    houses = all(line.warehouse is None or line.warehouse in names.warehouses for line in request.add)
    if not (store_known and houses and skus <= known.keys()):
        asked.refused[0] = EarmarkError("a name is not known")
    return asked


def _store(runtime: Runtime, names: Names, asked: _Asked, origin: Origin, work: Work) -> _Done:
    """Decide about the amendment with everything locked that it concerns, and write it."""
    request = asked.request
    order = stand(runtime, work, asked.reference)
    if request.key is not None and (before := _made_before(work, asked.reference, request)) is not None:
        return before
    problems = Problems()
    (now,) = work.all("amendment_begun")
    check_names(work, names, now)
    plan = decide(runtime, work, names, asked.products, order, request, problems)
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    pairs = _pairs(order, plan, names)
    if pairs:
        _check_stock(runtime, work, names, order, plan, pairs, ledger, problems)
    if problems:
        problems.refuse(asked.reference)
    writing = Writing(runtime, work, order, plan.changes, plan.place, origin)
    told = told_of(request, plan, order.row.store)
    written = writing.write(told, ledger, plan.arrivals, all_items=plan.all_items)
    ledger.settle()
    amendment = view(request, origin, to_datetime(work.now), order, plan, written)
    if plan.anything or request.key is not None:
        _note(work, order, request, origin, plan, amendment)
    return _Done(amendment, applied=tuple(written.applied))


def _pairs(order: StandingOrder, plan: Decided, names: Names) -> list[tuple[int, int]]:
    """Return the (product, store) whose availability may change, or is looked at."""
    changes, place = plan.changes, plan.place
    found = {one.item.pair for one in changes.leaving.values()} | {
        (one.product, place.id) for one in changes.coming
    }
    concerned = [item for item in order.items if item.id in changes.by]
    if place.moves:
        concerned += order.live
    found |= {pair for item in concerned for pair in (item.pair, (item.pair[0], place.id))}
    houses = [(one.product, one.warehouse) for one in changes.coming]
    houses += [(item.pair[0], item.row.warehouse_id) for item in concerned]
    beside = {
        (product, store)
        for product, house in houses
        if house is not None
        for store in names.serves.get(house, ())
    }
    return sorted(with_partners(found | beside, names.locked_with))


def _check_stock(
    runtime: Runtime,
    work: Work,
    names: Names,
    order: StandingOrder,
    plan: Decided,
    pairs: list[tuple[int, int]],
    ledger: Ledger,
    problems: Problems,
) -> None:
    """Lock availability, and note what cannot be had. Raises HoldsOver, upon which it begins anew."""
    rows = ledger.read_locked(pairs)()
    found = sums(order, plan.changes, plan.place, work.now)
    asked = plan.wanted(order, found)
    there = looked_into(work, [asked], names)
    left = Left(work, rows, names.partners, runtime.options, there, pooled(ledger, names, rows))
    short = check(left, order, plan.changes, found, plan.place, problems)
    if short is not None:
        check_holds(work, [short])
    ledger.lock_pairs(pairs)


def _made_before(reader: Reader, reference: str, request: AmendmentRequest) -> _Done | None:
    """Return what the amendment came to that has the key. Raises AmendmentConflict if it was another one."""
    row = reader.first("amendment_by_key", reference=reference, key=request.key)
    if row is None:
        return None
    if row.fingerprint != fingerprint_of(request):
        raise AmendmentConflict(
            f"the order {reference!r} was amended with the key {request.key!r} before, in another way",
            reference=reference,
            key=request.key,
        )
    return _Done(stored_view(row), existing=True)


def stored_view(row: Record) -> AmendmentView:
    """Return an amendment as it is stored."""
    return AmendmentView.stored(row.key, to_datetime(row.at), row.actor, row.reason, row.changes)


def fingerprint_of(request: AmendmentRequest) -> str:
    """Return by what an amendment is recognised when it comes again."""
    document = request.model_dump(mode="python", exclude={"key"})
    text = json.dumps(document, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _note(
    work: Work,
    order: StandingOrder,
    request: AmendmentRequest,
    origin: Origin,
    plan: Decided,
    amendment: AmendmentView,
) -> None:
    work.run(
        "insert_amendment",
        order=order.row.id,
        key=request.key,
        fingerprint=fingerprint_of(request),
        at=work.now,
        actor=origin.actor,
        reason=origin.reason,
        correlation=origin.correlation,
        changes=json.dumps(amendment.changes),
    )
    work.run("amend_order", order=order.row.id, store=plan.place.id, data=plan.data)
