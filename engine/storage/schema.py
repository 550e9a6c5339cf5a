"""Opening a database at the right version of its schema: made on first use, refused when it is not ours."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.clock import Clock
from engine.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnusable, StorageError
from engine.redact import redact
from engine.storage.database import Database, Probe
from engine.storage.embedded import check_file

HEAD = "0026"
"""The revision this version of Earmark works with; a test compares it with the migrations."""

REVISIONS = tuple(f"{number:04}" for number in range(1, int(HEAD) + 1))
"""Every revision this version knows, oldest first."""

_SQLITE = ("sqlite", "sqlite+pysqlite")
"""How the URL of an SQLite file may begin."""


def open_database(
    url: str,
    *,
    clock: Clock | None = None,
    create: bool = True,
    busy_timeout_s: float = 30.0,
    probe: Probe | None = None,
) -> Database:
    """Open the database at the URL, making an embedded one that does not exist yet.

    Raises DatabaseUnusable (not a database, not Earmark's, missing and ``create`` is off), DatabaseTooNew or
    DatabaseOutdated.
    """
    parsed = parse_url(url)
    fresh = _prepare(parsed, create=create)
    database = Database(parsed, clock, busy_timeout_s=busy_timeout_s, probe=probe)
    try:
        found = _revision(database)
        if found is None and fresh:
            _migrate(database)
        else:
            _check_revision(found, parsed)
    except BaseException:
        database.close()
        raise
    return database


def open_empty(url: str) -> Database:
    """Open a database that is to be filled, making its tables where there are none yet, also on a server.

    Raises DatabaseUnusable, DatabaseTooNew or DatabaseOutdated; whether there are rows is for the caller to see.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        database = Database(parsed)
        try:
            if _revision(database) is None:
                _migrate(database)
        finally:
            database.close()
    return open_database(url)


def schema_of(url: str) -> str:
    """Return the schema of an Earmark database, which may be one that this version does not know.

    Raises DatabaseUnusable when there is no database at the URL, or one without tables of Earmark.
    """
    parsed = parse_url(url)
    _prepare(parsed, create=False)
    database = Database(parsed)
    try:
        found = _revision(database)
    finally:
        database.close()
    if found is None:
        raise DatabaseUnusable(f"{_shown(parsed)} has no tables of Earmark")
    return found


def upgrade(url: str, *, clock: Clock | None = None) -> str:
    """Bring the database to this version's schema, making it when there is none; return the revision."""
    parsed = parse_url(url)
    _prepare(parsed, create=True)
    database = Database(parsed, clock)
    try:
        found = _revision(database)
        if found is not None and found not in REVISIONS:
            raise _too_new(found, parsed)
        _migrate(database)
    finally:
        database.close()
    return HEAD


def parse_url(url: str) -> URL:
    """Return the database URL. Raises DatabaseUnusable for one that cannot be understood or is not supported."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):  # a ValueError for a port that is no number
        raise DatabaseUnusable(
            f"{redact(url)!r} is not a database URL",
            remedy="Write it as sqlite:///earmark.db or postgresql://user@host:5432/name.",
        ) from None
    if backend not in ("sqlite", "postgresql"):
        raise DatabaseUnusable(
            f"databases of the kind {backend!r} are not supported",
            remedy="Use an SQLite file (sqlite:///earmark.db) or PostgreSQL (postgresql://user@host/name).",
        )
    if backend == "sqlite" and (parsed.query or parsed.drivername not in _SQLITE):
        # Not passed over: whoever writes mode=ro relies on it.
        raise DatabaseUnusable(
            f"{redact(url)!r} asks for more than a file, which Earmark cannot give",
            remedy=f"Write it as sqlite:///{parsed.database}, without a driver and without a '?'.",
        )
    return parsed


def _prepare(url: URL, *, create: bool) -> bool:
    """Return whether the schema may be made unasked: only in an embedded database that is new."""
    if url.get_backend_name() != "sqlite":
        return False
    return check_file(url, create=create)


def _revision(database: Database) -> str | None:
    with database.read() as reader:
        names = {row.name for row in reader.all("table_names")}
        if "alembic_version" not in names:
            if names and database.dialect == "sqlite":
                raise DatabaseUnusable(f"{database.url.database} is a database, but not one of Earmark")
            return None
        revision: str | None = reader.scalar("schema_revision")
        if revision is None and "order_item" in names:
            raise DatabaseUnusable(
                f"{_shown(database.url)} has tables of Earmark, but does not say of which schema",
                remedy="Restore a backup: its table 'alembic_version' was emptied by something else than Earmark.",
            )
        return revision


def _check_revision(found: str | None, url: URL) -> None:
    if found == HEAD:
        return
    if found is None:
        raise DatabaseOutdated(
            f"{_shown(url)} has no tables of Earmark yet; this version needs schema {HEAD}",
            remedy="Run 'earmark db upgrade'.",
        )
    if found in REVISIONS:
        raise DatabaseOutdated(f"{_shown(url)} has schema {found}, this version needs {HEAD}")
    raise _too_new(found, url)


def _too_new(found: str, url: URL) -> DatabaseTooNew:
    return DatabaseTooNew(
        f"{_shown(url)} has schema {found}, which this version does not know (it knows {HEAD})"
    )


def _migrate(database: Database) -> None:
    # Imported here: Alembic costs a tenth of a second that a database already at its schema need not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(files("engine.storage").joinpath("migrations")))
    try:
        with database.transaction() as connection:
            if database.dialect == "postgresql":  # hosts that start together upgrade together
                connection.exec_driver_sql(database.known["upgrades_one_at_a_time"].sql)
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)
    except CommandError as error:
        raise StorageError(f"the schema of {_shown(database.url)} cannot be upgraded: {error}") from error


def _shown(url: URL) -> str:
    """Return what a message calls the database: its file, or the address of the server."""
    return str(url.database) if url.get_backend_name() == "sqlite" else redact(url.render_as_string())
