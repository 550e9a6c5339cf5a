"""A message and a workbook become stock, and a file that breaks off in its middle becomes none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import load_settings
from engine.errors import FileUnreadable
from tests.helpers.workbooks import workbook

SETTINGS = """
[[feeds]]
name = "edi"
kind = "on_hand"
format = "edifact-invrpt"
options = { on_hand = "145" }
sku = { column = "seller_sku" }
warehouse = { constant = "North" }
quantity = { column = "on_hand" }
counted_at = { message = true, timezone = "UTC" }

[[feeds]]
name = "sheet"
kind = "on_hand"
format = "xlsx"
sku = { column = "item" }
warehouse = { constant = "North" }
quantity = { column = "qty" }
"""


def message(*skus: str) -> bytes:
    lines = [f"LIN+{number}++{sku}:SA'QTY+145:{number * 5}'" for number, sku in enumerate(skus, 1)]
    head = "UNB+UNOC:3+A:14+B:14+260101:0000+R'UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'DTM+366:20260101:102'"
    return f"{head}{''.join(lines)}UNT+{len(lines) * 2 + 4}+1'UNZ+1+R'".encode()


@pytest.fixture
def imported(world, tmp_path):
    """Imports a file of that content by one of the feeds."""
    (tmp_path / "earmark.toml").write_text(SETTINGS)
    feeds = load_settings(environment={}, folder=tmp_path).feeds

    def run(feed: str, content: bytes):
        path = tmp_path / f"stock.{feed}"
        path.write_bytes(content)
        with open_feed(feed_named(feeds, feed), path) as source:
            return world.engine.import_stock(source)

    return run


def quantities(shop) -> dict[str, Decimal]:
    return {row.sku: row.quantity for row in shop.engine.stock_list().stock}


def test_a_message_becomes_stock_of_its_time(world, imported):
    report = imported("edi", message("tea-1", "tea-2", "tea-9"))
    assert (report.imported, [(row.line, str(row.code)) for row in report.refused]) == (
        2,
        [(10, "unknown_sku")],
    )
    assert quantities(world) == {"tea-1": Decimal(5), "tea-2": Decimal(10)}
    assert {row.counted_at.isoformat() for row in world.engine.stock_list().stock} == {
        "2026-01-01T00:00:00+00:00"
    }


def test_a_workbook_becomes_stock(world, imported):
    report = imported(
        "sheet", workbook(["item", "qty"], ["tea-1", 7.0], ["tea-2", "#REF"], ["tea-2", 12.125])
    )
    assert [(row.line, str(row.code)) for row in report.refused] == [(3, "bad_quantity")]
    assert quantities(world) == {"tea-1": Decimal(7), "tea-2": Decimal("12.125")}


def test_nothing_is_stored_of_a_message_whose_end_is_wrong(world, imported):
    # Many rows have been handed over when it turns out.
    many = ["tea-1", "tea-2"] * 4000
    with pytest.raises(FileUnreadable, match="UNT counts"):
        imported("edi", message(*many).replace(b"UNT+16004", b"UNT+16003"))
    assert quantities(world) == {"tea-1": Decimal(100), "tea-2": Decimal(100)}
    assert world.engine.import_stock(world.stock_file("tea-1,North,3,0,0")).imported == 1
