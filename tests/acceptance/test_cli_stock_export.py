"""``earmark stock export`` as people use it: to stdout, to a file, as other systems read it."""

import json
import os

import pytest

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle,counted_at"
TIME = "2026-03-01T08:00:00Z"

SHOP = {
    "warehouses": [{"name": "Berlin"}, {"name": "Hamburg"}],
    "stores": [{"name": "DE", "warehouses": ["Berlin", "Hamburg"]}],
    "products": [
        {"sku": "all", "concretes": [{"sku": "0017"}, {"sku": "=1+1"}, {"sku": "chair"}, {"sku": "gift"}]}
    ],
}

STOCK = f"""{HEADER}
0017,Berlin,10,0,0,{TIME}
=1+1,Berlin,2.5,0,0,{TIME}
chair,Hamburg,3,0,0,{TIME}
gift,Berlin,0,1,0,{TIME}
"""


@pytest.fixture
def filled(earmark, project):
    (project / "topology.yaml").write_text(json.dumps(SHOP))
    (project / "stock.csv").write_text(STOCK)
    earmark("topology", "apply", "topology.yaml")
    earmark("stock", "import", "stock.csv")
    return project


def stored(earmark):
    return earmark("stock", "list", "--json").json


def test_stdout_has_the_file_and_nothing_else(filled, earmark):
    done = earmark("stock", "export")
    assert done.out.splitlines() == [
        HEADER,
        f"'0017,Berlin,10,0,0,{TIME}",
        f"'=1+1,Berlin,2.5,0,0,{TIME}",
        f"chair,Hamburg,3,0,0,{TIME}",
        f"gift,Berlin,0,1,0,{TIME}",
    ]
    assert "4 rows of stock written as spryker" in done.err
    assert "2 names with an apostrophe in front" in done.err


def test_plain_names_are_as_they_are(filled, earmark):
    assert earmark("stock", "export", "--plain").out == STOCK


@pytest.mark.parametrize("plain", [[], ["--plain"]])
def test_what_was_written_changes_nothing_when_it_is_imported(filled, earmark, plain):
    before = stored(earmark)
    earmark("stock", "export", "-o", "out.csv", *plain)
    earmark("stock", "import", "out.csv")
    assert stored(earmark) == before
    earmark("stock", "import", "out.csv", "--feed", "spryker")
    assert stored(earmark) == before


def test_a_file_is_there_when_it_is_whole_and_what_was_written_is_told(filled, earmark):
    (filled / "out.csv").write_text("old")
    done = earmark("stock", "export", "-o", "out.csv", "--json").shaped("stock-export")
    assert done == {"file": "out.csv", "feed": "spryker", "rows": 4, "protected": 2, "left_out": []}
    assert (filled / "out.csv").read_text().startswith(HEADER)
    assert (filled / "out.csv").stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert sorted(path.name for path in filled.iterdir() if path.name.startswith(".")) == []


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_one_warehouse(filled, earmark):
    done = earmark("stock", "export", "--warehouse", "Hamburg")
    assert done.out.splitlines() == [HEADER, f"chair,Hamburg,3,0,0,{TIME}"]
    assert "there is no warehouse 'West'" in earmark("stock", "export", "--warehouse", "West", code=1).err


def test_what_a_file_cannot_say_is_left_out_and_the_exit_code_tells(filled, earmark):
    done = earmark("stock", "export", "--format", "magento-sources", "-o", "out.csv", "--json", code=1)
    told = done.shaped("stock-export")
    reason = "the file cannot say that a product is never out of stock"
    assert (told["rows"], told["left_out"]) == (3, [{"rows": 1, "reason": reason}])
    shown = earmark("stock", "export", "--format", "magento-sources", "-o", "out.csv", code=1).out
    assert f"1 row left out: {reason}" in shown
    assert f"gift in Berlin: {reason}" in shown
    assert (filled / "out.csv").read_text().splitlines()[1] == "Berlin,'0017,1,10.0000"


def test_a_workbook_has_names_as_texts_and_is_read_again(filled, earmark):
    from openpyxl import load_workbook

    before = stored(earmark)
    earmark("stock", "export", "--format", "xlsx", "-o", "out.xlsx")
    sheet = load_workbook(filled / "out.xlsx")["Stock"]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(max_col=4)]
    assert rows[1:3] == [("0017", "Berlin", 10, "0"), ("=1+1", "Berlin", 2.5, "0")]
    assert [cell.data_type for cell in sheet[3]][:3] == ["s", "s", "n"]
    earmark("stock", "import", "out.xlsx", "--feed", "xlsx")
    assert stored(earmark) == before


def test_erpnext_gets_the_lines_that_its_form_wants(filled, earmark):
    lines = earmark("stock", "export", "--format", "erpnext", "--warehouse", "Hamburg").out.splitlines()
    assert (lines[2], lines[6], lines[7]) == ("item_code,warehouse,qty", '"------"', "chair,Hamburg,3")


def test_a_profile_that_is_not_written_says_why_and_which_are(filled, earmark):
    done = earmark("stock", "export", "--format", "shopify", "-o", "out.csv", code=1)
    assert "handle and options, which Earmark does not know" in done.err
    assert "erpnext, magento-sources, odoo-quant, orocommerce, spryker, xlsx" in done.err
    assert not (filled / "out.csv").exists()


def test_a_feed_is_written_as_it_is_read(filled, earmark):
    (filled / "earmark.toml").write_text(
        """
[[feeds]]
name = "erp"
kind = "on_hand"
delimiter = ";"
decimal = ","
sku = { column = "Artikel" }
warehouse = { column = "Lager", codes = { "01" = "Berlin", "02" = "Hamburg" } }
quantity = { column = "Bestand" }

[feeds.export.columns]
Mandant = "1"
Artikel = "{sku}"
Lager = "{warehouse}"
Bestand = "{quantity:2}"

[[feeds]]
name = "wrong"
profile = "spryker"

[feeds.export.columns]
concrete_sku = "{sku}"
name = "{place}"

[[feeds]]
name = "left"
profile = "woocommerce"
"""
    )
    done = earmark("stock", "export", "--feed", "erp", code=1)
    assert done.out.splitlines()[:2] == ["Mandant;Artikel;Lager;Bestand", "1;0017;01;10,00"]
    said = earmark("stock", "export", "--feed", "wrong", code=1).err
    assert "{place}" in said and "{warehouse}" in said
    assert "left to sell" in earmark("stock", "export", "--feed", "left", code=1).err
    assert "there is no feed 'er'" in earmark("stock", "export", "--feed", "er", code=1).err


def test_what_does_not_go_together_is_refused(filled, earmark):
    both = earmark("stock", "export", "--feed", "a", "--format", "spryker", code=2)
    assert "give one of them" in both.err
    assert "-o FILE" in earmark("stock", "export", "--json", code=2).error["message"]


def test_a_place_where_nothing_can_be_written_is_told(filled, earmark):
    said = earmark("stock", "export", "-o", "nowhere/out.csv", code=1).err
    assert "nowhere/out.csv cannot be written" in said
