"""Suspending and resuming: an item, an order, a state, a version, a process or a store stands still for a while.

A suspension is one row with what it is of, whatever the number of items: they are found by joining. A step that is
being written is over before; a step whose command was called already is finished, and nothing follows it.

Whoever resumes something tells what becomes of the timeouts of its items: they are moved by the pause, in the same
transaction, or left as they were, so that those which are past fire with the next run. An item that stood still by
several suspensions at once is moved by all of the time, once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.errors import AlreadySuspended, DatabaseBusy, InputError, NotSuspended, ProcessNotFound
from engine.moving.selection import refuse_parts, refuse_unknown, refuse_unknown_orders
from engine.moving.suspended import suspended_among, suspensions_of
from engine.requests import Selection
from engine.results import ResumeReport, SuspendReport
from engine.results.suspensions import TIMEOUTS_AFTER, TimeoutsAfter, named
from engine.runtime import Runtime
from engine.storage.database import Reader, Work
from engine.topology.names import store_id_of
from engine.versions.chosen import NoSuchVersion, choose_version
from engine.versions.names import note_change

_PAUSE_S = 0.05
"""How long whoever suspends something lets those go on that it waited for in vain."""


class Asked(NamedTuple):
    """What somebody wants suspended or resumed, by name; of items and orders there may be several."""

    selection: Selection
    version: str | None = None
    store: str | None = None


class Scope(NamedTuple):
    """What a suspension is of, by the ids of it; ``what`` says so in words."""

    item: int | None = None
    order_id: int | None = None
    store: int | None = None
    process: int | None = None
    version: int | None = None
    state: str | None = None
    what: str = ""

    @property
    def ids(self) -> tuple[int | str | None, ...]:
        """Everything but the words."""
        return self[:-1]


def suspend(runtime: Runtime, asked: Asked, reason: str) -> SuspendReport:
    """Suspend what is asked for, all of it or nothing.

    Raises AlreadySuspended, InputError (nothing or several kinds of things are named, no reason), UnknownItem,
    UnknownOrder, ProcessNotFound, UnknownState or UnknownStore.
    """
    told = _reason(reason, "suspending")
    with runtime.database.read() as reader:
        scopes = _scopes(runtime, reader, asked)

    def write(work: Work) -> SuspendReport:
        if work.dialect == "postgresql":
            work.run("suspensions_patience")
            work.run("suspensions_alone")
        if _concerns_placers(scopes):
            work.run("topology_alone")  # new orders are placed before or afterwards, not in between
            note_change(work)
        active = _active(work)
        if known := [active[scope.ids] for scope in scopes if scope.ids in active]:
            _refuse_again(work, known)
        rows = [list(scope.ids) for scope in scopes]
        made = work.returning(
            "insert_suspensions", scopes=rows, now=work.now, actor=runtime.actor, reason=told
        )
        ids = [int(row.id) for row in made]
        busy = int(work.scalar("suspended_in_flight", ids=ids, now=work.now))
        return SuspendReport(tuple(suspensions_of(work, ids)), busy)

    return _in_turn(runtime, write)


def resume(runtime: Runtime, asked: Asked, reason: str, timeouts: TimeoutsAfter = "move") -> ResumeReport:
    """End the suspension of what is asked for, all of it or nothing.

    Raises NotSuspended, and InputError, UnknownItem, UnknownOrder, ProcessNotFound, UnknownState or UnknownStore as
    suspending does.
    """
    told = _reason(reason, "resuming")
    if timeouts not in TIMEOUTS_AFTER:
        raise InputError(
            f"timeouts cannot be resumed by {timeouts!r}",
            remedy="'move' moves them by the pause; 'fire' leaves them, and those that are past fire.",
        )
    with runtime.database.read() as reader:
        scopes = _scopes(runtime, reader, asked)

    def write(work: Work) -> ResumeReport:
        active = _active(work)
        if missing := [scope for scope in scopes if scope.ids not in active]:
            _refuse_unsuspended(work, missing)
        ids = sorted({active[scope.ids] for scope in scopes})
        ending = {"actor": runtime.actor, "reason": told, "timeouts": timeouts}
        if work.changed("end_suspensions", ids=ids, now=work.now, **ending) < len(ids):
            _refuse_unsuspended(work, scopes)  # somebody else has resumed some of them just now
        if _concerns_placers(scopes):
            note_change(work)
        moved = _move_timeouts(work, scopes, ids) if timeouts == "move" else 0
        return ResumeReport(tuple(suspensions_of(work, ids)), moved)

    return runtime.database.transact(write)


def _active(work: Work) -> dict[tuple[int | str | None, ...], int]:
    """Return the suspensions that have not ended, by what they are of."""
    return {tuple(of): int(number) for number, *of in work.tuples("suspended_scopes")}


def _in_turn(runtime: Runtime, write: Callable[[Work], SuspendReport]) -> SuspendReport:
    """Run the unit of work, again and again while it gives way to those who move items. Raises DatabaseBusy."""
    deadline = time.monotonic() + runtime.database.busy_timeout_s
    while True:
        try:
            return runtime.database.transact(write)
        except DatabaseBusy:
            if runtime.database.dialect == "sqlite" or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE_S)


def _concerns_placers(scopes: Sequence[Scope]) -> bool:
    """Whether new orders come to what is named: whoever places them has to look again what is suspended."""
    return any(scope.store is not None or scope.process is not None for scope in scopes)


def _move_timeouts(work: Work, scopes: Sequence[Scope], ids: Sequence[int]) -> int:
    if all(scope.item is not None or scope.order_id is not None for scope in scopes):
        return work.changed("move_named_timeouts", ids=list(ids), now=work.now)
    return work.changed("move_all_timeouts", ids=list(ids), now=work.now)


def _reason(reason: str, doing: str) -> str:
    told = reason.strip()
    if not told or "\0" in told:
        raise InputError(
            f"{doing} needs a reason", remedy="Say why; whoever finds it standing still reads it."
        )
    return told


def _scopes(runtime: Runtime, reader: Reader, asked: Asked) -> list[Scope]:
    """Return what is meant, each once."""
    selection, store = asked.selection, asked.store
    refuse_parts(selection, "suspended and resumed")
    ways = [bool(selection.items or selection.orders), selection.process is not None, store is not None]
    if sum(ways) != 1 or (selection.process is None and (selection.state or asked.version)):
        raise InputError(
            "what is meant is not clear",
            remedy="Name items or orders, or a process (with a state or a version, if not all of it), or a store.",
        )
    if store is not None:
        return [Scope(store=store_id_of(reader, store), what=named(store=store))]
    if selection.process is not None:
        return [_process_scope(runtime, reader, selection.process, selection.state, asked.version)]
    refuse_unknown(reader, list(selection.items))
    items = [Scope(item=item, what=named(item=item)) for item in sorted(set(selection.items))]
    return [*items, *_order_scopes(reader, selection.orders)]


def _order_scopes(reader: Reader, references: Sequence[str]) -> list[Scope]:
    if not references:
        return []
    refuse_unknown_orders(reader, references)
    rows = reader.all("orders_named", references=list(references))
    return [Scope(order_id=int(row.id), what=named(order=row.reference)) for row in rows]


def _process_scope(
    runtime: Runtime, reader: Reader, process: str, state: str | None, version: str | None
) -> Scope:
    catalogue = runtime.catalogue
    row = reader.first("process_by_name", name=process)
    if row is None:
        catalogue.current(reader, process)  # tells which there are
        raise ProcessNotFound(f"there is no process {process!r}")
    if state is not None:
        catalogue.places_named(reader, process, state)
    if version is None:
        return Scope(process=int(row.id), state=state, what=named(process=process, state=state))
    try:
        chosen = choose_version(catalogue.all_versions(reader, process), version)
    except NoSuchVersion as error:
        raise ProcessNotFound(f"of the process {process!r} {error}") from None
    what = named(process=process, version=chosen.process.version, state=state)
    return Scope(process=int(row.id), version=chosen.id, state=state, what=what)


def _refuse_again(work: Work, ids: Sequence[int]) -> None:
    """Tell what is suspended already. Raises AlreadySuspended."""
    known = suspensions_of(work, set(ids))
    raise AlreadySuspended(
        known[0].told if len(known) == 1 else f"{len(known)} of them are suspended already",
        listed=[one.told for one in known] if len(known) > 1 else (),
        suspended=[one.as_dict() for one in known],
    )


def _refuse_unsuspended(work: Work, missing: Sequence[Scope]) -> None:
    """Tell what is not suspended by itself, and why its items stand still all the same. Raises NotSuspended."""
    others = suspended_among(work, [scope.item for scope in missing if scope.item is not None])
    told = []
    for scope in missing:
        other = None if scope.item is None else others.get(scope.item)
        also = "" if other is None else f" by itself, but {other.told}"
        told.append(f"{scope.what} is not suspended{also}")
    if len(told) == 1:
        raise NotSuspended(told[0])
    raise NotSuspended(f"{len(told)} of them are not suspended", listed=told)
