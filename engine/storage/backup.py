"""A backup into a file while everything goes on: of an SQLite file by SQLite itself, of a server by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from engine.errors import DatabaseUnusable, InputError, StorageError
from engine.redact import redact
from engine.storage.schema import open_database, parse_url
from engine.storage.sqlite import unusable

DUMP = "pg_dump"
"""The program that backs up a server's database; it comes with the server and its client tools."""


def backup(url: str, file: Path) -> int:
    """Write everything that is committed at this moment into a new file; return its size in bytes.

    The file appears whole or not at all, and one that is there is never overwritten. Raises InputError when it is
    there or its folder is not, DatabaseUnusable, and StorageError with what SQLite or pg_dump said.
    """
    if file.exists() or file.is_symlink():
        raise InputError(
            f"{file} is there already", remedy="Name another file: a backup is never overwritten."
        )
    if not file.absolute().parent.is_dir():
        raise InputError(f"there is no folder {file.absolute().parent} for the backup")
    open_database(url, create=False).close()  # refused here when it is none of ours, or of another schema
    parsed = parse_url(url)
    descriptor, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
    os.close(descriptor)
    part = Path(name)
    try:
        if parsed.get_backend_name() == "sqlite":
            _embedded(Path(str(parsed.database)), part)
        else:
            _server(parsed, part)
        return _put(part, file)
    finally:
        for left in (part, Path(f"{part}-journal"), Path(f"{part}-wal"), Path(f"{part}-shm")):
            left.unlink(missing_ok=True)


def _embedded(path: Path, part: Path) -> None:
    """Copy page by page what one reading transaction sees, also what is still in the ``-wal``; nobody waits."""
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file that is complete by itself
            told = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise unusable(str(path), error) from error
    if told != "ok":
        raise DatabaseUnusable(
            f"{path} is damaged, and so would its backup be: {told}",
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
    environment = dict(os.environ)
    if url.password is not None:  # not among the arguments, which everybody on the machine can read
        environment["PGPASSWORD"] = str(url.password)
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
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
            remedy=f"{DUMP} must not be older than the server, and the user needs the right to read every table.",
        )


def _put(part: Path, file: Path) -> int:
    """Have the disk keep the file, and give it its name."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    if file.exists():
        raise InputError(f"{file} has come to be there meanwhile", remedy="Name another file.")
    part.rename(file)
    with suppress(OSError):  # a folder cannot be synced everywhere
        folder = os.open(file.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return file.stat().st_size
