"""SQLite: two engines on one file.

Readers are query-only; a unit of work starts with BEGIN IMMEDIATE, so that a transaction which will write
never has to upgrade a read lock. The journal is WAL and every commit is flushed to disk.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from engine.clock import system_clock
from engine.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, StorageError
from engine.storage.backend import Backend
from engine.storage.line import Columns, Direct, Line
from engine.storage.statements import statements
from engine.storage.turns import Turns, insist

OLDEST_SQLITE = (3, 35, 0)
"""The oldest SQLite that is accepted: RETURNING and UPDATE FROM came with it."""

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNUSABLE = (
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
)
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)

_WRITER = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
)
# The last one reads, and so opens the -wal: from then on no other process removes it by ending.
_READER = ("query_only=ON", "temp_store=MEMORY", "cache_size=-16384", "schema_version")


_ROWS_AT_ONCE = 100
"""How many rows are added by one statement where many are."""

_WAL = "wal"
"""Which ``-wal`` a connection has open, in its record."""


def open_sqlite(url: URL, busy_timeout_s: float) -> Backend:
    """Return the backend of an SQLite file."""
    path = Path(str(url.database)).absolute()  # a plugin may change the working folder
    url, same = url.set(database=str(path)), _SameFile(path)
    turns = Turns(busy_timeout_s, lambda: _busy(url))
    return Backend(
        reader=_engine(url, busy_timeout_s, same, writer=False),
        writer=_engine(url, busy_timeout_s, same, writer=True),
        clock=system_clock,
        errors=(sqlite3.Error,),
        refusal=refusal,
        gave_way=_never_gives_way,
        line=partial(_line, busy_timeout_s),
        turn=turns.turn,
    )


class _Embedded(Direct):
    """The line of one transaction: every statement is done when it returns."""

    def copy(self, statement: str, columns: Columns) -> bool:
        """Add rows, many of them by one statement: what it costs to begin one is half of what a row costs."""
        cursor = self.cursor()
        same = [column for column in columns if isinstance(column, int)]
        each = [column for column in columns if not isinstance(column, int)]
        flat = list(chain.from_iterable(zip(*each, strict=True)))
        step = len(each) * _ROWS_AT_ONCE
        whole = len(flat) - len(flat) % step
        cursor.execute("SAVEPOINT copied")
        try:
            cursor.executemany(
                _values(statement, columns, _ROWS_AT_ONCE),
                (same + flat[place : place + step] for place in range(0, whole, step)),
            )
            if left := (len(flat) - whole) // len(each):
                cursor.execute(_values(statement, columns, left), same + flat[whole:])
        except sqlite3.IntegrityError:
            cursor.execute("ROLLBACK TO copied")
            return False
        finally:
            cursor.execute("RELEASE copied")
        return True


def _values(statement: str, columns: Columns, rows: int) -> str:
    """Return the statement for so many rows: what is the same in all of them is bound once, and first."""
    head, _ = statement.rsplit("VALUES", 1)
    same, each = count(1), count(1 + sum(isinstance(column, int) for column in columns))
    places = [next(same) if isinstance(column, int) else 0 for column in columns]
    group = (f"({','.join(f'?{place or next(each)}' for place in places)})" for _ in range(rows))
    return f"{head}VALUES {','.join(group)}"


@contextmanager
def _line(busy_timeout_s: float, connection: PoolProxiedConnection) -> Iterator[Line]:
    cursor = connection.cursor()
    insist(lambda: cursor.execute("BEGIN IMMEDIATE"), _is_busy, busy_timeout_s)
    try:
        yield _Embedded(connection)
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # what failed is being told already, and may have undone it
            connection.rollback()
        raise


class _SameFile:
    """Sees that the database's path still leads to the file that was opened.

    Where it was removed, or a backup put in its place, an open connection goes on with a file that nobody else
    sees: what is written there is lost, and beside a new file it may damage that as well. The same goes for the
    ``-wal`` beside it, in which what was committed last lies: SQLite removes it only when nobody has it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._known: tuple[int, int] | None = None
        self._lost: tuple[int, int] | None = None
        self._holder: Callable[[], Any] = lambda: None

    def look(self, *_: object) -> None:
        """Refuse another file than the first one that was seen. Raises DatabaseUnusable."""
        seen = _identity(self._path)
        if self._known is None:
            self._known = seen
        elif seen != self._known:
            raise DatabaseUnusable(
                f"{self._path} was removed or replaced while it was in use",
                remedy="Put the file back, or end every process that has it open. Start them again with the file "
                "that is to count.",
            )

    def look_at_wal(self, _raw: object, record: Any, *_: object) -> None:
        """Refuse a connection while it, or another open one, has another ``-wal``. Raises DatabaseUnusable."""
        found = _identity(self._wal)
        for one in (record, self._holder()):
            # A connection that was closed meanwhile keeps nothing open.
            known = None if one is None or one.dbapi_connection is None else one.info.get(_WAL)
            if known is not None and known != found:
                self._lost = known  # remembered: the pool closes what it could not hand out
        if self._lost not in (None, found):
            raise DatabaseUnusable(
                f"{self._wal} was removed or replaced while it was in use",
                remedy="What was committed last lay in it. Put it back, or end every process that has the database "
                "open, start them again and look what is missing.",
            )
        self._lost = None

    def note_wal(self, raw: object, record: Any) -> None:
        """Note which ``-wal`` a connection that is given back has open: the one of its first use."""
        if raw is not None and _WAL not in record.info and (seen := _identity(self._wal)) is not None:
            record.info[_WAL] = seen
            self._holder = weakref.ref(record)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what a path leads to, None where there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(url: URL, busy_timeout_s: float, same: _SameFile, *, writer: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s, "check_same_thread": False})
    event.listen(engine, "do_connect", same.look)
    event.listen(engine, "do_connect", same.look_at_wal)
    event.listen(engine, "checkout", same.look)
    event.listen(engine, "checkout", same.look_at_wal)
    event.listen(engine, "checkin", same.note_wal)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # transactions are begun below, not by the driver
        cursor = raw.cursor()
        for pragma in _WRITER if writer else _READER:
            cursor.execute(f"PRAGMA {pragma}")
        if writer:
            for statement in statements("sqlite").values():
                if statement.name.startswith("create_"):
                    cursor.execute(statement.sql)
        cursor.close()

        if writer:
            # Whoever waits to write looks more often than SQLite would: see ``turns``. Readers wait for nobody.
            raw.execute("PRAGMA busy_timeout=0")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        cursor = connection.connection.cursor()
        if writer:
            insist(lambda: cursor.execute("BEGIN IMMEDIATE"), _is_busy, busy_timeout_s)
        else:
            cursor.execute("BEGIN")

    return engine


def refusal(error: Exception, url: URL) -> StorageError:
    """Return what an exception of the driver means for the file of the URL."""
    if isinstance(error, PoolTimeout):
        return DatabaseBusy(
            f"too many callers at once: every connection to {url.database} was in use for too long"
        )
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = _code(original)
    if code in _BUSY:
        return _busy(url)
    if code in _UNUSABLE:
        return unusable(str(url.database), original)
    if code in _FULL:
        return DatabaseFull(f"the database {url.database} cannot be written: {original}")
    return StorageError(f"the database {url.database} refused a statement: {original}")


def _busy(url: URL) -> DatabaseBusy:
    return DatabaseBusy(f"the database {url.database} was locked for too long")


def _is_busy(error: Exception) -> bool:
    return _code(error) in _BUSY


def _code(error: BaseException) -> int:
    """Return SQLite's primary result code, the low byte of what it told; 0 for what the driver itself refuses."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def _never_gives_way(_error: BaseException | None) -> bool:
    """One transaction writes at a time, so that no two can wait for each other."""
    return False


def unusable(path: str, error: BaseException) -> DatabaseUnusable:
    """Return the refusal of a file that SQLite cannot use, by what it said."""
    code = _code(error)
    if code == sqlite3.SQLITE_CORRUPT:
        return DatabaseUnusable(
            f"{path} is damaged: {error}",
            remedy="Stop what uses it, keep a copy, and restore a backup. 'sqlite3 FILE .recover' saves what can "
            "be read; look at that with 'earmark doctor'.",
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return DatabaseUnusable(
            f"{path} cannot be opened",
            remedy="Check that its folder is there, and that file and folder may be read and written by this user.",
        )
    if code == sqlite3.SQLITE_READONLY:
        return DatabaseUnusable(
            f"{path} cannot be written",
            remedy="The file and its folder must be writable, also to look: SQLite keeps its journal beside it.",
        )
    return DatabaseUnusable(f"{path}: {error}")
