"""Placing orders: check, reservation or hold, and order in one transaction; many orders in one go.

All orders of a batch lock their availability rows once and are decided in order of arrival, in memory. An
order whose reference is stored already with the same content is the stored one; with another content it is
refused. What is placed is then followed by its onEnter events, like any other step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from engine.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, EarmarkError, OrderConflict
from engine.facts import Placed
from engine.holds.decided import (
    check_holds,
    check_names,
    decided,
    looked_into,
    pairs_of,
    promises,
    with_partners,
)
from engine.holds.left import Left
from engine.holds.pooled import pooled
from engine.inventory.ledger import Ledger
from engine.moving.items import nothing_collected
from engine.moving.step import Applied, Origin
from engine.moving.waves import follow
from engine.observe import SILENT, Attribute, tell_refusals
from engine.operations.allocating import Allocating
from engine.operations.named_holds import NamedHolds
from engine.operations.order_names import Asked, ResolvedOrder, resolve
from engine.operations.placed import Ids, store
from engine.operations.placing import Batch, PlacedOrder
from engine.operations.stored_before import find_stored_before
from engine.operations.telling import tell_placed
from engine.requests import OrderRequest
from engine.results import MoveReport, PlaceRefusal, PlaceReport
from engine.results.orders import MOST_REFUSED
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Record, Work
from engine.versions.names import Names

BATCH = 500
"""How many orders of a bulk placement share a transaction."""

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Outcome(NamedTuple):
    """What came of an order: whether it was stored already, and else as what it was stored."""

    existing: bool
    placed: PlacedOrder | None
    applied: Sequence[Applied] = ()

    @property
    def as_stored(self) -> PlacedOrder | None:
        """The order as it was stored and still is; None when it must be looked up, also who suspended it."""
        return (
            None if self.applied or (self.placed is not None and self.placed.order.suspended) else self.placed
        )


def place_one(runtime: Runtime, request: OrderRequest) -> Outcome:
    """Place an order, together with those that other callers place at this moment. Raises what refused it."""
    asked = Asked(request, runtime.correlation(), runtime.actor)
    try:
        outcome = runtime.together(place_together).ask(asked)
    except EarmarkError as error:
        _tell_placed(runtime, asked.correlation, refused={error.code: 1})
        raise
    _finish(runtime, asked, outcome)
    return outcome


async def place_one_async(runtime: Runtime, request: OrderRequest) -> Outcome:
    """Do what ``place_one`` does without blocking the event loop."""
    asked = Asked(request, runtime.correlation(), runtime.actor)
    try:
        outcome = await runtime.together(place_together).ask_async(asked)
    except EarmarkError as error:
        _tell_placed(runtime, asked.correlation, refused={error.code: 1})
        raise
    if outcome.applied:
        import asyncio  # who has come here has it already; others start faster without

        await asyncio.to_thread(_finish, runtime, asked, outcome)
    else:
        _finish(runtime, asked, outcome)
    return outcome


def place_together(runtime: Runtime, asked: Sequence[Asked]) -> list[Outcome | Exception]:
    """Place orders of several callers in one transaction; each gets its own answer, whatever becomes of others."""
    try:
        batches = list(_place_isolated(runtime, asked))
    except EarmarkError as error:
        return [error for _ in asked]
    found: dict[int, Outcome | Exception] = {}
    for batch in batches:
        found.update(batch.refused)
        found.update((position, Outcome(True, None)) for position in batch.existing)
        for position, placed in batch.placed.items():
            found[position] = Outcome(False, placed, batch.applied_to(position))
    return [found[position] for position in range(len(asked))]


def _finish(runtime: Runtime, asked: Asked, outcome: Outcome) -> None:
    """Tell of an order that was placed or found, and take the automatic steps that follow."""
    items = 0 if outcome.placed is None else len(outcome.placed.items)
    placed, existing = int(not outcome.existing), int(outcome.existing)
    _tell_placed(runtime, asked.correlation, placed, existing, items)
    if outcome.applied:
        _follow(runtime, asked.correlation, outcome.applied)


def place_many(
    runtime: Runtime, requests: Iterable[tuple[int, OrderRequest]], progress: Progress = no_progress
) -> PlaceReport:
    """Place orders given with their input line; refused ones are listed, the others are not held up by them.

    Once MOST_REFUSED are refused, the rest is left: of an input without end the report would grow without end.

    Raises DatabaseBusy, DatabaseFull and DatabaseUnusable: what was placed before stays placed, and placing
    all of them again finds it.
    """
    report = PlaceReport()
    source, done = iter(requests), 0
    while True:
        if runtime.stop():
            report.complete = False
            break
        numbered = list(islice(source, BATCH))
        if not numbered:
            break
        if len(report.refused) >= MOST_REFUSED:
            report.complete = False
            break
        correlation, actor = runtime.correlation(), runtime.actor
        asked = [Asked(request, correlation, actor) for _, request in numbered]
        for batch in _place_isolated(runtime, asked):
            _tell(report, batch, numbered)
            _tell_batch(runtime, correlation, batch)
            _follow(runtime, correlation, [applied for _, applied in batch.applied])
        done += len(numbered)
        progress(done, None)
    return report


def _tell(report: PlaceReport, batch: Batch, numbered: Sequence[tuple[int, OrderRequest]]) -> None:
    report.placed += len(batch.placed)
    report.items += sum(len(placed.items) for placed in batch.placed.values())
    report.existing += len(batch.existing)
    for position, error in sorted(batch.refused.items()):
        line, request = numbered[position]
        report.refused.append(
            PlaceRefusal(
                line, request.reference, error.code, error.message, error.remedy, error.parameters or None
            )
        )


def _tell_batch(runtime: Runtime, correlation: str, batch: Batch) -> None:
    """Tell how the orders of a transaction ended, all of which are of one call."""
    refused = Counter(error.code for error in batch.refused.values())
    items = sum(len(placed.items) for placed in batch.placed.values())
    _tell_placed(runtime, correlation, len(batch.placed), len(batch.existing), items, refused)


def _tell_placed(
    runtime: Runtime,
    correlation: str,
    placed: int = 0,
    existing: int = 0,
    items: int = 0,
    refused: Mapping[str, int] = _NOTHING,
) -> None:
    if runtime.observer is not SILENT:
        runtime.observer.tell(Placed(placed, existing, items, refused, correlation=correlation))


def _place_isolated(runtime: Runtime, asked: Sequence[Asked]) -> Iterable[Batch]:
    """Place a batch; when it fails as a whole, place its orders one by one, so that one cannot fail the rest."""
    try:
        yield _place_batch(runtime, asked)
        return
    except (DatabaseBusy, DatabaseFull, DatabaseUnusable):
        raise  # one by one it would be no better, and each would wait as long
    except EarmarkError as error:
        if len(asked) == 1:
            yield Batch(asked, refused={0: error})
            return
    for position in range(len(asked)):
        only = [position]
        try:
            yield _place_batch(runtime, asked, only)
        except EarmarkError as error:
            yield Batch(asked, refused={position: error})


def _follow(runtime: Runtime, correlation: str, applied: Sequence[Applied]) -> None:
    report = MoveReport()
    follow(runtime, applied, Origin("place", correlation, actor=runtime.actor), report)
    tell_refusals(runtime.observer, report, correlation)


def _place_batch(runtime: Runtime, asked: Sequence[Asked], only: Sequence[int] | None = None) -> Batch:
    """Place the orders, or only those at the given positions, in one transaction."""
    positions = range(len(asked)) if only is None else only
    told: dict[str, Attribute] = {"orders": len(positions), "correlation": asked[positions[0]].correlation}
    with runtime.observer.span("earmark.placement", **told):
        return _place(runtime, asked, positions)


def _place(runtime: Runtime, asked: Sequence[Asked], positions: Sequence[int]) -> Batch:
    def resolved(names: Names) -> Batch:
        batch = Batch(asked)
        batch.resolved, batch.refused = resolve(runtime, names, asked, positions)
        return batch

    stored: Callable[[Names, Batch, Work], Batch] = partial(_store, runtime)
    batch = decided(runtime, resolved, stored)
    find_stored_before(runtime, batch)
    return batch


def _store(runtime: Runtime, names: Names, resolved: Batch, work: Work) -> Batch:
    """Decide about the resolved orders in order of arrival, and store those that can be had."""
    batch, orders = resolved.begun(), resolved.resolved
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    holds = NamedHolds.locked(work, orders)
    allocating = Allocating.of(runtime, names, orders)
    pairs = pairs_of(orders, names.locked_with) | with_partners(holds.pairs(), names.locked_with)
    if allocating is not None:
        pairs |= with_partners(allocating.pairs(orders), names.locked_with)
    locked = ledger.read_locked(sorted(pairs))
    begun = work.ask("placement_begun", references=[order.request.reference for order in orders])
    ids = Ids(work, batch)
    rows, known = locked(), begun()
    check_names(work, names, known[0])
    new = _without_existing(batch, orders, known)
    there = looked_into(work, new, names, holds.named())
    # What is read and made for choosing warehouses is no garbage, and looking through it took as long as choosing.
    with nullcontext() if allocating is None else nothing_collected():
        if allocating is not None:
            allocating.look(work, new, there)
        left = Left(work, rows, names.partners, runtime.options, there, pooled(ledger, names, rows))
        accepted, short = _decide(work, batch, new, left, holds, allocating)
    check_holds(work, short)
    if accepted:
        store(runtime, work, batch, accepted, ids)
        if names.order_events:
            placed = [batch.placed[order.position] for order in accepted]
            tell_placed(work, batch, placed, names.order_events)
        promised = promises(accepted, names.partners, there)
        holds.end(work, batch, promised)
        if promised:
            ledger.promise(promised, rows, balance=left.balanced)
    return batch


def _without_existing(
    batch: Batch, orders: Sequence[ResolvedOrder], known: Sequence[Record]
) -> list[ResolvedOrder]:
    """Sort out the orders that are stored already."""
    stored = {row.reference: row.fingerprint for row in known if row.reference is not None}
    new = []
    for order in orders:
        fingerprint = stored.get(order.request.reference)
        if fingerprint is None:
            new.append(order)
        else:
            _repeat(batch, order, fingerprint)
    return new


def _repeat(batch: Batch, order: ResolvedOrder, fingerprint: str) -> None:
    """Note an order whose reference exists, with the fingerprint of what exists."""
    reference = order.request.reference
    if fingerprint == order.fingerprint:
        batch.existing.add(order.position)
    else:
        batch.refused[order.position] = OrderConflict(
            f"the order {reference!r} exists and has another content", reference=reference
        )


def _decide(
    work: Work,
    batch: Batch,
    orders: Sequence[ResolvedOrder],
    left: Left,
    holds: NamedHolds,
    allocating: Allocating | None,
) -> tuple[list[ResolvedOrder], list[ResolvedOrder]]:
    """Accept the orders whose quantities are available, in order of arrival, each lowering what is left.

    Where the rules say so, warehouses are chosen for those that are accepted.

    Return those that are accepted and those that are short. An order that stands twice in the batch is a repetition
    once the first one is accepted.
    """
    accepted: dict[str, ResolvedOrder] = {}
    short = []
    for order in orders:
        earlier = accepted.get(order.request.reference)
        if earlier is not None:
            _repeat(batch, order, earlier.fingerprint)
            continue
        refusal = holds.refusal(order)
        if refusal is not None:
            batch.refused[order.position] = refusal
            continue
        held = holds.held(order, work)
        refusal = left.refusal(order, held)
        if refusal is not None:
            batch.refused[order.position] = refusal
            short.append(order)
            continue
        taken = order if allocating is None else allocating.allocated(order)
        accepted[order.request.reference] = taken
        left.take(taken, held)
        holds.use(taken)
    return list(accepted.values()), short
