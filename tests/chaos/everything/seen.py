"""One moment of a database, read by plain SQL on a connection that has nothing to do with the engine."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

Rows = list[tuple[Any, ...]]

_SERVER_TIME = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint)"


class Moment:
    """A snapshot; ``at`` is a time soon after it was taken, UTC microseconds."""

    def __init__(self, connection: Any, clock: Callable[[Moment], int]) -> None:
        self._connection = connection
        self.rows("SELECT count(*) FROM store")  # only now the moment is chosen
        self.at = clock(self)

    def rows(self, sql: str) -> Rows:
        return [tuple(row) for row in self._connection.execute(sql).fetchall()]


@contextmanager
def moment(url: str) -> Iterator[Moment]:
    """Yield what the database is at this moment; whatever is committed later is not seen."""
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
        try:
            file.execute("BEGIN")
            yield Moment(file, lambda _: time.time_ns() // 1000)
        finally:
            file.close()
        return
    with psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:")) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield Moment(connection, lambda seen: int(seen.rows(_SERVER_TIME)[0][0]))
