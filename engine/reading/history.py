"""The steps of one item, as the transition log has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from engine.clock import to_datetime
from engine.errors import OrderArchived, UnknownItem
from engine.moving.selection import possible_id
from engine.quantity import to_decimal
from engine.reading.stood_still import with_suspensions
from engine.results import HistoryEntry, HistoryPart
from engine.runtime import Runtime
from engine.storage.database import Reader, Record
from engine.versions.place import Place


def history(runtime: Runtime, item: int) -> list[HistoryEntry]:
    """Return every step of the item that is still in the log, oldest first, and when it was suspended and resumed.

    Raises UnknownItem.
    """
    with runtime.database.read() as reader:
        row, archived = any_item_row(reader, item)
        lineage = reader.all("archived_item_lineage" if archived else "item_lineage", item=item)
        runs = reader.all("archived_item_runs" if archived else "item_runs", item=item)
        parts = reader.all("archived_item_parts" if archived else "item_parts", item=item, order=row.order_id)
        own = _Own(row.order_id, [one.item_id for one in lineage])
        taken = [(run.id, _entry(runtime, reader, run, own)) for run in runs]
        gone = [(run.id, _went(_entry(runtime, reader, run, own))) for run in parts]
        rows = reader.all("suspensions_ever", item=item, order=row.order_id, store=row.store_id)
        place = runtime.catalogue.place(reader, row.state_id)
    steps = [entry for _, entry in sorted([*taken, *gone], key=lambda one: one[0])]
    return with_suspensions(steps, rows, place, to_datetime(row.state_since))


class _Own(NamedTuple):
    """Whose calls are told of an item: those of its order, of itself, and of the items that it was split from."""

    order: int
    items: Sequence[int]


def _went(entry: HistoryEntry) -> HistoryEntry:
    """Return the entry of a part's step as it is told of the item that the part was of: the rest stayed."""
    kept = entry.data if entry.trigger == "amend" else {}
    return replace(entry, outcome="split", target=None, target_version=None, conditions={}, data=kept)


def item_row(reader: Reader, item: int) -> Record:
    """Return the item with what it refers to. Raises UnknownItem, OrderArchived."""
    row, archived = any_item_row(reader, item)
    if archived:
        raise OrderArchived(f"the order {row.order_reference!r} is archived", orders=[row.order_reference])
    return row


def any_item_row(reader: Reader, item: int) -> tuple[Record, bool]:
    """Return the item with what it refers to, and whether its order is archived. Raises UnknownItem."""
    if possible_id(item):
        row = reader.first("item_by_id", item=item)
        if row is not None:
            return row, False
        row = reader.first("archived_item_by_id", item=item)
        if row is not None:
            return row, True
    raise UnknownItem(f"there is no order item {item}", items=[item])


def _entry(runtime: Runtime, reader: Reader, run: Record, own: _Own) -> HistoryEntry:
    source = _place(runtime, reader, run.source_id)
    target = _place(runtime, reader, run.target_id)
    kept = json.loads(run.data) if run.data else {}
    given = kept.pop("given", {})
    key, data = _own_data(kept, own)
    return HistoryEntry(
        at=to_datetime(run.at),
        trigger=run.trigger,
        event=run.event,
        source=None if source is None else source.state.name,
        target=None if target is None else target.state.name,
        outcome=run.outcome,
        command=run.command,
        conditions=json.loads(run.conditions) if run.conditions else {},
        error=run.error,
        duration_ms=None if run.duration_us is None else run.duration_us / 1000,
        host=run.host,
        correlation=run.correlation,
        actor=run.actor,
        reason=run.reason,
        command_key=run.command_key or key,
        data=data,
        items=run.items,
        source_version=None if source is None else source.version.process.version,
        target_version=None if target is None else target.version.process.version,
        given=given,
        part=_part(run),
    )


def _part(run: Record) -> HistoryPart | None:
    """Return which part of which item the step was about."""
    if run.part is None:
        return None
    return HistoryPart(run.part, run.split_from, to_decimal(run.split_quantity))


def _place(runtime: Runtime, reader: Reader, state_id: int | None) -> Place | None:
    return None if state_id is None else runtime.catalogue.place(reader, state_id)


def _own_data(told: Mapping[str, Any], own: _Own) -> tuple[str | None, Mapping[str, Any]]:
    """Return what a run keeps: of calls the item's own one, of anything else (a migration) all of it."""
    if "amendment" in told:
        return None, {"amendment": _own_amendment(told["amendment"], own)}
    return _own_call(told["calls"], own) if "calls" in told else (None, told)


def _own_amendment(told: Mapping[str, Any], own: _Own) -> Mapping[str, Any]:
    """Return what an amendment has changed, with the item's own quantity, before and after."""
    kept = {name: value for name, value in told.items() if name != "quantities"}
    known = told.get("quantities", {})
    for item in own.items:
        if (amounts := known.get(str(item))) is not None:
            return {**kept, "quantity": {"before": amounts[0], "after": amounts[1]}}
    return kept


def _own_call(calls: Sequence[Mapping[str, Any]], whose: _Own) -> tuple[str | None, Mapping[str, Any]]:
    """Return key and data of the item's own call among those of its run.

    Several calls for batches cannot be told apart afterwards: their data come as a list under ``calls``.
    """
    kinds = (*(f"item {item} " for item in whose.items), f"order {whose.order} ", "batch ")
    own = [call for call in calls if call["key"].startswith(kinds)]
    if len(own) > 1:
        return None, {"calls": [call["data"] for call in own]}
    return (own[0]["key"], own[0]["data"]) if own else (None, {})
