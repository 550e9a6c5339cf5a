"""What an SQLite file that cannot be used is called: told by what SQLite means and not by the words it says."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, StorageError
from engine.storage.database import Database
from engine.storage.schema import open_database


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "earmark.db"))


@pytest.fixture
def database(path: Path):
    database = open_database(f"sqlite:///{path}", busy_timeout_s=0.05)
    yield database
    database.close()


def refused(database: Database, kind: type[StorageError], *statements: str) -> StorageError:
    """The refusal of these statements, sent on the connection that writes."""
    with pytest.raises(StorageError) as refusal, database.mapped(), database.writer.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert type(refusal.value) is kind
    return refusal.value


def test_a_lock_that_somebody_else_holds(database, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert f"{path} was locked for too long" in refused(database, DatabaseBusy).message
    other.close()


def test_no_space_left(database):
    filling = (
        "PRAGMA max_page_count = 1",
        "CREATE TABLE filler (x)",
        "INSERT INTO filler VALUES (zeroblob(1000000))",
    )
    assert "cannot be written: database or disk is full" in refused(database, DatabaseFull, *filling).message


def test_a_file_that_may_not_be_written(database):
    error = refused(database, DatabaseUnusable, "PRAGMA query_only = ON", "DELETE FROM outbox")
    assert error.message.endswith("cannot be written")
    assert "must be writable" in error.remedy


def test_a_file_that_is_damaged(database, path):
    database.close()  # its connections: the next use makes new ones
    for part in path.parent.glob("earmark.db-*"):
        part.unlink()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    error = refused(database, DatabaseUnusable, "SELECT count(*) FROM order_item NOT INDEXED")
    assert f"{path} is damaged" in error.message


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing that SQLite knows\n" * 100)
    with pytest.raises(DatabaseUnusable, match=r"notes\.txt: file is not a database"):
        open_database(f"sqlite:///{tmp_path / 'notes.txt'}")


@pytest.mark.parametrize("word", ["locked", "busy", "readonly", "malformed", "is full", "unable to open"])
def test_a_name_is_not_taken_for_a_meaning(database, word):
    error = refused(database, StorageError, f'SELECT 1 FROM "{word}"')
    assert error.message.endswith(f"refused a statement: no such table: {word}")
