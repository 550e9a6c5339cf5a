"""Formats at the command line: a message, and a kind of file that only a plugin knows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

TOPOLOGY = """
warehouses: [{name: Berlin}]
stores: [{name: DE, warehouses: [Berlin]}]
products: [{sku: tea, concretes: [{sku: TEA-500}, {sku: CUP-6}]}]
"""

FEEDS = """
plugins = ["own.py"]

[[feeds]]
name = "edi"
kind = "on_hand"
format = "edifact-invrpt"
options = { on_hand = "145" }
sku = { column = "seller_sku" }
warehouse = { constant = "Berlin" }
quantity = { column = "on_hand" }
counted_at = { message = true, timezone = "UTC" }

[[feeds]]
name = "own"
kind = "on_hand"
format = "Shop/Pipes"
sku = { column = "sku" }
warehouse = { constant = "Berlin" }
quantity = { column = "quantity" }
"""

PLUGIN = """
from earmark.plugins import stock_format


@stock_format("Shop/Pipes")
def read_pipes(file, options):
    for line in file:
        sku, quantity = line.decode().rstrip().split("|")
        yield {"sku": sku, "quantity": quantity}
"""

MESSAGE = (
    "UNB+UNOC:3+A:14+B:14+260101:0000+R'UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'DTM+366:20260101:102'"
    "LIN+1++TEA-500:SA'QTY+145:12'QTY+21:3'LIN+2++CUP-7:SA'QTY+145:5'UNT+9+1'UNZ+1+R'"
)


@pytest.fixture(autouse=True)
def shop(project, earmark):
    """A folder with feeds and a plugin, and a database with two products."""
    Path("earmark.toml").write_text(FEEDS)
    Path("own.py").write_text(PLUGIN)
    Path("topology.yaml").write_text(TOPOLOGY)
    earmark("topology", "apply", "topology.yaml")


def stock(earmark) -> list[tuple[str, str]]:
    return sorted((row["sku"], row["quantity"]) for row in earmark("stock", "list", "--json").json["stock"])


def test_a_message_is_tried_and_imported_and_what_is_refused_comes_back(earmark):
    Path("stock.edi").write_text(MESSAGE)
    tried = earmark("feed", "try", "stock.edi", "--feed", "edi", "--json", code=1).json
    assert (tried["format"], tried["counted_at"]["from"]) == ("edifact-invrpt", "the message")
    shown = [(row["line"], row["sku"], row["quantity"]) for row in tried["rows"]]
    assert shown == [(6, "TEA-500", "12"), (9, "CUP-7", "5")]
    said = earmark("stock", "import", "stock.edi", "--feed", "edi", "--refused", "back.csv", code=1)
    assert "stock.edi:7 refused unnamed_quantity QTY+21 of TEA-500" in said.out
    assert stock(earmark) == [("TEA-500", "12")]
    back = list(csv.DictReader(Path("back.csv").read_text().splitlines()))
    assert [(row["refused_because"].split(":")[0], row["seller_sku"], row["on_hand"]) for row in back] == [
        ("unnamed_quantity", "TEA-500", ""),
        ("unknown_sku", "CUP-7", "5"),
    ]
    mended = Path("back.csv").read_text().replace("CUP-7", "CUP-6")
    Path("back.csv").write_text("".join(line for line in mended.splitlines(True) if "unnamed" not in line))
    earmark("stock", "import", "back.csv", "--feed", "edi")
    assert stock(earmark) == [("CUP-6", "5"), ("TEA-500", "12")]


def test_a_message_that_is_cut_off_stores_nothing(earmark):
    Path("stock.edi").write_text(MESSAGE[:-12])
    said = earmark("stock", "import", "stock.edi", "--feed", "edi", code=1).err
    assert "stock.edi, segment" in said and "cut off" in said
    assert stock(earmark) == []


def test_a_format_of_a_plugin_is_tried_and_imported(earmark):
    Path("stock.txt").write_text("TEA-500|7\nCUP-6|2\n")
    assert earmark("feed", "try", "stock.txt", "--feed", "own", "--json").json["taken"] == 2
    earmark("stock", "import", "stock.txt", "--feed", "own")
    assert stock(earmark) == [("CUP-6", "2"), ("TEA-500", "7")]
    Path("broken.txt").write_text("TEA-500|8\nCUP-6\n")
    said = earmark("stock", "import", "broken.txt", "--feed", "own", code=1).err
    assert 'broken.txt: the plugin of the format "Shop/Pipes"' in said and "own.py" in said
    assert stock(earmark) == [("CUP-6", "2"), ("TEA-500", "7")]


def test_the_doctor_misses_a_format_whose_plugin_is_not_loaded(earmark):
    assert "no format" not in earmark("doctor", code=None).out
    Path("earmark.toml").write_text(FEEDS.replace('plugins = ["own.py"]', ""))
    assert "no format 'Shop/Pipes'" in earmark("doctor", code=None).out
