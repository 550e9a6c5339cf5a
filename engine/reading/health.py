"""Measuring how the engine is doing: a fixed number of statements, each in one view of the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Any

from engine.clock import SECOND
from engine.exchange.status import number_kept, states_at
from engine.publishing.keeping import states_at as sink_states_at
from engine.reading.feeds import feeds_health
from engine.reading.suspensions import suspended_items
from engine.results import Health, JobHealth, Lag, OpenMigration, StateCount
from engine.runtime import Runtime
from engine.storage.database import Reader, Record

_LAGS = {
    "timeout": "health_timeouts",
    "automatic_step": "health_steps",
    "condition": "health_conditions",
    "hold": "health_holds",
    "message": "health_messages",
}

_DAY = 86_400 * SECOND


def measure(runtime: Runtime) -> Health:
    """Return the numbers of this moment. Items in closed states are not counted: their number is kept."""
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        jobs = reader.all("job_list")
        live, closed = runtime.catalogue.states(reader)
        suspended = suspended_items(runtime, reader)
        oldest = reader.first("any_suspended")
        waiters = reader.first("health_locks") if runtime.database.dialect == "postgresql" else None
        return Health(
            now=now,
            items=_counts(reader.all("health_items", live=live, closed=closed)),
            stuck=_counts(reader.all("health_stuck")),
            lags=tuple(_lag(reader, kind, name, now) for kind, name in _LAGS.items()),
            jobs=tuple(_job(row) for row in jobs),
            drift=_drift(jobs),
            expired_claims=int(reader.scalar("health_expired_claims", now=now)),
            unfinished_imports=tuple(row.file for row in reader.all("health_imports", now=now)),
            shortfalls=int(reader.scalar("health_shortfalls", now=now)),
            negatives=int(reader.scalar("health_negatives")),
            lock_waiters=None if waiters is None else int(waiters.waiting),
            longest_lock_wait=None if waiters is None else int(waiters.longest_us) / SECOND,
            open_migrations=tuple(_migration(row) for row in reader.all("health_migrations")),
            refused_files=_refused_files(jobs),
            refused_rows={
                r.file: int(r.refused) for r in reader.all("health_refused_rows", since=now - _DAY)
            },
            feeds=feeds_health(reader, now - 30 * _DAY),
            cart_holds=int(reader.scalar("health_cart_holds", now=now)),
            exchange=tuple(states_at(reader, now)),
            exchange_kept=number_kept(reader),
            sinks=tuple(sink_states_at(reader, now)),
            counted_at={r.warehouse: int(r.counted_at) for r in reader.all("health_counts")},
            suspended=tuple(StateCount(*one.key, one.items) for one in suspended),
            suspensions=0 if oldest is None else int(oldest.number),
            suspended_since=None if oldest is None else oldest.oldest,
            suspended_reserved=sum((one.reserved for one in suspended), Decimal(0)),
        )


def _counts(rows: Sequence[Record]) -> tuple[StateCount, ...]:
    return tuple(StateCount(row.process, row.state, int(row.items)) for row in rows)


def _lag(reader: Reader, kind: str, statement: str, now: int) -> Lag:
    row = reader.first(statement, now=now)
    return Lag(kind, 0, None) if row is None or not row.number else Lag(kind, int(row.number), row.oldest)


def _job(row: Record) -> JobHealth:
    return JobHealth(
        job=row.job,
        outcome=row.outcome,
        holder=row.holder,
        started_at=row.started_at,
        finished_at=row.finished_at,
        lease_until=row.lease_until,
        covered=row.due_at,
    )


def _migration(row: Record) -> OpenMigration:
    return OpenMigration(
        id=int(row.id),
        process=row.process,
        version=row.version,
        state_map=json.loads(row.state_map),
        started_at=int(row.started_at),
        moved=int(row.moved),
    )


def _refused_files(jobs: Sequence[Record]) -> tuple[str, ...]:
    """Return the stock files that the last runs of jobs found refused and still lying there."""
    told = (json.loads(row.result) for row in jobs if row.result)
    found = (result.get("refused_files", ()) for result in told if isinstance(result, dict))
    return tuple(sorted({str(file) for files in found for file in files}))


def _drift(jobs: Sequence[Record]) -> int | None:
    """Return what the last reconcile job that has ended found."""
    found: Any = None
    for row in sorted((row for row in jobs if row.finished_at is not None), key=attrgetter("finished_at")):
        told = json.loads(row.result) if row.result else None
        if isinstance(told, dict) and "drift" in told:
            found = told
    if found is None:
        return None
    return len(found["drift"]) + int(found.get("items", 0)) + len(found.get("states", ()))
