"""Statistics of the server about tables that an import or a topology has made grow.

A server that still plans for the table as it was before takes a hundred times as long for the first questions. It
would find out by itself, a minute later.
"""

from __future__ import annotations

from engine.storage.database import Database

FROM_ROWS = 1000
"""From how many new or changed rows on the server is asked to look."""

_MORE = 1.1
"""What the server believes is an estimate: it is wrong where there is more by such a factor."""


def look_at_staged(database: Database, rows: int) -> None:
    """Have the server look at staged rows before they are stored."""
    if database.dialect == "postgresql" and rows >= FROM_ROWS:
        database.transact(lambda work: work.run("analyze_staged"))


def look_at_stock(database: Database, rows: int) -> None:
    """Have the server look at the stock after an import that has changed more rows than it believes there are."""
    if database.dialect == "postgresql" and rows >= FROM_ROWS:
        with database.read() as reader:
            believed = float(reader.scalar("stock_believed"))
        if rows > believed * _MORE:
            database.transact(lambda work: work.run("analyze_stock"))


def look_at_products(database: Database, changed: int) -> None:
    """Have the server look at the products after a topology that has changed so much."""
    if database.dialect == "postgresql" and changed >= FROM_ROWS:
        database.transact(lambda work: work.run("analyze_products"))
