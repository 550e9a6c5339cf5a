"""The world outside of the database: shelves, plugins that were called, and what each worker asked and was told.

It is a file of its own that all processes of a run share; what is written there outlives whoever wrote it. Times
are the engine's, UTC microseconds.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY, worker TEXT NOT NULL, deed TEXT NOT NULL, about TEXT NOT NULL,
    asked_at INTEGER NOT NULL, answered INTEGER NOT NULL DEFAULT 0, answer TEXT, refused TEXT);
CREATE TABLE IF NOT EXISTS asked_order (
    call INTEGER NOT NULL, line INTEGER NOT NULL, reference TEXT NOT NULL, kind TEXT NOT NULL,
    document TEXT NOT NULL, answer TEXT, PRIMARY KEY (call, line));
CREATE INDEX IF NOT EXISTS asked_kind ON asked_order (kind, call);
CREATE TABLE IF NOT EXISTS goods (
    sku TEXT NOT NULL, house TEXT NOT NULL, quantity INTEGER NOT NULL, came_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS gone (
    item INTEGER PRIMARY KEY, sku TEXT NOT NULL, house TEXT NOT NULL, quantity INTEGER NOT NULL,
    left_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS counted (
    file TEXT PRIMARY KEY, houses TEXT NOT NULL, as_of INTEGER NOT NULL, given INTEGER NOT NULL,
    asked_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS plugin_call (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, items TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS wrong (id INTEGER PRIMARY KEY, sentence TEXT NOT NULL, what TEXT NOT NULL);
"""
PATIENCE_S = 60.0


class Outside:
    """The file of a folder, opened by this process."""

    def __init__(self, folder: Path) -> None:
        self._file = sqlite3.connect(
            folder / "outside.db", timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        # Killed processes lose nothing by it: only the machine's own end would.
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.executescript(_TABLES)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes the world meanwhile."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._file.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    # --- what is asked and told ---

    def ask(self, worker: str, deed: str, about: Mapping[str, Any], now: int) -> int:
        """Note what a worker is about to ask; return the number of the call."""
        made = self._file.execute(
            "INSERT INTO call (worker, deed, about, asked_at) VALUES (?, ?, ?, ?)",
            (worker, deed, json.dumps(about), now),
        )
        return int(made.lastrowid or 0)

    def ask_orders(self, call: int, orders: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Note the orders of a call: reference, kind and document of each."""
        rows = [(call, line, ref, kind, json.dumps(doc)) for line, (ref, kind, doc) in enumerate(orders, 1)]
        with self.alone():
            self._file.executemany(
                "INSERT INTO asked_order (call, line, reference, kind, document) VALUES (?, ?, ?, ?, ?)", rows
            )

    def tell(self, call: int, answer: Mapping[str, Any], orders: Mapping[int, str] | None = None) -> None:
        """Note what a worker was told; of orders by their line."""
        with self.alone():
            for line, told in (orders or {}).items():
                self._file.execute(
                    "UPDATE asked_order SET answer = ? WHERE call = ? AND line = ?", (told, call, line)
                )
            self._file.execute(
                "UPDATE call SET answered = 1, answer = ? WHERE id = ?", (json.dumps(answer), call)
            )

    def refuse(self, call: int, code: str) -> None:
        """Note that the call was refused."""
        with self.alone():
            self._file.execute("UPDATE asked_order SET answer = ? WHERE call = ?", (code, call))
            self._file.execute("UPDATE call SET answered = 1, refused = ? WHERE id = ?", (code, call))

    def accuse(self, sentence: str, what: str) -> None:
        """Note that something is not as it was promised."""
        self._file.execute("INSERT INTO wrong (sentence, what) VALUES (?, ?)", (sentence, what))

    # --- plugins and messages ---

    def called(self, name: str, key: str, items: Sequence[int]) -> None:
        self._file.execute(
            "INSERT INTO plugin_call (name, key, items) VALUES (?, ?, ?)", (name, key, json.dumps([*items]))
        )

    def publish(self, messages: Sequence[Any]) -> None:
        """Take messages, as a sink; one that was seen before is known by its id."""
        with self.alone():
            for message in messages:
                payload = json.dumps(message.payload, sort_keys=True, default=str)
                known = self.rows("SELECT payload FROM message WHERE id = ?", message.id)
                if known and known != [(payload,)]:
                    self.accuse("a message keeps its id", f"{message.id}: {known} and {payload}")
                self._file.execute(
                    "INSERT OR IGNORE INTO message VALUES (?, ?, ?)", (message.id, message.kind, payload)
                )

    # --- shelves; to be looked at while nobody else changes them ---

    def bring(self, sku: str, house: str, quantity: int, now: int) -> None:
        self._file.execute("INSERT INTO goods VALUES (?, ?, ?, ?)", (sku, house, quantity, now))

    def on_shelf(self, sku: str, house: str, at: int | None = None) -> int:
        """How many pieces lay there at a time, now without one."""
        until = 2**62 if at is None else at
        came = "SELECT coalesce(sum(quantity), 0) FROM goods WHERE sku = ? AND house = ? AND came_at <= ?"
        left = "SELECT coalesce(sum(quantity), 0) FROM gone WHERE sku = ? AND house = ? AND left_at <= ?"
        return int(self.value(came, sku, house, until)) - int(self.value(left, sku, house, until))

    def take(self, item: int, sku: str, house: str, quantity: int, now: int) -> None:
        self._file.execute("INSERT INTO gone VALUES (?, ?, ?, ?, ?)", (item, sku, house, quantity, now))

    def taken_from(self, item: int) -> str | None:
        """From which warehouse the item has left, None while it is on a shelf."""
        found = self.rows("SELECT house FROM gone WHERE item = ?", item)
        return found[0][0] if found else None
