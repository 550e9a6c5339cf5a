"""What the database says of itself: which one it is, whether it keeps what is committed, what time it is there."""

from __future__ import annotations

from pathlib import Path

from engine.redact import redact
from engine.results import DatabaseView, EmbeddedSettings, ServerSettings
from engine.runtime import Runtime
from engine.storage.schema import HEAD


def describe(runtime: Runtime) -> DatabaseView:
    """Return which database it is."""
    database = runtime.database
    url = redact(database.url.render_as_string())
    if database.dialect == "sqlite":
        return DatabaseView("sqlite", url, HEAD, Path(str(database.url.database)))
    return DatabaseView("postgresql", url, HEAD, None)


def settings(runtime: Runtime) -> EmbeddedSettings | ServerSettings | None:
    """Return the settings that decide whether commits survive a crash; None when the database does not tell."""
    database = runtime.database
    with database.write() as work:  # what holds for a connection is asked on one that writes
        row = work.first("database_settings")
        pooled = work.pooled
    if row is None:
        return None
    if database.dialect == "sqlite":
        return EmbeddedSettings(row.version, row.journal_mode, row.synchronous)
    return ServerSettings(
        row.version,
        row.number,
        row.fsync,
        row.full_page_writes,
        row.synchronous_commit,
        row.max_connections,
        row.connections,
        pooled,
    )


def newest_step(runtime: Runtime) -> int | None:
    """Return when the newest step was taken, in UTC microseconds; None when there is none."""
    with runtime.database.read() as reader:
        row = reader.first("newest_run")
    return None if row is None or row.at is None else int(row.at)
