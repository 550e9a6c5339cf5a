"""The verbs of watching: how the engine is doing, and what is kept for how long."""

from __future__ import annotations

from datetime import datetime

from engine.api.base import Base
from engine.clock import to_datetime
from engine.operations import purge, purge_archived
from engine.reading import database, health, plugins
from engine.results import (
    DatabaseView,
    EmbeddedSettings,
    Health,
    MissingPlugin,
    PurgeReport,
    ServerSettings,
)
from engine.runtime import Progress, no_progress


class Watch(Base):
    """Measures how the engine is doing, and deletes what is old."""

    def health(self) -> Health:
        """Return what is stuck, overdue, left over or short at this moment, in numbers."""
        return health.measure(self.runtime)

    def purge(
        self,
        older_than: str,
        *,
        archived: bool = False,
        dry_run: bool = False,
        progress: Progress = no_progress,
    ) -> PurgeReport:
        """Delete history, messages and records older than an age such as ``90 days``, in small transactions.

        What open items need is never deleted. With ``archived`` archived orders are deleted that are closed for so
        long, and nothing else. ``dry_run`` only counts. Raises InputError for what is no age.
        """
        with self._span("purge"):
            if archived:
                return purge_archived.purge_archived(
                    self.runtime, older_than, dry_run=dry_run, progress=progress
                )
            return purge.purge(self.runtime, older_than, dry_run=dry_run, progress=progress)

    def database(self) -> DatabaseView:
        """Return which database is open; nothing is asked of it."""
        return database.describe(self.runtime)

    def database_settings(self) -> EmbeddedSettings | ServerSettings | None:
        """Return what decides whether commits survive a crash; None when the database does not tell."""
        return database.settings(self.runtime)

    def now(self) -> datetime:
        """Return the database's time, which counts for timeouts and leases."""
        return to_datetime(self.runtime.database.clock())

    def newest_step(self) -> datetime | None:
        """Return when the newest step was taken that is still in the log; None without any."""
        newest = database.newest_step(self.runtime)
        return None if newest is None else to_datetime(newest)

    def missing_plugins(self) -> list[MissingPlugin]:
        """Return the plugins that nobody registers and that versions name which are current or have items."""
        return plugins.missing_plugins(self.runtime)
