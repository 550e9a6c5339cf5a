"""PostgreSQL: rows are locked one by one, in sorted order, with a time limit; its clock is the database's.

Readers are read-only and see one moment (REPEATABLE READ). Writers run at READ COMMITTED: they lock rows
first and read them in later statements. The working sets are temporary tables; every use empties them
first. What a connection of Earmark's own is given once, settings and working sets, one that a pooler lends is given
in every transaction, for that transaction only.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel, pq
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from engine.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, StorageError
from engine.redact import redact
from engine.storage.backend import LOCAL, ROWS, Backend
from engine.storage.pipelined import alone, pipelined, settle, waited
from engine.storage.statements import WORKING_SETS, statements

_BOTH = {"jit": "off"}
"""Compiling takes longer than what it saves: questions are about few rows of large tables."""

_WRITER = {
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
"""The working sets have no statistics, and a plan that suits ten thousand rows reads whole tables for one."""

_ITS_OWN = "SELECT pg_backend_pid()"
"""The process that answers. A pooler, which may send the next transaction to another one, tells a number of its own
when a connection is made."""

_SINCE = "since"
"""Under this name a connection's ``info`` holds when it came back to the pool."""

_ASK_AFTER_S = 0.02
"""A connection that rested for longer is asked whether it still is one."""

_TIDY_AFTER = 1000
"""After so many changed rows the working sets of a connection are emptied for good."""

_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
_UNREACHABLE = (
    "Check that the server runs and can be reached and that --db or EARMARK_DATABASE_URL names it, then run the "
    "same again: what was not committed is undone."
)


_CUT_OFF = (
    "Earmark needs no limit for statements: it waits for locks for a limited time only. Raise or reset "
    "statement_timeout for its user or database (ALTER ROLE ... RESET statement_timeout), then run the same again."
)
_NO_WRITES = (
    "It is a standby, or set to read only: name the server that takes writes with --db or EARMARK_DATABASE_URL, or "
    "reset default_transaction_read_only."
)
_NO_RIGHTS = (
    "Give the user all rights on the tables and sequences of Earmark, and the right to make temporary tables; "
    "'earmark db upgrade' needs those of their owner."
)
_MEANINGS: Sequence[
    tuple[type[Exception] | tuple[type[Exception], ...], type[StorageError], str, str | None]
] = (
    (_BUSY, DatabaseBusy, "the database {place} was locked for too long", None),
    (
        psycopg.errors.QueryCanceled,
        DatabaseBusy,
        "the database {place} cut a statement off: {told}",
        _CUT_OFF,
    ),
    (psycopg.errors.ReadOnlySqlTransaction, DatabaseUnusable, "{place} takes no writes: {told}", _NO_WRITES),
    (psycopg.errors.InsufficientPrivilege, DatabaseUnusable, "{place}: {told}", _NO_RIGHTS),
    (psycopg.errors.DiskFull, DatabaseFull, "there is no space left for the database {place}: {told}", None),
)
"""What exceptions of the driver mean: the refusal, its text and its remedy if that is not the usual one."""


def open_postgresql(url: URL, busy_timeout_s: float) -> Backend:
    """Return the backend of a PostgreSQL database; the driver is psycopg 3."""
    trust = _Trust()
    return Backend(
        reader=_engine(url, busy_timeout_s, trust, writer=False),
        writer=_engine(url, busy_timeout_s, trust, writer=True),
        clock=None,
        errors=(psycopg.Error,),
        refusal=_refusal,
        gave_way=_gave_way,
        distrust=trust.lose,
        line=pipelined if psycopg.Pipeline.is_supported() else waited,
        begun=settle,
        alone=alone,
    )


class _Whole(psycopg.adapt.Loader):
    """Sums of 64-bit numbers come back as ``numeric``; they are whole."""

    def load(self, data: Any) -> int:
        return int(bytes(data))


def _engine(url: URL, busy_timeout_s: float, trust: _Trust, *, writer: bool) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_reset_on_return=None)

    settings = {"lock_timeout": str(int(busy_timeout_s * 1000))} | _BOTH | (_WRITER if writer else {})

    @event.listens_for(engine, "connect")
    def _prepare(raw: psycopg.Connection[Any], record: ConnectionPoolEntry) -> None:
        raw.adapters.register_loader("numeric", _Whole)
        raw.autocommit = True
        with raw.cursor() as cursor:
            if cursor.execute(_ITS_OWN).fetchone() != (raw.info.backend_pid,):
                raw.prepare_threshold = None  # the server process of the next transaction would not know them
                record.info[LOCAL] = _set(settings, "true")
            else:
                cursor.execute(_set(settings, "false"))
                for name in sorted(WORKING_SETS) if writer else ():
                    cursor.execute(statements("postgresql")[f"create_{name}"].sql)
        raw.autocommit = False
        # What the driver says with every BEGIN, and no setting of the connection.
        raw.isolation_level = IsolationLevel.READ_COMMITTED if writer else IsolationLevel.REPEATABLE_READ
        raw.read_only = None if writer else True

    if not writer:
        event.listen(engine, "begin", settle)
    event.listen(engine, "checkout", trust.wake)
    event.listen(engine, "checkin", _rest)
    if writer:
        event.listen(engine, "checkin", _tidy)
    return engine


def _set(settings: Mapping[str, str], local: str) -> str:
    """Return the statement that gives settings to the connection or, if ``local`` is true, to the transaction."""
    return "SELECT " + ", ".join(
        f"set_config('{name}', '{value}', {local})" for name, value in settings.items()
    )


class _Trust:
    """Decides whether a connection from the pool is asked if it still is one, before it is used.

    One that was in use a moment ago is taken at its word: asking costs as much as a statement, and whoever moves
    single items takes a connection for each. But once one is lost, all that rested then are asked.
    """

    def __init__(self) -> None:
        self._lost_at = 0.0

    def lose(self) -> None:
        """A connection was lost."""
        self._lost_at = time.monotonic()

    def wake(self, raw: Any, record: Any, _proxy: Any) -> None:
        """Have the pool make a new connection for one that the server closed while it was resting."""
        since = record.info.get(_SINCE, 0.0)
        if not raw.closed and since > self._lost_at and time.monotonic() - since < _ASK_AFTER_S:
            return
        try:
            raw.autocommit = True
            raw.execute("")
            raw.autocommit = False
        except psycopg.Error as error:
            raise DisconnectionError from error


def _rest(raw: Any, record: Any) -> None:
    """End what a connection that comes back may have left open, and note since when it rests."""
    if raw is None:
        return
    record.info[_SINCE] = time.monotonic()
    if raw.info.transaction_status != pq.TransactionStatus.IDLE:
        try:
            raw.rollback()
        except psycopg.Error as error:
            record.invalidate(error)


def _tidy(raw: Any, record: Any) -> None:
    """Empty the working sets of a connection that comes back, once what they have left behind adds up.

    Emptying them with every commit costs more than the step of a single item; never, and every statement
    reads past the rows of all steps before.
    """
    if raw is None or record.info.get(ROWS, 0) < _TIDY_AFTER or LOCAL in record.info:
        return
    record.info[ROWS] = 0
    try:
        raw.autocommit = True
        with raw.cursor() as cursor:
            for table in WORKING_SETS:
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f"VACUUM (TRUNCATE FALSE) {', '.join(WORKING_SETS)}")
        raw.autocommit = False
    except psycopg.Error as error:
        record.invalidate(error)  # the connection is lost; what it was used for is committed all the same


_OF_POOLERS: Sequence[tuple[str, type[StorageError], str, str]] = (
    (
        "query_wait_timeout",
        DatabaseBusy,
        "the pooler of {place} had no connection free for too long",
        "Try again. If it stays, give the pool more connections (default_pool_size of PgBouncer).",
    ),
    (
        "statement pooling mode",
        DatabaseUnusable,
        "{place} is a pooler that lends its connections for single statements: nothing can happen as a whole there",
        "Set pool_mode of PgBouncer to transaction or session for this database, or name the server itself.",
    ),
    (
        "unsupported startup parameter",
        DatabaseUnusable,
        "{place} is a pooler that does not take what the URL asks for: {told}",
        "Leave that parameter out of the URL and set it for the user or the database (ALTER ROLE ... SET), or name "
        "the server itself.",
    ),
)
"""What poolers say, which have one exception for everything: the refusal, its text and its remedy."""


def _refusal(error: Exception, url: URL) -> StorageError:
    original = _original(error)
    place = redact(url.render_as_string(hide_password=True))
    told = " ".join(str(original or error).split())
    for kinds, refusal, text, remedy in _MEANINGS:
        if isinstance(original, kinds):
            return refusal(text.format(place=place, told=told), remedy=remedy)
    for words, refusal, text, mending in _OF_POOLERS:
        if isinstance(original, psycopg.OperationalError) and words in told:
            return refusal(text.format(place=place, told=told), remedy=mending)
    if isinstance(error, PoolTimeout):
        return DatabaseBusy(f"too many callers at once: every connection to {place} was in use for too long")
    if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError) or _is_of_the_url(original):
        return DatabaseUnusable(f"{place}: {told}", remedy=_UNREACHABLE)
    return StorageError(f"the database {place} refused a statement: {told}")


def _is_of_the_url(error: BaseException | None) -> bool:
    """Whether the driver refuses what the URL says, before it has asked any server."""
    words = ("connection option", "connect_timeout")
    return isinstance(error, psycopg.ProgrammingError) and any(word in str(error) for word in words)


_GAVE_WAY = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,  # somebody else was faster; the next attempt finds what he has written
)


def _gave_way(error: BaseException | None) -> bool:
    return isinstance(_original(error), _GAVE_WAY)


def _original(error: BaseException | None) -> BaseException | None:
    """Return the driver's own exception."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
