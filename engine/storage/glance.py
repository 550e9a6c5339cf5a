"""One look at the database: a single statement, which sees one moment by itself and needs no transaction around it.

Beginning and ending a transaction costs a server two more trips than the statement. Who asks only one thing, and
asks it all the time, saves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from engine.storage.database import Database, Reader


@contextmanager
def glance(database: Database) -> Iterator[Reader]:
    """Open the database for one statement: a second one may see another moment."""
    with (
        database.mapped(),
        closing(database.reader.raw_connection()) as connection,
        database.backend.alone(connection),
    ):
        yield Reader(connection, database)
