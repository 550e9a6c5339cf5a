"""All of one database into another, empty one, of either kind: table by table, from one moment.

The source is read in a single transaction that sees one moment and hinders nobody; the target is written in another
one, so that a copy is there wholly or not at all. What each kind of database keeps beside the tables of both, the
counters of ids and which items are in which state, is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select
from sqlmodel import SQLModel

from engine.errors import DatabaseUnusable, StorageError
from engine.storage import tables as _tables  # noqa: F401  (fills the metadata)
from engine.storage.database import Database
from engine.storage.embedded import remove
from engine.storage.schema import open_database, open_empty, parse_url

BATCH = 5000
"""How many rows travel at once."""

Copied = Callable[[int, int | None], None]
"""Told how many rows are copied, and of how many."""


def copy(source_url: str, target_url: str, told: Copied) -> dict[str, int]:
    """Copy everything; return the number of rows by table.

    An embedded target is made if it is not there, and a server's gets its tables. Raises DatabaseUnusable when the
    source cannot be read or the target has something in it, DatabaseOutdated or DatabaseTooNew for another schema,
    and StorageError when the counts of source and target differ; the target is then as it was.
    """
    source = open_database(source_url, create=False)
    try:
        with _made(target_url):
            target = open_empty(target_url)
            try:
                return _copied(source, target, told)
            finally:
                target.close()
    finally:
        source.close()


class _NotEmpty(DatabaseUnusable):
    """The target has something in it, whoever made it."""


@contextmanager
def _made(url: str) -> Iterator[None]:
    """Make the file of an embedded database that is not there, and remove it again when the block fails.

    Not when somebody else has put something into it meanwhile.
    """
    parsed, made = parse_url(url), None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        path = Path(str(parsed.database))
        with suppress(OSError):  # it is there, or cannot be made, which whoever opens it tells
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            made = path
    try:
        yield
    except _NotEmpty:
        raise
    except BaseException:
        if made is not None:
            remove(made)  # with its -wal, which would change whatever is put there next
        raise


def _copied(source: Database, target: Database, told: Copied) -> dict[str, int]:
    tables = SQLModel.metadata.sorted_tables  # those that are referred to come first
    counts: dict[str, int] = {}
    with target.transaction() as there:
        _refuse_full(there, tables)
        with source.mapped(), source.reader.connect() as here, here.begin():
            total = sum(_count(here, table) for table in tables)
            for table in tables:
                done = sum(counts.values())
                counts[table.name] = 0
                for rows in _batches(source, here, table):
                    with target.mapped():  # what fails here is the target
                        _write(there, target, table, rows)
                    counts[table.name] += len(rows)
                    told(done + counts[table.name], total)
        if target.dialect == "postgresql":  # what a file has as a view, and by itself
            there.exec_driver_sql(target.known["fill_item_state"].sql)
            _set_counters(there, tables)
        _verify(there, tables, counts)
    return counts


def _refuse_full(there: Connection, tables: Sequence[Table]) -> None:
    full = next((table.name for table in tables if there.execute(select(table).limit(1)).first()), None)
    if full is not None:
        raise _NotEmpty(
            f"the database to copy into is not empty: its table {full!r} has rows",
            remedy="Name a file that is not there, or a new database of the server; nothing is ever merged or "
            "overwritten.",
        )


def _batches(source: Database, here: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the table's rows by its key, some thousands at once, without holding all of them in memory."""
    wanted = select(*table.columns).order_by(*table.primary_key.columns)
    with source.mapped():  # what fails here is the source, though the target is open as well
        found = here.execution_options(stream_results=True, yield_per=BATCH).execute(wanted)
        for rows in found.partitions():
            yield [tuple(row) for row in rows]


def _write(there: Connection, target: Database, table: Table, rows: list[tuple[Any, ...]]) -> None:
    if target.dialect == "postgresql":
        names = [target.quoted(column.name) for column in table.columns]
        command = f"COPY {target.quoted(table.name)} ({', '.join(names)}) FROM STDIN"
        with there.connection.cursor().copy(command) as stream:
            for row in rows:
                stream.write_row(row)
        return
    there.exec_driver_sql(str(insert(table).compile(there)), rows)


def _set_counters(there: Connection, tables: Sequence[Table]) -> None:
    """Have a server go on with ids after the highest one."""
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            last = there.execute(select(func.max(column))).scalar()
            if last is not None:
                counter = func.pg_get_serial_sequence(table.name, column.name)
                there.execute(select(func.setval(counter, last)))


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _verify(there: Connection, tables: Sequence[Table], counts: dict[str, int]) -> None:
    wrong = [table.name for table in tables if _count(there, table) != counts[table.name]]
    if wrong:
        raise StorageError(
            f"the copy does not have the rows that were read: {', '.join(wrong)}",
            remedy="Nothing was kept. Look at the target's disk and log, then run the same again.",
        )
