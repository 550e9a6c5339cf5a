"""What differs between the databases: engines and their settings, the clock, and the meaning of errors."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import PoolProxiedConnection

from engine.clock import Clock
from engine.errors import StorageError
from engine.storage.line import OpenLine

ROWS = "rows"
"""Under this name a connection's ``info`` counts the rows that its units of work have changed."""

LOCAL = "local"
"""Under this name a connection's ``info`` holds what gives each transaction its settings, if a pooler lends it.

There is nothing where the connection is Earmark's own: it got its settings when it was made.
"""


@dataclass(frozen=True, slots=True)
class Backend:
    """An opened backend.

    ``reader`` cannot change anything, each of its transactions sees one moment; ``writer`` begins a
    transaction that will write. ``clock`` is None when the database has a clock of its own. ``errors`` are the
    driver's exceptions, ``refusal`` says what one of them means. ``gave_way`` tells of an exception that the
    database undid the transaction in favour of another one: it can be run again as it is. ``distrust`` tells that
    a connection was lost: others may be lost as well. ``line`` opens the way of a unit of work to the database;
    ``begun`` is told of a writer's transaction that is used without a line. ``turn`` waits for its turn where one
    at a time writes. ``alone`` is where a reader's connection runs a single statement, with no transaction around
    it.
    """

    reader: Engine
    writer: Engine
    clock: Clock | None
    errors: tuple[type[Exception], ...]
    refusal: Callable[[Exception, URL], StorageError]
    gave_way: Callable[[BaseException | None], bool]
    line: OpenLine
    distrust: Callable[[], None] = lambda: None
    begun: Callable[[Connection], None] = lambda _: None
    turn: Callable[[], AbstractContextManager[object]] = nullcontext
    alone: Callable[[PoolProxiedConnection], AbstractContextManager[object]] = nullcontext


def first_told(error: BaseException, handled: BaseException | None) -> BaseException | None:
    """Return what had come before and made the driver fail as well: that is what must be told.

    It is what had failed before the rollback, or an interrupt such as Ctrl-C. ``handled`` is what the caller was
    handling when it asked the database: that has made nothing fail here.
    """
    before = error.__context__
    while before is not None and before is not handled:
        if isinstance(before, StorageError) or not isinstance(before, Exception):
            return before
        before = before.__context__
    return None
