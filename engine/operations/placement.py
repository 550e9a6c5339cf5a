"""Placing orders: check, reservation or hold, and order in one transaction; many orders in one go.

All orders of a batch lock their availability rows once and are decided in order of arrival, in memory. An
order whose reference is stored already with the same content is the stored one; with another content it is
refused. What is placed is then followed by its onEnter events, like any other step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from engine.clock import SECOND, to_datetime
from engine.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnusable,
    EarmarkError,
    OrderConflict,
    PluginError,
)
from engine.facts import Placed
from engine.inventory.ledger import Ledger
from engine.moving.apply import enter_state
from engine.moving.items import loaded_items
from engine.moving.log import log_run
from engine.moving.plan import processor_times
from engine.moving.step import Applied, Failures, Origin, Step
from engine.moving.waves import follow
from engine.moving.working_set import by_step
from engine.observe import SILENT, Attribute, tell_refusals
from engine.operations.holds import end_holds_of
from engine.operations.left import Left, served_alike
from engine.operations.order_names import Pair, ResolvedOrder, resolve
from engine.requests import OrderRequest
from engine.results import MoveReport, PlaceRefusal, PlaceReport
from engine.results.orders import MOST_REFUSED
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Work

BATCH = 500
"""How many orders of a bulk placement share a transaction."""


@dataclass(slots=True)
class _Batch:
    """The orders of one transaction: how each one ended, by its position in the batch."""

    correlation: str
    asked: list[ResolvedOrder] = field(default_factory=list)
    refused: dict[int, EarmarkError] = field(default_factory=dict)
    existing: set[int] = field(default_factory=set)
    placed: list[ResolvedOrder] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)

    def moved_to(self, position: int) -> _Batch:
        """Return a batch of one as if its order had stood at another position."""
        refused = dict.fromkeys([position], self.refused[0]) if self.refused else {}
        return replace(self, refused=refused, existing={position} if self.existing else set())


def place_one(runtime: Runtime, request: OrderRequest) -> bool:
    """Place an order; return whether it was stored already. Raises what refused it."""
    batch = _place_batch(runtime, [request])
    _tell_placed(runtime, batch)
    if batch.refused:
        raise batch.refused[0]
    _follow_all(runtime, batch)
    return bool(batch.existing)


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
        for batch in _place_isolated(runtime, [request for _, request in numbered]):
            _tell(report, batch, numbered)
            _tell_placed(runtime, batch)
            _follow_all(runtime, batch)
        done += len(numbered)
        progress(done, None)
    return report


def _tell(report: PlaceReport, batch: _Batch, numbered: Sequence[tuple[int, OrderRequest]]) -> None:
    report.placed += len(batch.placed)
    report.items += sum(len(order.lines) for order in batch.placed)
    report.existing += len(batch.existing)
    for position, error in sorted(batch.refused.items()):
        line, request = numbered[position]
        report.refused.append(
            PlaceRefusal(
                line, request.reference, error.code, error.message, error.remedy, error.parameters or None
            )
        )


def _tell_placed(runtime: Runtime, batch: _Batch) -> None:
    """Tell how the orders of a transaction ended."""
    if runtime.observer is SILENT:
        return
    refused = Counter(error.code for error in batch.refused.values())
    items = sum(len(order.lines) for order in batch.placed)
    runtime.observer.tell(
        Placed(len(batch.placed), len(batch.existing), items, refused, correlation=batch.correlation)
    )


def _place_isolated(runtime: Runtime, requests: Sequence[OrderRequest]) -> Iterable[_Batch]:
    """Place a batch; when it fails as a whole, place its orders one by one, so that one cannot fail the rest."""
    try:
        yield _place_batch(runtime, requests)
        return
    except (DatabaseBusy, DatabaseFull, DatabaseUnusable):
        raise  # one by one it would be no better, and each would wait as long
    except EarmarkError as error:
        if len(requests) == 1:
            yield _Batch(runtime.correlation(), refused={0: error})
            return
    for position, request in enumerate(requests):
        try:
            single = _place_batch(runtime, [request])
        except EarmarkError as error:
            single = _Batch(runtime.correlation(), refused={0: error})
        yield single.moved_to(position)


def _follow_all(runtime: Runtime, batch: _Batch) -> None:
    report = MoveReport()
    follow(runtime, batch.applied, Origin("place", batch.correlation, actor=runtime.actor), report)
    tell_refusals(runtime.observer, report, batch.correlation)


def _place_batch(runtime: Runtime, requests: Sequence[OrderRequest]) -> _Batch:
    batch = _Batch(runtime.correlation())
    told: dict[str, Attribute] = {"orders": len(requests), "correlation": batch.correlation}
    with runtime.observer.span("earmark.placement", **told):
        return _place(runtime, requests, batch)


def _place(runtime: Runtime, requests: Sequence[OrderRequest], batch: _Batch) -> _Batch:
    while True:
        with runtime.database.read() as reader:
            batch.asked, batch.refused = resolve(runtime, reader, requests)
        if not batch.asked:
            return batch
        try:
            return runtime.database.transact(partial(_store, runtime, batch))
        except _Overtaken:
            continue  # who was faster has committed, so this time it is found as it is now
        except _HoldsOver as over:
            # Items are locked before availability, so it takes a unit of work of its own. By its end all that was
            # seen to be over is ended, by whomever, so this is not for ever.
            end_holds_of(runtime, over.products, over.now)


class _Overtaken(Exception):
    """What the batch has looked up is not so any more: an order was stored by somebody else, another version became
    the current one, or a warehouse serves other stores.
    """


class _HoldsOver(Exception):
    """An order of the batch is short of products that are held beyond the time of the holds."""

    def __init__(self, products: Sequence[int], now: int) -> None:
        super().__init__()
        self.products = products
        self.now = now


def _store(runtime: Runtime, resolved: _Batch, work: Work) -> _Batch:
    """Decide about the resolved orders in order of arrival, and store those that can be had."""
    batch = replace(resolved, refused=dict(resolved.refused), existing=set(resolved.existing))
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    new = _without_existing(work, batch)
    pairs = sorted({pair for asked in new for pair in asked.needs})
    ledger.lock_pairs(sorted({*pairs, *(pair for asked in new for pair in asked.beside)}))
    if any(asked.named for asked in new) and not served_alike(work, new):
        raise _Overtaken
    batch.placed, short = _decide(work, batch, new, pairs)
    if len(batch.placed) < len(new) and _stored(work, new):
        raise _Overtaken  # what is missing may have been taken by that very order
    if short and (products := _expired(work, short)):
        raise _HoldsOver(products, work.now)
    if batch.placed:
        batch.applied = _write(runtime, work, ledger, batch)
    return batch


def _without_existing(work: Work, batch: _Batch) -> list[ResolvedOrder]:
    """Sort out the orders that are stored already."""
    known = _stored(work, batch.asked)
    new = []
    for asked in batch.asked:
        stored = known.get(asked.request.reference)
        if stored is None:
            new.append(asked)
        else:
            _repeat(batch, asked, stored)
    return new


def _stored(work: Work, orders: Sequence[ResolvedOrder]) -> dict[str, str]:
    """Return the fingerprints of those orders that are stored, by reference."""
    references = [asked.request.reference for asked in orders]
    return {row.reference: row.fingerprint for row in work.all("orders_by_reference", references=references)}


def _repeat(batch: _Batch, asked: ResolvedOrder, fingerprint: str) -> None:
    """Note an order whose reference exists, with the fingerprint of what exists."""
    reference = asked.request.reference
    if fingerprint == asked.fingerprint:
        batch.existing.add(asked.position)
    else:
        batch.refused[asked.position] = OrderConflict(
            f"the order {reference!r} exists and has another content", reference=reference
        )


def _decide(
    work: Work, batch: _Batch, orders: Sequence[ResolvedOrder], pairs: Sequence[Pair]
) -> tuple[list[ResolvedOrder], list[ResolvedOrder]]:
    """Accept the orders whose quantities are available, in order of arrival, each lowering what is left.

    Return those that are accepted and those that are short. An order that stands twice in the batch is a repetition
    once the first one is accepted.
    """
    left = Left(work, orders, pairs)
    accepted: dict[str, ResolvedOrder] = {}
    short = []
    for asked in orders:
        earlier = accepted.get(asked.request.reference)
        if earlier is not None:
            _repeat(batch, asked, earlier.fingerprint)
            continue
        refusal = left.refusal(asked)
        if refusal is not None:
            batch.refused[asked.position] = refusal
            short.append(asked)
            continue
        accepted[asked.request.reference] = asked
        left.take(asked)
    return list(accepted.values()), short


def _expired(work: Work, short: Sequence[ResolvedOrder]) -> list[int]:
    """Return the products of orders that are short of which holds are over that have not been ended."""
    products = sorted({product for asked in short for product, _ in asked.needs})
    return [
        row.product_id for row in work.all("products_with_expired_holds", now=work.now, products=products)
    ]


def _write(runtime: Runtime, work: Work, ledger: Ledger, batch: _Batch) -> list[Applied]:
    """Store the accepted orders with everything that follows from entering their initial states."""
    orders = [
        [a.request.reference, a.store_id, a.version.id, a.request.currency, a.fingerprint, a.data]
        for a in batch.placed
    ]
    ids = {row.reference: int(row.id) for row in work.returning("insert_orders", now=work.now, orders=orders)}
    if len(ids) < len(orders):
        raise _Overtaken
    timeout = runtime.rules.checkout.hold_timeout_s
    until = None if timeout is None else work.now + int(timeout * SECOND)
    rows = [row for asked in batch.placed for row in asked.item_rows(ids[asked.request.reference], until)]
    work.run("insert_items", now=work.now, items=rows)
    applied = _enter(runtime, work, batch, sorted(ids.values()))
    deltas: dict[Pair, list[int]] = {}
    for asked in batch.placed:
        for pair, need in asked.needs.items():
            delta = deltas.setdefault(pair, [0, 0])
            delta[0] += need * asked.share.reserved
            delta[1] += need * asked.share.held
    counted = [[*pair, *delta] for pair, delta in deltas.items() if any(delta)]
    if counted:
        work.run("add_placement_delta", rows=counted)
        ledger.post()
        ledger.settle()
    return applied


def _enter(runtime: Runtime, work: Work, batch: _Batch, order_ids: list[int]) -> list[Applied]:
    steps: dict[int, Step] = {}
    for asked in batch.placed:
        if asked.state_id not in steps:
            steps[asked.state_id] = Step(len(steps), asked.version, None, asked.initial, None, "placed")
    work.run("clear_moving")
    states = [[state, step.group] for state, step in steps.items()]
    work.run("moving_add_placed", orders=order_ids, states=states)
    counts = {group.key: group.items for group in by_step(work)}
    origin = Origin("place", batch.correlation, actor=runtime.actor)
    applied = []
    for step in steps.values():
        items = counts[step.group]
        run = log_run(runtime, work, step, origin, items)
        work.run("set_last_run", run=run, group=step.group)
        work.run("insert_history", run=run, group=step.group)
        assert step.target is not None  # it is the initial state
        step.due = _due_times(runtime, work, step)
        enter_state(work, step, step.target, run, origin.chain)
        applied.append(Applied(step, run, items, items))
    return applied


def _due_times(runtime: Runtime, work: Work, step: Step) -> dict[str, dict[int, int]]:
    """Ask the timeout processors of the initial state; they are asked while the placement is being written."""
    assert step.target is not None  # it is the initial state
    process, state_id = step.version.process, step.version.state_ids[step.target.index]
    events = [e for e in process.timeout_events(step.target.index) if e.timeout_processor is not None]
    if not events:
        return {}
    rows = work.tuples("moving_items", state=state_id)
    items = loaded_items(rows, runtime.catalogue.place(work, state_id), runtime.database, work)
    failures: Failures = {}
    due = processor_times(runtime.plugins, events, items, to_datetime(work.now), failures)
    if failures:
        raise PluginError("; ".join(sorted({text for _, text in failures.values()})))
    return due
