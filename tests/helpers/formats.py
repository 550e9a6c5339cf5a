"""Formats for tests: bytes are opened as a table, and all that came of it is returned."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earmark.feeds.formats.registry import format_named
from earmark.feeds.model import Feed

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "feeds" / "examples"


@dataclass
class Opened:
    """What came of a file: ``records`` by column without empty fields, ``refused`` as line, code and text."""

    columns: tuple[str, ...] = ()
    counted_at: int | None = None
    notes: tuple[str, ...] = ()
    lines: list[int] = field(default_factory=list)
    records: list[dict[str, str]] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)

    def pick(self, *names: str) -> list[tuple[str, ...]]:
        """These columns of each record."""
        return [tuple(record.get(name, "") for name in names) for record in self.records]

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Line and code of what was refused."""
        return [(line, code) for line, code, _ in self.refused]


def opened(form: str, content: bytes, *, formats: Any = None, **feed: Any) -> Opened:
    """Read the content by a feed of that format that says no more than what is given."""
    said = Feed.model_validate({"name": "depot", "format": form, **feed})
    with format_named(form, formats)(io.BytesIO(content), Path("stock.dat"), said) as table:
        found = Opened(table.columns, table.counted_at, table.notes)
        for batch in table.batches():
            for record in batch.records:
                found.lines.append(record.line)
                found.records.append({n: f for n, f in zip(table.columns, record.fields, strict=True) if f})
            found.refused += [(row.line, str(row.code), row.message) for row in batch.refused]
    return found


def example(name: str) -> bytes:
    """The content of an example file of the documentation."""
    return (EXAMPLES / name).read_bytes()
