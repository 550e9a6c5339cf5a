"""A PgBouncer of a test's own before the PostgreSQL server, and what the next program finds on its connections."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.helpers.postgres import free_port

NO_POOLER = "there is no pgbouncer: install it (apt-get install pgbouncer)"
"""Why tests are skipped on a machine without one."""

_SETTINGS = """
[databases]
{database}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
query_wait_timeout = {patience}
max_client_conn = 200
{user}
"""


@contextmanager
def pgbouncer(url: str, folder: Path, mode: str, size: int, patience_s: int = 8) -> Iterator[str]:
    """Yield the URL of the same database through a pooler with so many connections, each lent by its ``mode``."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip(NO_POOLER)
    port, server = free_port(), make_url(url)
    words = {
        "host": server.host,
        "port": server.port or 5432,
        "dbname": server.database,
        "user": server.username,
        "password": server.password,
    }
    told = " ".join(f"{name}='{value}'" for name, value in words.items() if value is not None)
    settings = folder / f"pgbouncer-{port}.ini"
    settings.write_text(
        _SETTINGS.format(
            database=f"{server.database} = {told}",
            port=port,
            mode=mode,
            size=size,
            patience=patience_s,
            user="user = nobody" if os.geteuid() == 0 else "",
        )
    )
    pooled = server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    log = settings.with_suffix(".log")
    with log.open("ab") as out:
        process = subprocess.Popen([program, str(settings)], stdout=out, stderr=out)
    try:
        _wait(pooled, process, log)
        yield pooled
    finally:
        process.kill()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise RuntimeError(f"pgbouncer did not start: {log.read_text(errors='replace')[-2000:]}")


_LEFT = {
    "temporary tables": "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'",
    "prepared statements": "SELECT name FROM pg_prepared_statements",
    "cursors": "SELECT name FROM pg_cursors WHERE name <> ''",
    "channels": "SELECT pg_listening_channels()",
    "locks": """
        SELECT l.locktype, l.mode FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.pid <> pg_backend_pid()""",
}


def left_behind(pooled: str, server: str, size: int) -> dict[str, Any]:
    """Return what other programs find on any of the pooler's connections that a new connection does not have.

    All of them are looked at, each within a transaction that writes as a plain program does.
    """
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        fresh = stack.enter_context(psycopg.connect(server, autocommit=True))
        normal = _settings(fresh)
        programs = [stack.enter_context(psycopg.connect(pooled)) for _ in range(size)]
        for program in programs:  # each keeps its transaction open: so none has the connection of another
            found |= {f"setting {n}": v for n, v in _settings(program).items() if normal[n] != v}
        for program in programs:
            for what, sql in _LEFT.items():
                rows = [row for row in program.execute(sql).fetchall() if what != "locks" or _is_left(row)]
                if rows:
                    found[what] = rows
            program.execute("CREATE TABLE program_of_somebody (number integer)")
            program.execute("INSERT INTO program_of_somebody VALUES (1)")
            program.rollback()
    return found


def _is_left(row: tuple[Any, ...]) -> bool:
    """Whether a lock is none of those that the looking programs have themselves."""
    return row[1] != "AccessShareLock"


def _settings(connection: psycopg.Connection[Any]) -> dict[str, str]:
    rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name <> 'application_name'")
    return dict(rows.fetchall())
