"""How the statements of a unit of work reach their database: each waited for, or sent ahead of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection


class Line(Protocol):
    """The way to the database, for the length of a transaction that it begins.

    It is a context manager: left well, it commits, and raises what failed meanwhile; else it rolls back or leaves
    that to the connection's own transaction.
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

    def recover(self) -> None:
        """After a failure: have the database listen again, so that a savepoint can be gone back to."""
        ...


OpenLine = Callable[[Connection], AbstractContextManager[Line]]
"""Opens the line of a connection whose transaction SQLAlchemy has begun."""


class Direct:
    """A database in this very process, or a driver that cannot send ahead: every statement is waited for."""

    ahead = False

    def __init__(self, connection: Connection) -> None:
        self._cursor = connection.connection.cursor

    def cursor(self) -> Any:
        """Return a new cursor."""
        return self._cursor()

    def settle(self) -> None:
        """Do nothing: all is done."""

    def recover(self) -> None:
        """Do nothing: the database listens."""


@contextmanager
def direct(connection: Connection) -> Iterator[Line]:
    """Open a direct line; the transaction is that of the connection."""
    yield Direct(connection)
