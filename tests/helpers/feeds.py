"""Feeds for tests: settings are written, a file is read by one of them, and all that came of it is returned."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import load_settings
from engine.api.values import parse_time
from engine.feeds import StockRow
from engine.results import RowRefusal

LATEST = parse_time("2040-01-01T00:00:00Z")
"""What is later is in the future."""

PLAIN = """
[[feeds]]
name = "shop"
kind = "on_hand"
sku = { column = "sku" }
warehouse = { constant = "Berlin" }
quantity = { column = "qty" }
"""
"""A feed of two columns."""


@dataclass
class Read:
    """What came of a file: ``rows`` and ``refused`` in the order of their lines."""

    rows: list[StockRow] = field(default_factory=list)
    refused: list[RowRefusal] = field(default_factory=list)
    skipped: int = 0
    notes: tuple[str, ...] = ()
    time_column: str | None = None
    written_at: int | None = None

    @property
    def stock(self) -> list[tuple[str, str, int]]:
        """Sku, warehouse and quantity in whole units."""
        return [(row.sku, row.warehouse, row.quantity / 1_000_000) for row in self.rows]

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Line and code of what was refused."""
        return [(row.line, str(row.code)) for row in self.refused]


def read(
    folder: Path, settings: str, content: str | bytes, *, name: str = "f.csv", feed: str = "shop"
) -> Read:
    """Read a file of that name and content by a feed of these settings."""
    (folder / "earmark.toml").write_text(settings, encoding="utf-8")
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = Read()
    with open_feed(feed_named(load_settings(environment={}, folder=folder).feeds, feed), path) as source:
        found.notes, found.time_column, found.written_at = source.notes, source.time_column, source.written_at
        for batch in source.batches(LATEST, own_times=source.time_column is not None):
            found.rows += batch.rows
            found.refused += batch.refused
            found.skipped += batch.skipped
    found.refused.sort(key=lambda row: row.line)
    return found
