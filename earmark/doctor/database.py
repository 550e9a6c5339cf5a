"""The database: its settings, its clock, and the room that is left for it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, fine, span, warn, wrong
from earmark.words.text import count
from engine.api.values import SECOND, Clock, system_clock, to_microseconds
from engine.results import EmbeddedSettings, ServerSettings

if TYPE_CHECKING:
    from engine.api import Engine

CLOCK_DIFFERENCE_S = 2.0
"""How far the clocks of host and database may differ, in seconds."""

OLDEST_POSTGRESQL = 130000
"""The oldest PostgreSQL that gets no warning, as its server_version_num."""

_MIB = 1024 * 1024
_LITTLE_ROOM = 1024 * _MIB
_NO_ROOM = 100 * _MIB


def reachable(engine: Engine) -> Check:
    """Tell which database it is, at which schema."""
    found = engine.database()
    return fine("database", f"{found.url}, schema {found.schema}")


def settings(engine: Engine) -> Check:
    """Look whether what is committed survives a crash, and whether there are connections left."""
    found = engine.database_settings()
    if found is None:
        return warn("database settings", "the database does not tell them", "Report this.")
    return _sqlite(found) if isinstance(found, EmbeddedSettings) else _postgresql(found)


def _sqlite(row: EmbeddedSettings) -> Check:
    name, detail = "database settings", f"SQLite {row.version}, journal {row.journal_mode}"
    if row.journal_mode.lower() != "wal":
        return warn(
            name,
            f"{detail}: without a write-ahead log readers and the writer block each other",
            "Put the file on a local disk: network file systems cannot do it.",
        )
    if row.synchronous < 2:
        return wrong(
            name, f"{detail}, synchronous {row.synchronous}: a power cut may lose commits", "Report this."
        )
    return fine(name, f"{detail}, every commit on disk")


def _postgresql(row: ServerSettings) -> Check:
    name = "database settings"
    detail = f"PostgreSQL {row.version}, {row.connections} of {count(row.max_connections, 'connection')}"
    if row.pooled:
        detail += ", through a pooler"
    unsafe = [key for key in ("fsync", "full_page_writes") if getattr(row, key) != "on"]
    if unsafe:
        return wrong(
            name,
            f"{detail}; {' and '.join(unsafe)} off: a crash of the server may damage the database",
            "Set them to on in postgresql.conf and reload the server.",
        )
    if row.synchronous_commit in ("off", "local"):
        return warn(
            name,
            f"{detail}; synchronous_commit {row.synchronous_commit}: a crash may lose the last commits",
            "Set it to on for this database: ALTER DATABASE ... SET synchronous_commit = on.",
        )
    if row.number < OLDEST_POSTGRESQL:
        return warn(name, f"{detail}: this version gets no fixes any more", "Upgrade the server.")
    if row.connections >= row.max_connections * 0.9:
        return warn(
            name,
            f"{detail}: hardly any left",
            "Raise max_connections, or look in pg_stat_activity who holds them.",
        )
    return fine(name, detail)


def clock(engine: Engine, host_clock: Clock = system_clock) -> Check:
    """Compare the database's clock with the host's, and with the times it has given before."""
    before = host_clock()
    now = to_microseconds(engine.now())
    after = host_clock()
    # Asking takes time: only what the answer cannot be by that counts.
    difference = max(before - now, now - after, 0)
    if difference > CLOCK_DIFFERENCE_S * SECOND:
        return warn(
            "clock",
            f"the clocks of this host and of the database differ by {span(difference)}",
            "Let both follow the same time server. The database's clock counts for timeouts and leases.",
        )
    newest = engine.newest_step()
    ahead = 0 if newest is None else to_microseconds(newest) - now
    if ahead > CLOCK_DIFFERENCE_S * SECOND:
        return warn(
            "clock",
            f"the newest step is {span(ahead)} in the future: the database's clock jumped back",
            "Set the clock right. Until it has caught up, timeouts come late and shipped items may stay reserved.",
        )
    return fine("clock", "right" if engine.database().kind == "sqlite" else "host and database agree")


def room(engine: Engine) -> Check | None:
    """Look how much room the disk of an embedded database has; None for a server, which cannot be asked."""
    file = engine.database().file
    if file is None:
        return None
    free = shutil.disk_usage(file.absolute().parent).free
    detail = (
        f"{free // _MIB:,} MiB free for {file.name}, which has {max(1, file.stat().st_size // _MIB):,} MiB"
    )
    remedy = "Make room on that disk: a write without room fails, and is undone."
    if free < _NO_ROOM:
        return wrong("disk", detail, remedy)
    return warn("disk", detail, remedy) if free < _LITTLE_ROOM else fine("disk", detail)
