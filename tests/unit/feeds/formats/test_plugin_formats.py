"""Formats of one's own: what a plugin may yield, and how what it does wrong is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from earmark.bootstrap import wire
from earmark.feeds.formats.plugin import PluginFormat
from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import Settings, load_settings
from engine.errors import ConfigurationInvalid, FileUnreadable
from plugins import PluginsInvalid, load_plugins
from tests.helpers.formats import opened

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "plugins.md").read_text(encoding="utf-8")


def plugged(call, content=b"", **feed):
    formats = {"Shop/Own": PluginFormat("Shop/Own", call, "shop.py:3")}
    return opened("Shop/Own", content, formats=formats, **feed)


def write_plugin(folder, code: str) -> Path:
    path = folder / "own.py"
    path.write_text(f"from earmark.plugins import stock_format\n{code}")
    return path


def yielding(*records):
    return lambda file, options: iter(records)


def refused(call, content=b"") -> str:
    with pytest.raises(FileUnreadable) as error:
        plugged(call, content)
    assert error.value.message.startswith(
        'stock.dat: the plugin of the format "Shop/Own" (shop.py:3) failed: '
    )
    return error.value.message


def test_the_example_of_the_page_reads_a_file(tmp_path):
    section = PAGE[PAGE.index("### `stock_format(") :]
    code, settings = (
        re.search(rf"```{kind}\n(.*?)```", section, re.DOTALL)[1] for kind in ("python", "toml")
    )
    (tmp_path / "own.py").write_text("from earmark.plugins import stock_format\n" + code)
    (tmp_path / "earmark.toml").write_text(settings)
    (tmp_path / "stock.txt").write_bytes("Tüte|7\nCUP|x\n".encode("latin-1"))
    wiring = wire(Settings(database_url="sqlite://", plugins=(str(tmp_path / "own.py"),)))
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "depot")
    with open_feed(feed, tmp_path / "stock.txt", formats=wiring.stock_formats) as source:
        (batch,) = source.batches(1 << 60, own_times=False)
        (again,) = source.batches(1 << 60, own_times=False)
    assert [(row.line, row.sku, row.warehouse, row.quantity) for row in batch.rows] == [
        (1, "Tüte", "Berlin", 7_000_000)
    ]
    assert [(row.line, str(row.code)) for row in batch.refused] == [(2, "bad_quantity")]
    assert again.rows == batch.rows
    with (
        pytest.raises(ConfigurationInvalid, match="no format 'Shop/Pipes'") as error,
        open_feed(feed, tmp_path / "own.py"),
    ):
        pass
    assert "needs its plugin to be loaded" in error.value.remedy


def test_the_first_mapping_names_the_columns():
    found = plugged(yielding({"sku": " A ", "n": 5}, {"sku": "B"}, {"sku": "C", "m": 1}))
    assert found.columns == ("sku", "n")
    assert found.records == [{"sku": "A", "n": "5"}, {"sku": "B"}]
    assert found.refused == [(3, "wrong_columns", "the record has m, which the first one has not")]


def test_a_mapping_may_tell_its_line_and_a_column_may_have_that_name():
    assert plugged(yielding({"sku": "A", "line": 7}, {"sku": "B", "line": 2})).lines == [7, 2]
    texts = plugged(yielding({"sku": "A", "line": "7"}))
    assert (texts.columns, texts.lines) == (("sku", "line"), [1])


def test_tuples_follow_a_header():
    found = plugged(yielding(("sku", "n"), ("A", 1), ["B", 2], ("C",)))
    assert (found.lines, found.pick("sku", "n")) == ([2, 3], [("A", "1"), ("B", "2")])
    assert found.codes == [(4, "wrong_columns")]
    assert plugged(yielding(("sku", "n"))).records == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (0.1 + 0.2, "0.3"),
        (12.125, "12.1250"),
        (True, "true"),
        (datetime(2026, 11, 28, 14, 30, tzinfo=UTC), "2026-11-28T14:30:00+00:00"),
        (10**20, "1" + "0" * 20),
    ],
)
def test_values_are_told_as_texts(value, text):
    assert plugged(yielding({"x": value})).records == [{"x": text}]


def test_numbers_have_the_decimal_sign_of_the_feed():
    assert plugged(yielding({"x": Decimal("1.5")}), decimal=",").records == [{"x": "1,5"}]


def test_the_plugin_gets_the_file_and_the_options():
    seen = []

    def call(file, options):
        seen.append(dict(options))
        yield {"sku": file.read().decode()}

    assert plugged(call, b"A", options={"depth": 2}).records == [{"sku": "A"}]
    assert seen == [{"depth": 2}]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda file, options: 1 / 0, "ZeroDivisionError"),
        (lambda file, options: exit(3), "SystemExit: 3"),
        (lambda file, options: None, "TypeError"),
        (yielding(), "yielded nothing"),
        (yielding("sku"), "neither a mapping nor a header"),
        (yielding((1, 2)), "neither a mapping nor a header"),
        (yielding({}), "neither a mapping nor a header"),
        (yielding({"sku": "A"}, ("B",)), "record 2 is ('B',), and the first one is a mapping"),
        (yielding(("sku",), {"sku": "B"}), "record 2 is {'sku': 'B'}, and the first one is a header"),
        (yielding({"sku": object}), "which is no text, number or time"),
        (lambda file, options: iter(file.close() or file), "closed file"),
    ],
)
def test_what_a_plugin_does_wrong_is_told_as_its_own(call, said):
    assert said in refused(call)


def test_an_error_in_the_middle_is_told_with_the_line_of_the_plugin():
    def call(file, options):
        yield {"sku": "A"}
        raise ValueError("odd")

    assert re.search(r"ValueError: odd \(line \d+ of .*test_plugin_formats.py\)", refused(call))


def test_what_it_prints_does_not_get_into_the_answer(capsys):
    def call(file, options):
        print("looking")
        yield {"sku": "A"}

    plugged(call)
    assert capsys.readouterr() == ("", "looking\n")


def test_a_format_is_registered_by_name_and_may_yield(tmp_path):
    path = write_plugin(tmp_path, "@stock_format('Shop/Own')\ndef read(file, options):\n    yield {}\n")
    registry = load_plugins([str(path)], entry_points=False)
    assert [one.name for one in registry.listing() if one.kind == "stock format"] == ["Shop/Own"]
    assert str(path) in registry.stock_formats()["Shop/Own"][1]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("@stock_format('csv')\ndef read(file, options): ...", "could be one of Earmark's own"),
        ("@stock_format('Shop/Own')\ndef read(file): ...", "cannot be called with (file, options)"),
        ("@stock_format('Shop/Own')\nasync def read(file, options): ...", "is async"),
    ],
)
def test_a_format_that_cannot_be_called_is_refused_when_it_is_loaded(tmp_path, code, said):
    with pytest.raises(PluginsInvalid) as error:
        load_plugins([str(write_plugin(tmp_path, code))], entry_points=False)
    assert said in error.value.message
