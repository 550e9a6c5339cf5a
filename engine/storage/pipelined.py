"""PostgreSQL's pipeline mode: statements are sent without waiting for what came of those before.

A step of a single item takes a dozen small statements, and on its way to the server and back each costs more than
there. Only a few of them have an answer that decides how to go on: at these the unit of work waits, and the
others travel along with them. A statement that fails is told at the next such wait, and what was sent after it is
not carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import psycopg
from psycopg import pq
from sqlalchemy import Connection
from sqlalchemy.pool import PoolProxiedConnection

from engine.storage.backend import LOCAL
from engine.storage.line import Columns, Direct, Line

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""In so many words: the default may be another one for this database, its user, or a connection of a pooler."""

_ROWS_AT_ONCE = 2000
"""How many rows are sent to the server at a time where many are copied."""


class _Pipelined:
    """The line of one transaction."""

    ahead = True

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self._raw = raw
        self._mode = raw.pipeline()
        self._pipeline = self._mode.__enter__()
        self.cursor: Callable[[], Any] = raw.cursor

    def leave(self) -> None:
        """Leave pipeline mode: from now on every statement is waited for."""
        self._mode.__exit__(None, None, None)

    def copy(self, statement: str, columns: Columns) -> bool:
        """Copy rows to the server; the driver can do that out of pipeline mode only."""
        self.leave()
        copied = _copy(self._raw, statement, columns)
        self._mode = self._raw.pipeline()
        self._pipeline = self._mode.__enter__()
        return copied

    def settle(self) -> None:
        """Wait until all that was sent is done."""
        self._pipeline.sync()

    def recover(self) -> None:
        """Have the server listen again: after a statement that failed it passes over all until it is told to."""
        with suppress(psycopg.Error):  # what failed is being told already
            self._pipeline.sync()


@contextmanager
def pipelined(connection: PoolProxiedConnection) -> Iterator[Line]:
    """Open a line in pipeline mode; beginning and committing travel along, and cost no wait of their own."""
    raw = connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # the driver of these URLs
    raw.autocommit = True  # else the driver begins the transaction itself, and waits for it
    local = connection.info.get(LOCAL)
    line = _Pipelined(raw)
    try:
        line.cursor().execute(BEGIN)
        if local:
            line.cursor().execute(local)
        yield line
        committed = _commit_apart(raw, line) if local else _commit_along(line)
    except BaseException:
        _give_up(raw, line)
        raise
    raw.autocommit = False
    if committed.statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("what failed was passed over, so nothing was committed")


def _copy(raw: psycopg.Connection[Any], statement: str, columns: Columns) -> bool:
    """Copy rows within the open transaction; False, and nothing is copied, if one of them is there already."""
    line = "\t".join(str(column) if isinstance(column, int) else "%d" for column in columns) + "\n"
    rows = zip(*(column for column in columns if not isinstance(column, int)), strict=True)
    cursor = raw.cursor()
    cursor.execute("SAVEPOINT copied")
    try:
        with cursor.copy(statement) as copy:
            while text := "".join(map(line.__mod__, islice(rows, _ROWS_AT_ONCE))):
                copy.write(text)  # the server reads it while the next rows are written
    except psycopg.errors.UniqueViolation:
        cursor.execute("ROLLBACK TO copied")
        return False
    cursor.execute("RELEASE copied")
    return True


def _commit_along(line: _Pipelined) -> psycopg.Cursor[Any]:
    """Commit with what was sent last, and leave pipeline mode."""
    committed: psycopg.Cursor[Any] = line.cursor().execute("COMMIT")
    line.leave()
    return committed


def _commit_apart(raw: psycopg.Connection[Any], line: _Pipelined) -> psycopg.Cursor[Any]:
    """Leave pipeline mode, then commit.

    The driver leaves it with a request to flush, which has no answer. After a commit a pooler would lend a
    connection for it, and wait for that answer for ever.
    """
    line.leave()
    return raw.execute("COMMIT")


class _Waited(Direct):
    """The line of one transaction of a driver that cannot pipeline."""

    def __init__(self, connection: PoolProxiedConnection) -> None:
        super().__init__(connection)
        self._raw = connection.driver_connection

    def copy(self, statement: str, columns: Columns) -> bool:
        """Copy rows to the server."""
        assert isinstance(self._raw, psycopg.Connection)  # the driver of these URLs
        return _copy(self._raw, statement, columns)


@contextmanager
def waited(connection: PoolProxiedConnection) -> Iterator[Line]:
    """Open a line where the driver cannot pipeline: every statement is waited for."""
    try:
        if local := connection.info.get(LOCAL):
            connection.cursor().execute(local)
        yield _Waited(connection)
        connection.commit()
    except BaseException:
        with suppress(psycopg.Error):  # what failed is being told already
            connection.rollback()
        raise


@contextmanager
def alone(connection: PoolProxiedConnection) -> Iterator[None]:
    """Have the server take the next statement as a transaction by itself: one trip and not three."""
    raw = connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # the driver of these URLs
    raw.autocommit = True
    try:
        yield
    finally:
        if raw.info.transaction_status == pq.TransactionStatus.IDLE:
            raw.autocommit = False
        else:  # lost, or interrupted between the question and its answer
            raw.close()


def settle(connection: Connection) -> None:
    """Give a transaction that the driver begins its settings, unless the connection has them."""
    if local := connection.info.get(LOCAL):
        connection.exec_driver_sql(local)


def _give_up(raw: psycopg.Connection[Any], line: _Pipelined) -> None:
    """Leave pipeline mode and undo the transaction, whatever state they are in: why is being told already.

    An interrupt finds the driver anywhere, also between an answer and the statement that it belongs to. What cannot
    be brought in order then is closed: the server undoes the transaction, and the pool makes a new connection.
    """
    try:
        line.recover()
        with suppress(psycopg.Error):
            line.leave()
        raw.rollback()
        raw.autocommit = False
        in_order = raw.pgconn.pipeline_status == pq.PipelineStatus.OFF
    except Exception:
        in_order = False
    if not in_order:
        raw.close()
