"""Opening a database as an engine, upgrading it, and what its URL says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.api.engine import Engine
from engine.caller import Caller
from engine.clock import Clock
from engine.hooks import Plugins
from engine.observe import Observer, observed_by
from engine.runtime import Runtime
from engine.storage import schema
from rules import EngineRules


def open_at(
    url: str,
    plugins: Plugins,
    rules: EngineRules,
    *,
    clock: Clock | None = None,
    create: bool = True,
    caller: Caller | None = None,
    observers: Sequence[Observer] = (),
    secrets: Sequence[str] = (),
) -> Engine:
    """Open the database at the URL as an engine; a missing embedded one is made unless ``create`` is off.

    ``clock`` stands in for the database's own. ``caller`` is who asks through the engine that is returned, and
    ``observers`` are told what it does; ``secrets`` sign messages to other databases. Raises DatabaseUnusable,
    DatabaseTooNew or DatabaseOutdated.
    """
    database = schema.open_database(url, clock=clock, create=create)
    observer = observed_by(*observers)
    return Engine(
        Runtime(
            database,
            plugins,
            rules,
            caller=caller or Caller(),
            observer=observer,
            secrets=tuple(secrets),
        )
    )


def upgrade(url: str) -> str:
    """Bring the database to this version's schema, making it when there is none; return the schema's revision.

    Raises DatabaseUnusable, DatabaseTooNew, or StorageError when it cannot be upgraded.
    """
    return schema.upgrade(url)


def shown_url(url: str) -> str:
    """Return the URL as people may see it, without a password. Raises DatabaseUnusable for what is no such URL."""
    return schema.parse_url(url).render_as_string()


def may_exist(url: str) -> bool:
    """Return whether there is something to open: the file of an embedded database is there, or it is a server's.

    Raises DatabaseUnusable for what is no URL of a database.
    """
    parsed = schema.parse_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).exists()
