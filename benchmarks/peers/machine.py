"""When and on what something was measured, without the name of the machine."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psycopg

_FLUSHED = ("fsync", "synchronous_commit", "full_page_writes")


def circumstances(server: str | None) -> dict[str, str | int]:
    """Return date, number and kind of processors, memory, and versions of Python and the database."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": os.cpu_count() or 1,
        "processor": _processor(),
        "memory_gb": round(gigabytes),
        "system": platform.system(),
        "python": platform.python_version(),
        "database": f"SQLite {sqlite3.sqlite_version}" if server is None else _postgresql(server),
        "flushed": "synchronous=FULL" if server is None else _settings(server),
        "load_before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    """Return the kind of processor as Linux has it, else the architecture."""
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def _postgresql(server: str) -> str:
    with psycopg.connect(server) as connection:
        version = connection.info.server_version
    return f"PostgreSQL {version // 10_000}.{version % 10_000}"


def _settings(server: str) -> str:
    """Return what decides whether a commit is on disk when it is told of."""
    with psycopg.connect(server) as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY (%s) ORDER BY name", (list(_FLUSHED),)
        ).fetchall()
    return ", ".join(f"{name}={setting}" for name, setting in rows)
