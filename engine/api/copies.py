"""All of a database elsewhere: into a backup file, or into another database."""

from __future__ import annotations

from pathlib import Path

from engine.results.database import BackupReport, CopyReport
from engine.runtime import Progress, no_progress
from engine.storage import backup as backups
from engine.storage import copying
from engine.storage.schema import HEAD, parse_url


def backup(url: str, file: Path, *, progress: Progress = no_progress) -> BackupReport:
    """Write everything that is committed at this moment into a new file, while everything goes on.

    An embedded database becomes such a database again, a server's a file for pg_restore, whatever its schema is.
    Raises InputError, DatabaseUnusable, DatabaseFull, and StorageError when pg_dump is missing or fails.
    """
    size, schema = backups.backup(url, file, progress)
    return BackupReport(parse_url(url).render_as_string(), str(file), size, schema)


def copy(source: str, target: str, *, progress: Progress = no_progress) -> CopyReport:
    """Copy everything that is committed at this moment into an empty database of either kind.

    Raises DatabaseUnusable when the target has something in it, DatabaseOutdated, DatabaseTooNew, and StorageError
    when the counts differ; the target is then as it was.
    """
    tables = copying.copy(source, target, progress)
    shown = [parse_url(url).render_as_string() for url in (source, target)]
    return CopyReport(shown[0], shown[1], HEAD, tables)
