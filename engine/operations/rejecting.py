"""A warehouse rejects items that were to come from it: they are allocated to another one, or to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from engine.allocation.kept import Record, write_allocations
from engine.codes import Code
from engine.errors import InputError
from engine.inventory.ledger import Ledger
from engine.moving.allocating import Divided, allocate_items
from engine.moving.apply import apply_steps
from engine.moving.busy import leave_claimed
from engine.moving.items import LoadedItem, loaded_items
from engine.moving.selection import refuse_unknown
from engine.moving.step import Origin, Step
from engine.moving.working_set import by_state
from engine.results import Reallocated, Refusal, RejectionReport
from engine.runtime import Runtime
from engine.storage.database import Work


def reject(runtime: Runtime, items: Sequence[int], reason: str) -> RejectionReport:
    """Have the warehouses reject the items that are to come from them, and allocate these anew, without them.

    The items stay in their states. Where no other warehouse has an item, it comes from none. Raises
    UnknownItem, and InputError without a reason or items.
    """
    if not reason.strip():
        raise InputError("a rejection has a reason", remedy="Say why: --reason TEXT.")
    if not items:
        raise InputError("no item is named", remedy="Name the items that the warehouse rejects.")
    report = RejectionReport()
    chunk = runtime.rules.execution.chunk
    chosen = sorted(set(items))
    origin = Origin("reject", runtime.correlation(), actor=runtime.actor, reason=reason)
    for start in range(0, len(chosen), chunk):
        part = chosen[start : start + chunk]
        report.add(runtime.database.transact(partial(_reject, runtime, part, reason, origin)))
    return report


def _reject(runtime: Runtime, ids: list[int], reason: str, origin: Origin, work: Work) -> RejectionReport:
    report = RejectionReport()
    work.run("clear_moving")
    if work.changed("moving_add_ids", items=ids) < len(ids):
        refuse_unknown(work, ids)
    report.refused += leave_claimed(work).values()
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    for state in [group.key for group in by_state(work)]:
        place = runtime.catalogue.place(work, state)
        items = loaded_items(work.tuples("moving_items", state=state), place, runtime.database, work)
        named = [item for item in items if item.warehouse_id is not None]
        report.refused += [_nothing(item) for item in items if item.warehouse_id is None]
        if named:
            _reallocate(runtime, work, ledger, named, reason, origin, report)
    ledger.settle()
    return report


def _nothing(item: LoadedItem) -> Refusal:
    text = f"item {item.id}: it is to come from no certain warehouse, so none can reject it"
    return Refusal(item.id, Code.NOT_ALLOCATED, text)


def _reallocate(
    runtime: Runtime,
    work: Work,
    ledger: Ledger,
    named: Sequence[LoadedItem],
    reason: str,
    origin: Origin,
    report: RejectionReport,
) -> None:
    """Keep that the warehouses have rejected the items, which stand at one place, and allocate these anew."""
    ids = [item.id for item in named]
    place = named[0].place
    before = {item.id: item.warehouse for item in named}
    work.run("reject_allocations", items=ids, now=work.now, reason=reason)
    work.run("note_rejections", items=ids, now=work.now, told="{}", reason=reason, actor=origin.actor)
    divided = allocate_items(runtime, work, ledger, place, named, origin, anew=True)
    split = {part.item: part.of for part in divided.parts}
    work.run("clear_moving")
    work.run("moving_add_ids", items=sorted(item.id for item in divided.items))
    names = _names(divided)
    step = Step(0, place.version, place.state, None, None, "rejected", warehouse_names=names)
    apply_steps(runtime, work, [step], origin, ledger)
    records = [
        Record(item.id, divided.warehouses[item.id], item.millionths, divided.reasons[item.id])
        for item in divided.items
    ]
    write_allocations(work, records, "rejection", origin.actor)
    for item in divided.items:
        was = before[split.get(item.id, item.id)]
        of = split.get(item.id)
        report.items.append(Reallocated(item.id, item.quantity, was or "", names[item.id], of))


def _names(divided: Divided) -> Mapping[int, str | None]:
    return {
        item.id: None if (house := divided.warehouses[item.id]) is None else divided.names[house]
        for item in divided.items
    }
