"""The file of an embedded database: what may be opened, and what may be made into one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from engine.errors import DatabaseUnusable
from engine.storage.sqlite import OLDEST_SQLITE, unusable


def check_file(url: URL, *, create: bool) -> bool:
    """Return whether the file is new or empty, so that the schema may be made in it.

    Raises DatabaseUnusable when it is something else, or missing and ``create`` is off.
    """
    _check_library(url)
    path = Path(str(url.database))
    if path.is_dir():
        raise DatabaseUnusable(f"{path} is a folder, not a database file")
    if path.exists() and not path.is_file():
        raise DatabaseUnusable(f"{path} is a device or a pipe, not a database file")
    if not path.exists():
        if not create:
            raise DatabaseUnusable(f"there is no database at {path}")
        if not path.absolute().parent.is_dir():
            raise DatabaseUnusable(f"there is no folder {path.absolute().parent} for the database")
        return True
    return path.stat().st_size == 0 or _has_no_tables(path)


def side_files(path: Path) -> list[Path]:
    """Return what SQLite may keep beside the file of a database, and would read with another file put there."""
    return [path.with_name(f"{path.name}{end}") for end in ("-journal", "-wal", "-shm")]


def remove(path: Path) -> None:
    """Remove the file of a database that nobody has open any more, and what is left beside it."""
    for each in (path, *side_files(path)):
        each.unlink(missing_ok=True)


def _has_no_tables(path: Path) -> bool:
    """Return whether the database is empty: a process killed while it made the schema leaves one behind.

    Only SQLite may open the file: closing a handle of our own would drop every lock this process holds on it.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    except sqlite3.DatabaseError as error:
        raise unusable(str(path), error) from None


def _check_library(url: URL) -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise DatabaseUnusable(
            f"this Python has SQLite {sqlite3.sqlite_version}, Earmark needs {needed}",
            remedy="Use a newer Python.",
        )
    if url.database in (None, "", ":memory:"):
        raise DatabaseUnusable(
            "an in-memory database cannot be shared by reader and writer", remedy="Name a file."
        )
