"""What is wrong with the database itself."""

from __future__ import annotations

from engine.errors.base import EarmarkError


class StorageError(EarmarkError):
    """The database refused the work."""

    code = "storage_failed"
    default_remedy = "See 'earmark doctor'; if another program has changed the tables, restore a backup."


class DatabaseUnusable(StorageError):
    """The database cannot be used."""

    code = "database_unusable"
    default_remedy = "Name an Earmark database with --db URL or EARMARK_DATABASE_URL."


class DatabaseTooNew(StorageError):
    """The database was made by a newer version of Earmark."""

    code = "database_too_new"
    default_remedy = "Use that version of Earmark, or a newer one."


class DatabaseOutdated(StorageError):
    """The database was made by an older version of Earmark."""

    code = "database_outdated"
    default_remedy = "Make a backup, then run 'earmark db upgrade'."


class DatabaseBusy(StorageError):
    """The database was locked by somebody else for too long."""

    code = "database_busy"
    default_remedy = "Try again; if it stays, look for a long-running process that uses the database."


class DatabaseFull(StorageError):
    """There is no space left for the database, or its disk cannot be written."""

    code = "database_full"
    default_remedy = "Free some space, then run the same again; what was under way is undone."
