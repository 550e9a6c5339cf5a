"""Forgetting: the personal data of closed orders is made anonymous, by rule; what the books need is kept.

Skus, quantities, sums and the whole way of each item stay. The order goes on to be known by its reference and its
fingerprint, so that one that is sent again is the stored one. Done again it changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.ages import moment_before
from engine.clock import to_datetime
from engine.operations.closed_orders import (
    CHUNK,
    Looked,
    closing,
    find_named,
    lock_and_look,
    look,
    names_of,
    refuse_kept,
    windows,
)
from engine.results import ForgetReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Record, Work
from engine.versions.closing import Closing
from rules.forgetting import Forget, forget


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was taken out of how many orders: values by path of their JSON, and how many of their history."""

    orders: int
    values: Mapping[str, int]
    history: int


def forget_old(
    runtime: Runtime, older_than: str, *, dry_run: bool = False, progress: Progress = no_progress
) -> ForgetReport:
    """Make the orders anonymous that are closed for longer than an age, archived ones too.

    Raises InputError for what is no age.
    """
    before = moment_before(runtime.database.clock(), older_than)
    report = ForgetReport(to_datetime(before), dry_run)
    with runtime.database.read() as reader:
        known = closing(runtime, reader)
    for rows in windows(runtime, known, before):
        some = [int(row.id) for row in rows if row.forgotten_at is None]
        for start in range(0, len(some), CHUNK):
            if _stopped(runtime, report):
                return report
            _forget_stored(runtime, report, known, some[start : start + CHUNK], before)
            progress(report.forgotten, None)
    _forget_archived(runtime, report, before, progress)
    return report


def _stopped(runtime: Runtime, report: ForgetReport) -> bool:
    if runtime.stop():
        report.complete = False
    return not report.complete


def _forget_stored(
    runtime: Runtime, report: ForgetReport, known: Closing, orders: list[int], before: int
) -> None:
    if report.dry_run:
        with runtime.database.read() as reader:
            found = look(reader, known, orders, before, newest=False)
        report.forgotten += len(found.ready)
    else:
        found, taken = runtime.database.transact(
            partial(_stored, runtime.rules.forget, known, orders, before)
        )
        _count(report, taken)
    for what, number in found.needed().items():
        report.needed[what] = report.needed.get(what, 0) + number


def _stored(
    rules: Forget, known: Closing, orders: list[int], before: int, work: Work
) -> tuple[Looked, _Taken]:
    found = lock_and_look(work, known, orders, before, newest=False)
    return found, _of_stored(work, rules, {one.id: one.items for one in found.ready})


def _forget_archived(runtime: Runtime, report: ForgetReport, before: int, progress: Progress) -> None:
    closed, after = -(1 << 62), 0
    while not _stopped(runtime, report):
        with runtime.database.read() as reader:
            rows = reader.all("forget_archived_window", before=before, closed=closed, after=after, size=CHUNK)
        if not rows:
            return
        closed, after = int(rows[-1].closed_at), int(rows[-1].id)
        if report.dry_run:
            report.forgotten += len(rows)
        else:
            orders = [int(row.id) for row in rows]
            _count(report, runtime.database.transact(partial(_of_archived, runtime.rules.forget, orders)))
        progress(report.forgotten, None)


def forget_named(runtime: Runtime, references: Sequence[str], *, dry_run: bool = False) -> ForgetReport:
    """Make the orders with these references anonymous, all of them or none; those that are so already are well.

    Raises UnknownOrder, OrderNotClosed with all that are not closed or still needed, and InputError for none or too
    many.
    """
    names = names_of(references)
    with runtime.database.read() as reader:
        known = closing(runtime, reader)
    return runtime.database.transact(partial(_named, runtime.rules.forget, known, names, dry_run))


def _named(rules: Forget, known: Closing, references: list[str], dry_run: bool, work: Work) -> ForgetReport:
    now = work.now
    rows, there = find_named(work, references)
    orders = {int(row.id): str(row.reference) for row in rows if row.forgotten_at is None}
    archived = [int(row.id) for row in there if row.forgotten_at is None]
    found = lock_and_look(work, known, list(orders), now, newest=False)
    refuse_kept(found, orders, now)
    report = ForgetReport(
        to_datetime(now), dry_run, already=len(rows) + len(there) - len(orders) - len(archived)
    )
    if dry_run:
        report.forgotten = len(orders) + len(archived)
        return report
    _count(report, _of_stored(work, rules, {one.id: one.items for one in found.ready}))
    _count(report, _of_archived(rules, archived, work))
    return report


def _of_stored(work: Work, rules: Forget, orders: Mapping[int, Sequence[int]]) -> _Taken:
    if not orders:
        return _Taken(0, {}, 0)
    rows, values = _documents(work.all("forget_documents", orders=sorted(orders)), rules)
    work.run("forget_orders", orders=rows, now=work.now)
    items = [item for own in orders.values() for item in own]
    history = _amendments(work, rules, orders)
    history += _runs(work, work.all("forget_runs", items=items), rules, orders, items)
    return _Taken(len(rows), values, history)


def _of_archived(rules: Forget, orders: list[int], work: Work) -> _Taken:
    if not orders:
        return _Taken(0, {}, 0)
    rows, values = _documents(work.all("forget_archived_documents", orders=orders), rules)
    work.run("forget_archived", orders=rows, now=work.now)
    items = [int(row.id) for row in work.all("forget_archived_items", orders=orders)]
    history = _amendments(work, rules, orders)
    history += _runs(work, work.all("forget_archived_runs", items=items), rules, orders, items)
    return _Taken(len(rows), values, history)


def _documents(rows: Sequence[Record], rules: Forget) -> tuple[list[list[Any]], dict[str, int]]:
    """Return orders as they are kept from now on, and how many values were taken out of which path."""
    kept, values = [], dict[str, int]()
    for row in rows:
        document = json.loads(row.data)
        for path, number in forget(document, rules.order, order=True).items():
            values[path] = values.get(path, 0) + number
        kept.append([int(row.id), _text(document)])
    return kept, values


def _amendments(work: Work, rules: Forget, orders: Iterable[int]) -> int:
    """Make anonymous what fields of the orders were before and after amendments; return how many values."""
    changed, taken = [], 0
    for row in work.all("forget_amendments", orders=sorted(orders)):
        told = json.loads(row.changes)
        if number := _fields(told, rules):
            taken += number
            changed.append([int(row.id), _text(told)])
    if changed:
        work.run("forget_changes", amendments=changed)
    return taken


def _fields(told: Mapping[str, Any], rules: Forget) -> int:
    taken = 0
    for name, change in told.get("fields", {}).items():
        for when in ("before", "after"):
            document = {name: change[when]}
            taken += sum(forget(document, rules.order, order=True).values())
            change[when] = document[name]
    return taken


def _runs(
    work: Work,
    rows: Sequence[Record],
    rules: Forget,
    orders: Sequence[int] | Mapping[int, object],
    items: list[int],
) -> int:
    """Make anonymous what runs were given, and what calls for these items returned; return how many values."""
    own = {*(f"item {item}" for item in items), *(f"order {order}" for order in orders), "batch"}
    changed, taken = [], 0
    for row in rows:
        kept = json.loads(row.data)
        number = sum(forget(kept.get("given"), rules.history).values()) + _fields(
            kept.get("amendment", {}), rules
        )
        for call in kept.get("calls", ()):
            if _whose(call["key"]) in own:
                number += sum(forget(call["data"], rules.history).values())
        if number:
            taken += number
            changed.append([int(row.id), _text(kept)])
    if changed:
        work.run("forget_run_data", runs=changed)
    return taken


def _whose(key: str) -> str:
    """Return whose call it is, by its key: ``item 7 ...``, ``order 3 ...``, ``batch ...``."""
    kind, _, rest = key.partition(" ")
    return kind if kind == "batch" else f"{kind} {rest.partition(' ')[0]}"


def _text(document: Any) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _count(report: ForgetReport, taken: _Taken) -> None:
    report.forgotten += taken.orders
    report.add(taken.values)
    report.history += taken.history
