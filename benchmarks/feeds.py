"""How fast files of feeds are read and mapped, in three dialects. Rates are rows a second of processor time.

The ceiling is a script for this one file, which checks nothing: Python's reader of CSV, a tuple and an int a row.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from earmark.feeds.loading import read_feeds
from earmark.feeds.model import Feed
from earmark.feeds.opening import open_feed

ROWS = 300_000
RUNS = 3
LATEST = 1 << 52

PLAIN = {
    "name": "plain",
    "kind": "on_hand",
    "decimal": ".",
    "sku": {"column": "concrete_sku"},
    "warehouse": {"column": "name"},
    "quantity": {"column": "quantity"},
    "unlimited": [{"column": "is_never_out_of_stock", "values": ["1"], "not_values": ["0", ""]}],
    "bundle": [{"column": "is_bundle", "values": ["1"], "not_values": ["0", ""]}],
}
ERP = {
    "name": "erp",
    "kind": "on_hand",
    "encoding": "cp1252",
    "delimiter": ";",
    "decimal": ",",
    "thousands": ".",
    "sku": {"column": "Artikelnummer", "pad": 8},
    "warehouse": {"column": "Lager", "codes": {"1": "Warehouse1"}},
    "quantity": {"column": "Bestand", "sign": "either"},
    "counted_at": {"column": "Stand", "format": "%d.%m.%Y", "timezone": "Europe/Berlin"},
    "drop": [{"column": "Artikelnummer", "values": ["Summe"]}],
}
HEAD = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"


def rates(tell: Callable[[str, float, str, float], None], name: str) -> None:
    """Measure each dialect and tell it as ``name`` with the dialect."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.csv"
        for dialect, settings, lines in _dialects():
            feed = _feed(settings)
            path.write_text("\n".join(lines) + "\n", encoding=feed.encoding)
            script, mapping = partial(_script, path, feed), partial(_mapped, path, feed)
            pairs = [(_rate(script), _rate(mapping)) for _ in range(RUNS)]
            ceiling, mapped = (statistics.median(column) for column in zip(*pairs, strict=True))
            tell(f"{name}_{dialect}", mapped, "rows/s", ceiling)


def _dialects() -> list[tuple[str, dict[str, object], list[str]]]:
    rows = [(f"{n:06}_2590", "Warehouse1", str(n % 997), "0", "0") for n in range(ROWS)]
    erp = [f"{n};Größe {n};1;{n % 9}.{n % 997:03},5;27.11.2026" for n in range(ROWS)]
    return [
        ("plain", PLAIN, [HEAD, *(",".join(row) for row in rows)]),
        ("quoted", PLAIN, [HEAD, *(",".join(f'"{field}"' for field in row) for row in rows)]),
        ("erp", ERP, ["Artikelnummer;Bezeichnung;Lager;Bestand;Stand", *erp]),
    ]


def _feed(settings: dict[str, object]) -> Feed:
    feeds, problems = read_feeds([settings], lambda _: "")
    assert problems == []
    return feeds[0]


def _rate(work: Callable[[], int]) -> float:
    began = time.process_time()
    rows = work()
    assert rows == ROWS
    return rows / (time.process_time() - began)


def _script(path: Path, feed: Feed) -> int:
    number = 3 if feed.name == "erp" else 2
    with path.open(encoding=feed.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=feed.delimiter)
        next(reader)
        taken = 0
        while rows := list(islice(reader, 5000)):
            taken += len([(row[0], row[number - 1], _number(row[number]), row[-1] == "1") for row in rows])
    return taken


def _number(text: str) -> int:
    return int(float(text.replace(".", "").replace(",", ".")) * 1_000_000)


def _mapped(path: Path, feed: Feed) -> int:
    with open_feed(feed, path) as source:
        timed = source.time_column is not None
        return sum(len(batch.rows) for batch in source.batches(LATEST, own_times=timed))
