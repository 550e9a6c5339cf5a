"""Items that are suspended: left out of the working set, and told who suspended them and why.

A suspension is one row, and items are found by joining. Whether there is any is told by statements that every
move runs in any case, once its items are locked. On PostgreSQL these lock the table of suspensions, and whoever
suspends something waits for them: a step that has not asked yet finds the suspension, one that has is over before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.clock import to_datetime
from engine.codes import Code
from engine.results import Refusal, Suspension
from engine.results.suspensions import Suspended
from engine.storage.database import Reader, Record, Work


class Left(NamedTuple):
    """An item that was left out, with the id of its state, and why."""

    item: int
    state: int
    refusal: Refusal


def leave_suspended(work: Work) -> list[Left]:
    """Leave the suspended items out of the working set; return them in the order of their ids."""
    rows = work.all("moving_suspended")
    if not rows:
        return []
    work.run("moving_drop_ids", items=[row.item_id for row in rows])
    known = _named(work, rows)
    return [
        Left(int(row.item_id), int(row.state_id), refusal(row.item_id, known[row.suspension])) for row in rows
    ]


def suspended_in_working_set(work: Work) -> Suspended:
    """Return the suspended items of the working set, which are locked, each with its oldest suspension."""
    return _by_item(work, work.all("moving_suspended"))


def suspended_among(reader: Reader, items: Sequence[int]) -> Suspended:
    """Return those of the items that are suspended, each with its oldest suspension."""
    return _by_item(reader, reader.all("items_suspended", items=list(items)) if items else [])


def _by_item(reader: Reader, rows: Sequence[Record]) -> Suspended:
    known = _named(reader, rows) if rows else {}
    return {int(row.item_id): known[row.suspension] for row in rows}


def _named(reader: Reader, rows: Sequence[Record]) -> dict[int, Suspension]:
    return {one.id: one for one in suspensions_of(reader, {row.suspension for row in rows})}


def refusal(item: int, suspension: Suspension) -> Refusal:
    """Return why an item is not moved: who suspended it, when and why."""
    told = suspension.told
    if suspension.item == item:
        told = told.removeprefix(f"{suspension.what} ").replace("is suspended", "it is suspended", 1)
    parameters = {
        "scope": suspension.scope,
        "since": suspension.since.isoformat(),
        "by": suspension.by,
        "reason": suspension.reason,
    }
    return Refusal(item, Code.ITEM_SUSPENDED, f"item {item}: {told}", parameters)


def refused(left: Sequence[Left]) -> list[Refusal]:
    """Return why items were left out."""
    return [one.refusal for one in left]


def suspensions_of(reader: Reader, ids: Iterable[int]) -> list[Suspension]:
    """Return the suspensions with these ids, the oldest first."""
    return [suspension(row) for row in reader.all("suspensions_by_id", ids=sorted(ids))]


def suspension(row: Record) -> Suspension:
    """Return the suspension that a row tells of."""
    return Suspension(
        id=int(row.id),
        item=row.item_id,
        order=row.order_reference,
        process=row.process,
        version=row.version,
        state=row.state,
        store=row.store,
        since=to_datetime(row.since),
        by=row.actor,
        reason=row.reason,
        ended_at=None if row.ended_at is None else to_datetime(row.ended_at),
        ended_by=row.ended_by,
        end_reason=row.end_reason,
        timeouts=row.timeouts,
    )
