"""A backup into a file while everything goes on: of an SQLite file by SQLite itself, of a server by pg_dump."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from engine.errors import DatabaseFull, DatabaseUnusable, InputError, StorageError
from engine.redact import redact
from engine.storage.database import Database
from engine.storage.embedded import remove, side_files
from engine.storage.schema import parse_url, schema_of
from engine.storage.sqlite import refusal

DUMP = "pg_dump"
"""The program that backs up a server's database; it comes with the server and its client tools."""

PAGES = 2000
"""How many pages of an SQLite file are copied before anybody is told, or Ctrl-C is heard."""

_NOWHERE = "Free some space there, or name a file on another disk: nothing of the backup was kept."

Copied = Callable[[int, int | None], None]
"""Told how many pages of an SQLite file are copied, and of how many."""


def backup(url: str, file: Path, told: Copied) -> tuple[int, str]:
    """Write everything that is committed at this moment into a new file; return its size in bytes and its schema.

    The file appears whole or not at all, and one that is there is never overwritten. The database may have any
    schema: it is backed up before it is upgraded. Raises InputError when the file is there, its folder is not or
    it has a name that is taken, DatabaseUnusable, DatabaseFull, and StorageError with what pg_dump said or when a
    pooler stands before the server.
    """
    parsed = parse_url(url)
    _refuse_name(file)
    schema = schema_of(url)  # refused here when it is none of ours
    _refuse_side_file(parsed, file)
    descriptor, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.", suffix=".part")
    os.close(descriptor)
    part = Path(name)
    try:
        if parsed.get_backend_name() == "sqlite":
            _embedded(parsed, part, file, told)
        else:
            _refuse_pooler(parsed)
            _server(parsed, part)
        return _put(part, file), schema
    finally:
        remove(part)


def _refuse_name(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise InputError(
            f"{file} is there already", remedy="Name another file: a backup is never overwritten."
        )
    if str(file) == "-":
        raise InputError("a backup cannot go to standard output", remedy="Name a file.")
    if not file.absolute().parent.is_dir():
        raise InputError(
            f"there is no folder {file.absolute().parent} for the backup",
            remedy="Make the folder, or name another file.",
        )


def _refuse_side_file(url: URL, file: Path) -> None:
    database = Path(str(url.database)).absolute()
    if url.get_backend_name() != "sqlite" or file.name not in [one.name for one in side_files(database)]:
        return
    if file.absolute().parent.samefile(database.parent):
        raise InputError(
            f"{file} is what SQLite itself writes beside {database.name}, and removes again",
            remedy="Name another file.",
        )


def _embedded(url: URL, part: Path, file: Path, told: Copied) -> None:
    """Copy page by page what one reading transaction sees, also what is still in the ``-wal``; nobody waits."""
    path = Path(str(url.database))
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.execute("BEGIN")  # held while pages are copied, so that all of them are of one moment
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=PAGES, progress=lambda _, left, total: told(total - left, total))
            copy.execute("PRAGMA journal_mode=DELETE")  # one file that is complete by itself
            damage = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:  # only the copy is written
            raise DatabaseFull(f"the backup {file} cannot be written: {error}", remedy=_NOWHERE) from error
        raise refusal(error, url) from error
    if damage != "ok":
        raise DatabaseUnusable(
            f"{path} is damaged, and so would its backup be: {damage}",
            remedy="Keep the last good backup. 'sqlite3 FILE .recover' saves what can be read.",
        )
    shutil.copymode(path, part)


def _server(url: URL, part: Path) -> None:
    program = shutil.which(DUMP)
    shown = redact(url.render_as_string())
    if program is None:
        raise StorageError(
            f"{DUMP} is not installed here, so that {shown} cannot be backed up by it",
            remedy="Install the PostgreSQL client tools of the server's version, or run 'earmark db copy URL "
            "sqlite:///FILE': that is a consistent copy, too, and can be copied back.",
        )
    environment, query = dict(os.environ), dict(url.query)
    in_query = query.pop("password", None)
    password = in_query if url.password is None else url.password
    if password is not None:  # not among the arguments, which everybody on the machine can read
        environment["PGPASSWORD"] = str(password)
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    words = [
        program,
        "--format=custom",
        "--no-password",
        f"--file={part}",
        f"--dbname={address.render_as_string(hide_password=False)}",
    ]
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise StorageError(
            f"{DUMP} could not back up {shown}: {' '.join(redact(done.stderr).split())}",
            remedy=f"Nothing was kept. {DUMP} must not be older than the server, its user needs the right to read "
            "every table, and the file needs room.",
        )


def _refuse_pooler(url: URL) -> None:
    """Refuse to dump through a pooler: whoever is lent the connection next would have the settings of pg_dump."""
    database = Database(url)
    try:
        with database.read() as reader:
            pooled = reader.pooled
    finally:
        database.close()
    if pooled:
        raise StorageError(
            f"{redact(url.render_as_string())} is a pooler, on whose connections {DUMP} would leave its settings",
            remedy="Name the server itself with --db, or run 'earmark db copy URL sqlite:///FILE': that is a "
            "consistent copy, too, and can be copied back.",
        )


def _put(part: Path, file: Path) -> int:
    """Have the disk keep the file, and give it its name."""
    try:
        with part.open("rb") as written:
            os.fsync(written.fileno())
        _name(part, file)
    except FileExistsError:
        raise InputError(f"{file} has come to be there meanwhile", remedy="Name another file.") from None
    except OSError as error:
        raise DatabaseFull(f"the disk cannot keep {file}: {error.strerror}", remedy=_NOWHERE) from error
    with suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(file.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file.stat().st_size


def _name(part: Path, file: Path) -> None:
    """Give the file its name, unless somebody else has it. Raises FileExistsError."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # the file system has no links
        if file.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from None
        part.rename(file)
