"""What the database says of itself, and what the processes in it lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """Which database is open.

    ``url`` is without a password, ``schema`` the revision of its tables, ``file`` that of an embedded database.
    """

    kind: Literal["sqlite", "postgresql"]
    url: str
    schema: str
    file: Path | None

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {**asdict(self), "file": None if self.file is None else str(self.file)}


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """What decides whether SQLite's commits survive a crash: they do if ``synchronous`` is 2 (FULL) or more."""

    version: str
    journal_mode: str
    synchronous: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What decides whether commits of a PostgreSQL server survive a crash, and how many connections are in use.

    ``number`` is the version as the server counts it: 150004 is 15.4; ``pooled`` tells that a pooler such as
    PgBouncer stands before it and lends its connections.
    """

    version: str
    number: int
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    max_connections: int
    connections: int
    pooled: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True, order=True)
class MissingPlugin:
    """A plugin that a process needs and nobody registers; ``kind`` is command, condition or timeout processor."""

    kind: str
    name: str
    process: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup: what of (without a password), into which file, how many bytes, and of which schema."""

    database: str
    file: str
    bytes: int
    schema: str

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``db backup``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CopyReport:
    """A copy of a whole database: from where to where (without passwords), and how many rows, by table.

    Source and target have been counted against each other.
    """

    source: str
    target: str
    schema: str
    tables: Mapping[str, int]

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.tables.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of ``db copy``, without what comparing all amounts has found."""
        return {
            "source": self.source,
            "target": self.target,
            "schema": self.schema,
            "rows": self.rows,
            "tables": dict(self.tables),
        }
