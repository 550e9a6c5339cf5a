"""How the statements of a unit of work reach their database: each waited for, or sent ahead of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy.pool import PoolProxiedConnection

Columns = Sequence[int | Sequence[int]]
"""Rows of whole numbers, column by column: a number is that of every row."""


class Line(Protocol):
    """The way to the database, for the length of a transaction that it begins.

    It is a context manager: left well, it commits, and raises what failed meanwhile; else it rolls back.
    """

    @property
    def ahead(self) -> bool:
        """Whether statements are sent ahead of the answers to those before."""
        ...

    def cursor(self) -> Any:
        """Return a cursor for one statement whose answer is looked at later, or never."""
        ...

    def settle(self) -> None:
        """Wait until all that was sent is done. Raises what failed."""
        ...

    def copy(self, statement: str, columns: Columns) -> bool:
        """Add many rows by a statement of its own kind; False if one is there already: then nothing is added."""
        ...

    def recover(self) -> None:
        """After a failure: have the database listen again, so that a savepoint can be gone back to."""
        ...


OpenLine = Callable[[PoolProxiedConnection], AbstractContextManager[Line]]
"""Opens the line of a connection that has no transaction yet. It is the driver's, as the pool lends it: what
SQLAlchemy would put around it costs as much as three statements, for each unit of work."""


class Direct:
    """A database in this very process, or a driver that cannot send ahead: every statement is waited for.

    Whoever knows the driver adds ``copy``.
    """

    ahead = False

    def __init__(self, connection: PoolProxiedConnection) -> None:
        self.cursor: Callable[[], Any] = connection.cursor

    def settle(self) -> None:
        """Do nothing: all is done."""

    def recover(self) -> None:
        """Do nothing: the database listens."""


@contextmanager
def savepoint(line: Line) -> Iterator[None]:
    """Undo what the block did, and only that, when it raises."""
    line.cursor().execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        line.recover()
        line.cursor().execute("ROLLBACK TO SAVEPOINT part")
        raise
    line.cursor().execute("RELEASE SAVEPOINT part")
