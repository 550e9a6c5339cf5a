"""The two ways to use a database: a Reader that cannot change anything, and a Work that can."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from engine.clock import Clock
from engine.errors import DatabaseBusy, DatabaseUnusable, EarmarkError, InputError, StorageError
from engine.facts import Busy, Waited
from engine.observe import SILENT, Observer
from engine.storage import records
from engine.storage.backend import LOCAL, ROWS, first_told
from engine.storage.dialects import open_backend
from engine.storage.forking import survive_forks
from engine.storage.guards.pruning import WHOLE, Cut
from engine.storage.line import Columns, Line, savepoint
from engine.storage.parameters import bound
from engine.storage.statements import WORKING_SETS, Statement, statements

Probe = Callable[[str], None]
"""Called with a statement's name before it runs: tests count statements and stop the process with it."""

PAUSES_S = (0.01, 0.05, 0.2)
"""How long a unit of work that had to give way to another one waits before each further attempt, in seconds."""

Record = records.Record
"""A row: a named tuple with the statement's columns as fields."""

T = TypeVar("T")
R = TypeVar("R", bound=NamedTuple)


class Reader:
    """Runs named statements that read. ``params`` are bound by name; lists are sent as one JSON value.

    They run on a cursor of the driver: a small statement costs less than handling its result in SQLAlchemy does.
    """

    def __init__(self, connection: PoolProxiedConnection, database: Database) -> None:
        self._connection = connection
        self._database = database
        self._known = database.known
        self._probe = database.probe
        self._errors = database.errors
        self._cursor = connection.cursor()

    @property
    def dialect(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self._database.dialect

    @property
    def pooled(self) -> bool:
        """Whether the connection is lent by a pooler for this transaction only."""
        return LOCAL in self._connection.info

    def all(self, name: str, /, **params: Any) -> list[Record]:
        """Return every row of the statement."""
        return self._records(self._reading(name), params)

    def first(self, name: str, /, **params: Any) -> Record | None:
        """Return the first row of the statement, or None."""
        row = self._answer(self._execute(statement := self._reading(name), params).fetchone)
        return None if row is None else self._record(statement, self._cursor)._make(row)

    def tuples(self, name: str, cut: Cut = WHOLE, /, **params: Any) -> list[tuple[Any, ...]]:
        """Return every row of the statement as a bare tuple: for sets of items, where each microsecond counts."""
        cursor = self._execute(cut.of(self._reading(name)), params | cut.params)
        rows: list[tuple[Any, ...]] = self._answer(cursor.fetchall)
        return rows

    def typed(self, kind: type[R], name: str, /, **params: Any) -> list[R]:
        """Return every row of the statement as ``kind``, a NamedTuple whose fields are the statement's columns.

        Raises TypeError when fields and columns are not the same.
        """
        cursor = self._execute(self._reading(name), params)
        rows = self._answer(cursor.fetchall)
        self._check_columns(kind, name, cursor)
        return list(map(kind._make, rows))

    def scalar(self, name: str, /, **params: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self._answer(self._execute(self._reading(name), params).fetchone)
        return None if row is None else row[0]

    def stream(self, name: str, size: int = 1000, /, **params: Any) -> Iterator[Record]:
        """Yield the rows of the statement without holding all of them in memory."""
        statement = self._reading(name)
        cursor = self._connection.cursor()
        self._run_on(cursor, statement, params)
        while rows := self._answer(lambda: cursor.fetchmany(size)):
            yield from map(self._record(statement, cursor)._make, rows)

    def _reading(self, name: str) -> Statement:
        statement = self._known[name]
        if not statement.reads:
            raise TypeError(f"the statement {name} writes: it needs a unit of work")
        return statement

    def _records(self, statement: Statement, params: Mapping[str, Any]) -> list[Record]:
        return self._fetched(statement, self._execute(statement, params))

    def _fetched(self, statement: Statement, cursor: Any) -> list[Record]:
        rows = self._answer(cursor.fetchall)
        return list(map(self._record(statement, cursor)._make, rows)) if rows else []

    def _check_columns(self, kind: type[NamedTuple], name: str, cursor: Any) -> None:
        known = self._database.records
        if known.get(name) is kind:
            return
        columns = tuple(column[0] for column in cursor.description)
        if columns != kind._fields:
            raise TypeError(f"{kind.__name__} is no row of {name}, whose columns are {', '.join(columns)}")
        known[name] = kind

    def _record(self, statement: Statement, cursor: Any) -> Any:
        known = self._database.records
        if statement.name not in known:  # asking for the columns costs half of what a small statement does
            known[statement.name] = records.record_of(statement.name, cursor)
        return known[statement.name]

    def _execute(self, statement: Statement, params: Mapping[str, Any]) -> Any:
        return self._run_on(self._cursor, statement, params)

    def _run_on(self, cursor: Any, statement: Statement, params: Mapping[str, Any]) -> Any:
        if self._probe is not None:
            self._probe(statement.name)
        try:  # as ``_answer`` does, which would need a function to be made for each statement
            return cursor.execute(statement.sql, bound(params, statement.arrays))
        except self._errors as error:
            raise self._database.refusal(error) from error

    def _answer(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except self._errors as error:
            # Here already: what failed is the database, whoever called, and not the plugin that may have.
            raise self._database.refusal(error) from error


class Work(Reader):
    """A unit of work: one transaction, committed when its ``with`` block ends well, else rolled back.

    What is only ``run`` need not be done when the call returns: where the database is elsewhere it travels with the
    next statement that is asked for an answer, and if it fails that one raises, or the end of the block does.

    ``now`` is the database's time (UTC microseconds), read when it is asked for first, which is mostly once the
    items are locked: an item that was waited for has not entered its state before. What is put into
    ``after_commit`` is called when the transaction is committed; it must not raise.
    """

    def __init__(
        self, connection: PoolProxiedConnection, database: Database, clock: Clock | None, line: Line
    ) -> None:
        super().__init__(connection, database)
        self._line = line
        self._sent: list[Any] = []
        self._rows = 0
        self._clock = clock
        self._now: int | None = None
        self._missing: Set[str] = WORKING_SETS if self.pooled else frozenset()
        self.after_commit: list[Callable[[], None]] = []

    @property
    def now(self) -> int:
        """The time of everything that this unit of work does, UTC microseconds."""
        if self._now is None:
            self._now = self._clock() if self._clock is not None else int(self.scalar("database_time"))
        return self._now

    def told_time(self, now: int) -> None:
        """Take the database's time from a statement that has just told it, unless it is known."""
        if self._now is None and self._clock is None:
            self._now = now

    def run(self, name: str, cut: Cut = WHOLE, /, **params: Any) -> None:
        """Run a writing statement."""
        cursor = self._line.cursor()
        self._run_on(cursor, cut.of(self._known[name]), params | cut.params)
        self._sent.append(cursor)

    def changed(self, name: str, /, **params: Any) -> int:
        """Run a writing statement and return the number of rows it changed."""
        self.run(name, **params)
        cursor = self._sent[-1]
        self.settle()
        return int(cursor.rowcount)

    def ask(self, name: str, /, **params: Any) -> Callable[[], list[Record]]:
        """Run a statement and return what fetches its rows: what is run or asked before that travels along."""
        statement = self._known[name]
        cursor = self._line.cursor()
        self._run_on(cursor, statement, params)
        if not self._line.ahead:
            # Rows that nobody fetches would keep the connection at this moment, and it could never write again.
            rows = self._fetched(statement, cursor)
            return lambda: rows
        return lambda: self._fetched(statement, cursor)

    def settle(self) -> None:
        """Wait until all that was run is done. Raises what failed."""
        self._answer(self._line.settle)
        self._rows = self.rows
        self._sent.clear()

    @property
    def rows(self) -> int:
        """How many rows were changed so far by what was run, as far as it is done."""
        return self._rows + sum(max(int(cursor.rowcount), 0) for cursor in self._sent)

    def returning(self, name: str, /, **params: Any) -> list[Record]:
        """Run a writing statement with RETURNING and return its rows."""
        return self._records(self._known[name], params)

    def many(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a writing statement once per row of parameters, in one call of the driver."""
        if not rows:
            return
        if self._probe is not None:
            self._probe(name)
        statement = self._known[name]
        if self._missing:
            self._make(statement.working_sets)
        cursor = self._line.cursor()
        self._answer(lambda: cursor.executemany(statement.sql, [bound(r, statement.arrays) for r in rows]))
        self._sent.append(cursor)

    def copy(self, name: str, columns: Columns) -> bool:
        """Add many rows as fast as the database can; False if one of them is there already: then none is added."""
        if self._probe is not None:
            self._probe(name)
        self.settle()
        statement = self._known[name].sql
        return self._answer(lambda: self._line.copy(statement, columns))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did, and only that, when it raises."""
        with self._database.mapped():
            try:
                with savepoint(self._line):
                    yield
                    self.settle()
            except BaseException:
                if self.pooled:  # those made since the savepoint are gone, and the others may be made again
                    self._missing = WORKING_SETS
                raise

    def _run_on(self, cursor: Any, statement: Statement, params: Mapping[str, Any]) -> Any:
        if self._missing:
            self._make(statement.working_sets)
        return super()._run_on(cursor, statement, params)

    def _make(self, working_sets: Set[str]) -> None:
        """Make working sets that end with the transaction: on a pooler's connection nothing may be left."""
        for name in sorted(self._missing & working_sets):
            make = self._line.cursor().execute
            self._answer(partial(make, f"{self._known[f'create_{name}'].sql} ON COMMIT DROP"))
        self._missing -= working_sets


class Database:
    """An opened database of the engine. ``clock`` stands in for the database's own clock, for tests and demos."""

    def __init__(
        self,
        url: URL,
        clock: Clock | None = None,
        *,
        busy_timeout_s: float = 30.0,
        probe: Probe | None = None,
    ) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        self.probe = probe
        self.observer: Observer = SILENT
        self.busy_timeout_s = busy_timeout_s
        self.backend = open_backend(url, busy_timeout_s)
        survive_forks(self.backend.reader)
        survive_forks(self.backend.writer)
        self.errors: tuple[type[Exception], ...] = (SQLAlchemyError, *self.backend.errors)
        # An embedded database has no clock of its own: its host's is the one.
        self._clock = clock if clock is not None else self.backend.clock
        self.given_time: Callable[[], int | None] = self._clock or (lambda: None)
        """Tells the time (UTC microseconds) where it need not be asked of the database, None where it must be."""
        self.known = statements(self.dialect)
        self.records: dict[str, Any] = {}

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Open a consistent view of the database: one transaction that cannot change anything."""
        with self.mapped(), self.backend.reader.connect() as connection, connection.begin():
            yield Reader(connection.connection, self)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """Open a unit of work."""
        asked = time.perf_counter()
        with (
            self.mapped(),
            self.backend.turn(),
            closing(self.backend.writer.raw_connection()) as connection,
        ):
            with self.backend.line(connection) as line:
                if self.dialect == "sqlite":  # one writes at a time, and waits for the others
                    self.observer.tell(Waited("write", time.perf_counter() - asked))
                work = Work(connection, self, self._clock, line)
                yield work
                if self.probe is not None:
                    self.probe("commit")
            connection.info[ROWS] = connection.info.get(ROWS, 0) + work.rows
        for call in work.after_commit:
            call()

    def transact(self, body: Callable[[Work], T]) -> T:
        """Run the body as a unit of work and return its answer, once that is committed.

        When two units of work wait for each other the database undoes one of them: its body is run again, a few
        times. So it must tell what it found by its answer, and change nothing else before that is committed.
        """
        for pause in PAUSES_S:
            try:
                with self.write() as work:
                    return body(work)
            except StorageError as error:
                if not self.backend.gave_way(error.__cause__):
                    raise
            time.sleep(pause)
        with self.write() as work:
            return body(work)

    def clock(self) -> int:
        """Return the database's time in UTC microseconds."""
        given = self.given_time()
        if given is not None:
            return given
        with self.read() as reader:
            return int(reader.scalar("database_time"))

    @property
    def reader(self) -> Engine:
        """The reading engine, for copies of whole tables."""
        return self.backend.reader

    @property
    def writer(self) -> Engine:
        """The writing engine, for schema migrations and copies of whole tables."""
        return self.backend.writer

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a writing transaction of SQLAlchemy, for migrations of the schema and copies of whole tables."""
        with self.mapped(), self.backend.writer.connect() as connection, connection.begin():
            self.backend.begun(connection)
            yield connection

    def quoted(self, name: str) -> str:
        """Return the name of a table or a column as this database has it in a statement."""
        return self.backend.writer.dialect.identifier_preparer.quote(name)

    def close(self) -> None:
        """Close every connection."""
        self.backend.reader.dispose()
        self.backend.writer.dispose()

    def refusal(self, error: Exception) -> StorageError:
        """Return what an error of the driver means; that somebody waited in vain is told."""
        refusal = self.backend.refusal(error, self.url)
        if isinstance(refusal, DatabaseBusy):
            self.observer.tell(Busy(refusal.message))
        elif isinstance(refusal, DatabaseUnusable):
            self.backend.distrust()
        return refusal

    @contextmanager
    def mapped(self) -> Iterator[None]:
        """Turn the database's errors into ours, keeping the original as the cause."""
        handled = sys.exception()
        try:
            yield
        except EarmarkError:
            raise
        except UnicodeEncodeError as error:
            raise InputError(
                f"this is not Unicode text: {ascii(error.object)[:200]}",
                remedy="Write it as UTF-8; on the command line, in the encoding of your terminal.",
            ) from error
        except self.errors as error:
            raise first_told(error, handled) or self.refusal(error) from error
