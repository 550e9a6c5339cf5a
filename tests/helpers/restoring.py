"""A backup of a database that lies in memory, and its restore: every row as it was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel

from engine.storage import tables
from engine.storage.database import Database

assert tables  # it names every table


class Backup:
    """Every row of every table, as it was when this was made."""

    def __init__(self, database: Database) -> None:
        with database.transaction() as connection:
            existing = _tables(connection)
            self._rows: list[tuple[Any, list[dict[str, Any]]]] = [
                (table, [dict(row) for row in connection.execute(table.select()).mappings()])
                for table in SQLModel.metadata.sorted_tables
                if table.name in existing
            ]

    def restore(self, database: Database) -> None:
        """Put everything back as it was."""
        with database.transaction() as connection:
            for table, _ in reversed(self._rows):
                connection.execute(table.delete())
            for table, rows in self._rows:
                if rows:
                    connection.execute(table.insert(), rows)


def _tables(connection: Any) -> set[str]:
    kind = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if connection.dialect.name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {name for (name,) in connection.execute(text(kind))}
