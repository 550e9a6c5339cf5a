"""PostgreSQL's pipeline mode: statements are sent without waiting for what came of those before.

A step of a single item takes a dozen small statements, and on its way to the server and back each costs more than
there. Only a few of them have an answer that decides how to go on: at these the unit of work waits, and the
others travel along with them. A statement that fails is told at the next such wait, and what was sent after it is
not carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import pq
from sqlalchemy import Connection
from sqlalchemy.pool import PoolProxiedConnection

from engine.storage.backend import LOCAL
from engine.storage.line import Direct, Line

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
"""In so many words: the default may be another one for this database, its user, or a connection of a pooler."""


class _Pipelined:
    """The line of one transaction."""

    ahead = True

    def __init__(self, raw: psycopg.Connection[Any], pipeline: psycopg.Pipeline) -> None:
        self._pipeline = pipeline
        self.cursor: Callable[[], Any] = raw.cursor

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
    mode = raw.pipeline()
    local = connection.info.get(LOCAL)
    line = _Pipelined(raw, mode.__enter__())
    try:
        line.cursor().execute(BEGIN)
        if local:
            line.cursor().execute(local)
        yield line
        committed = _commit_apart(raw, mode) if local else _commit_along(line, mode)
    except BaseException:
        _give_up(raw, line, mode)
        raise
    raw.autocommit = False
    if committed.statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("what failed was passed over, so nothing was committed")


def _commit_along(line: _Pipelined, mode: Any) -> psycopg.Cursor[Any]:
    """Commit with what was sent last, and leave pipeline mode."""
    committed: psycopg.Cursor[Any] = line.cursor().execute("COMMIT")
    mode.__exit__(None, None, None)
    return committed


def _commit_apart(raw: psycopg.Connection[Any], mode: Any) -> psycopg.Cursor[Any]:
    """Leave pipeline mode, then commit.

    The driver leaves it with a request to flush, which has no answer. After a commit a pooler would lend a
    connection for it, and wait for that answer for ever.
    """
    mode.__exit__(None, None, None)
    return raw.execute("COMMIT")


@contextmanager
def waited(connection: PoolProxiedConnection) -> Iterator[Line]:
    """Open a line where the driver cannot pipeline: every statement is waited for."""
    try:
        if local := connection.info.get(LOCAL):
            connection.cursor().execute(local)
        yield Direct(connection)
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


def _give_up(raw: psycopg.Connection[Any], line: _Pipelined, mode: Any) -> None:
    """Leave pipeline mode and undo the transaction, whatever state they are in: why is being told already.

    An interrupt finds the driver anywhere, also between an answer and the statement that it belongs to. What cannot
    be brought in order then is closed: the server undoes the transaction, and the pool makes a new connection.
    """
    try:
        line.recover()
        with suppress(psycopg.Error):
            mode.__exit__(None, None, None)
        raw.rollback()
        raw.autocommit = False
        in_order = raw.pgconn.pipeline_status == pq.PipelineStatus.OFF
    except Exception:
        in_order = False
    if not in_order:
        raw.close()
