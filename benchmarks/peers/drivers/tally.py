"""Counting statements and commits by the words they begin with, the same way for both kinds of database."""

from __future__ import annotations

import sqlite3
from typing import Any

_BEGIN = ("BEGIN", "START")
_END = ("COMMIT", "END")
_NO_STATEMENT = (
    *_BEGIN,
    *_END,
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "RESET",
    "DISCARD",
    "PRAGMA",
    "--",
)
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE")


class Tally:
    """How many statements and commits there were.

    Statements are counted without those that begin, end, divide or set up a transaction; commits, of transactions
    that wrote. A statement that writes outside of a transaction is a commit too.
    """

    def __init__(self) -> None:
        self.statements = 0
        self.commits = 0

    def as_dict(self) -> dict[str, int]:
        """Return both numbers."""
        return {"statements": self.statements, "commits": self.commits}


class Session:
    """What goes over one connection, noted in a tally."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._open = False
        self._written = False

    def note(self, statement: str) -> None:
        """Note one statement, or the tag that the server answered it with."""
        text = statement.lstrip().upper()
        if text.startswith(_BEGIN):
            self._open, self._written = True, False
        elif text.startswith(_END):
            self._tally.commits += self._open and self._written
            self._open = False
        elif text.startswith("ROLLBACK") and " TO" not in text:
            self._open = False
        if not text.startswith(_NO_STATEMENT):
            self._tally.statements += 1
            self._note_written(text)

    def _note_written(self, text: str) -> None:
        if text.startswith(_WRITES) or (text.startswith("WITH") and any(word in text for word in _WRITES)):
            self._written = True
            self._tally.commits += not self._open


def watch_sqlite(tally: Tally) -> None:
    """Let every SQLite connection of this process that is opened from now on count in the tally."""
    connect = sqlite3.connect

    def watched(*words: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*words, **options)
        connection.set_trace_callback(Session(tally).note)
        return connection

    sqlite3.connect = watched
    sqlite3.dbapi2.connect = watched  # type: ignore[attr-defined]
