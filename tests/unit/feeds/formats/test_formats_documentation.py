"""docs/feeds/formats.md: its feeds read its examples, and what it lists is what there is."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from earmark.feeds.formats.documents import gs1, gs1_parts, ubl
from earmark.feeds.formats.edifact import balances, invrpt
from earmark.feeds.formats.quantities import QUANTITIES
from earmark.feeds.formats.registry import format_names
from earmark.feeds.formats.x12 import inventory, items
from engine.errors import ConfigurationInvalid
from tests.helpers.feeds import read
from tests.helpers.formats import example, opened
from tests.helpers.workbooks import workbook

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "feeds" / "formats.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S[^:\n]*)[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COLUMNS = {
    "edifact-invrpt": balances.FIELDS,
    "x12-846": items.FIELDS,
    "ubl-inventory": ubl.COLUMNS,
    "gs1-inventory": gs1_parts.COLUMNS,
}
OPTIONS = {
    "edifact-invrpt": invrpt.OPTIONS,
    "x12-846": inventory.OPTIONS,
    "ubl-inventory": ubl.OPTIONS,
    "gs1-inventory": gs1.OPTIONS,
}


def feed_of(section: str) -> tuple[str, str]:
    """The settings of a section, and the name of their feed."""
    settings = re.search(r"```toml\n(.*?)```", SECTIONS[section], re.DOTALL)[1]
    return settings, re.search(r'^name = "(.*)"', settings, re.MULTILINE)[1]


def stock(tmp_path, section: str, content: bytes) -> list[tuple[str, str, float]]:
    settings, name = feed_of(section)
    return read(tmp_path, settings, content, feed=name).stock


def test_every_format_is_named():
    assert {f"`{name}`" in PAGE for name in format_names()} == {True}


@pytest.mark.parametrize("section", COLUMNS)
def test_every_column_and_option_is_described(section):
    words = set(re.findall(r"`([a-z_0-9]+)`", SECTIONS[section]))
    text = SECTIONS[section]
    options = set(OPTIONS[section]) - set(QUANTITIES)
    assert set(COLUMNS[section]) - words == set()
    assert {option for option in options if not re.search(rf"\b{option}\b", text)} == set()
    assert {name for name in QUANTITIES if f"`{name}`" not in PAGE} == set()


def test_the_workbook_of_the_page_is_read(tmp_path):
    content = workbook(["Stock of 28 November"], ["Item", "Qty"], ["A-1", 12.125], ["A-2", 3])
    assert stock(tmp_path, "xlsx", content) == [("A-1", "Berlin", 12.125), ("A-2", "Berlin", 3)]


def test_the_inventory_report_of_edifact_is_read(tmp_path):
    settings, name = feed_of("edifact-invrpt")
    found = read(tmp_path, settings, example("invrpt-d96a.edi"), feed=name)
    assert found.stock == [
        ("TEA-500", "Berlin", 300),
        ("TEA-LOOSE", "Berlin", 12.125),
        ("M'UG BL+W", "Berlin", 80),
        ("CUP-6", "Berlin", 300),
    ]
    # HAM is no code of the feed, and 124 none of its quantities.
    assert found.codes == [(20, "unknown_code"), (23, "unnamed_quantity")]
    assert found.rows[0].counted_at == 1795813200 * 10**6


def test_the_advice_of_x12_is_read(tmp_path):
    settings, name = feed_of("x12-846")
    found = read(tmp_path, settings, example("inventory-846.edi"), feed=name)
    assert (found.stock, found.codes) == ([("TEA:500", "Reno", 288)], [])
    assert found.rows[0].counted_at == 1795840200 * 10**6


def test_the_report_of_ubl_is_read(tmp_path):
    settings, name = feed_of("ubl-inventory")
    found = read(tmp_path, settings, example("ubl-inventory.xml"), feed=name)
    assert found.stock == [("TEA-500", "BER", 300)]
    assert found.codes == [(2, "bad_sku"), (3, "bad_balance")]
    assert {row.counted_at for row in found.rows} == {1795813200 * 10**6}


def test_the_reports_of_gs1_are_read(tmp_path):
    assert stock(tmp_path, "gs1-inventory", example("gs1-inventory.xml")) == [
        ("04000862141404", "Berlin", 300)
    ]
    assert stock(tmp_path, "gs1-inventory", example("gs1-logistics.xml")) == [
        ("04000862141404", "Berlin", 300),
        ("04000862141411", "Berlin", 20),
        ("04000862141411", "Berlin", 12.125),
    ]


@pytest.mark.parametrize(
    ("form", "module", "extra"),
    [
        ("xlsx", "openpyxl", "sheets"),
        ("edifact-invrpt", "pydifact.parser", "messages"),
        ("x12-846", "pyx12.x12file", "messages"),
    ],
)
def test_a_format_whose_library_is_missing_says_what_to_install(form, module, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    content = {"xlsx": workbook(["a"]), "x12-846": example("inventory-846.edi")}.get(
        form, example("invrpt-d96a.edi")
    )
    with pytest.raises(ConfigurationInvalid, match=f"needs {module.partition('.')[0]}") as error:
        opened(form, content, options={} if form == "xlsx" else {"on_hand": "145"})
    assert f"pip install 'earmark[{extra}]'" in error.value.remedy
    assert f"pip install 'earmark[{extra}]'" in PAGE
