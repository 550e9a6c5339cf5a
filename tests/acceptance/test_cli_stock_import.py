"""Importing stock on the command line: seeing before storing, refused rows back, and who was released and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"


def stock(earmark):
    return {row["warehouse"]: row["quantity"] for row in earmark("stock", "show", "chair-oak", "--json").json}


@pytest.fixture
def count(shop):
    """Write a stock file of these rows."""

    def written(*rows, name="count.csv"):
        Path(name).write_text("\n".join((HEADER, *rows)) + "\n")
        return name

    return written


def test_a_dry_run_tells_and_stores_nothing(shop, earmark, count):
    before = stock(earmark)
    file = count("chair-oak,Berlin,3,0,0", "chair-pine,Berlin,x,0,0")
    done = earmark("stock", "import", file, "--dry-run", "--json", code=1).shaped("stock-import")
    assert (done["dry_run"], done["imported"], done["refused_rows"], done["stopped"]) == (True, 1, 1, None)
    assert done["foreseen"]["changes"][0] == {
        "sku": "chair-oak",
        "warehouse": "Berlin",
        "before": before["Berlin"],
        "after": "3",
        "line": 2,
    }
    shown = earmark("stock", "import", file, "--dry-run", code=1).out
    assert "dry run, nothing is stored: 1 of 2 rows would be imported" in shown
    assert f"  chair-oak in Berlin: {before['Berlin']} -> 3 (line 2)" in shown
    assert stock(earmark) == before


def test_what_would_sell_out_is_named(shop, earmark, count):
    shown = earmark(
        "stock", "import", count(*(f"chair-oak,{house},0,0,0" for house in stock(earmark))), "--dry-run"
    ).out
    assert "of stores would sell out:" in shown
    assert " -> 0\n" in shown.split("would sell out:")[1]
    assert "2 of 2 numbers of stock would change, by 0 up and 15 down" in shown


def test_refused_rows_are_written_and_come_back_mended(shop, earmark, count):
    file = count("chair-oak,Berlin,7,0,0", "chair-oak,Mars,x,0,0")
    shown = earmark("stock", "import", file, "--refused", "mend.csv", code=1).out
    assert "1 refused row written to mend.csv: mend them and import the file again" in shown
    text = Path("mend.csv").read_text()
    assert text.startswith("refused_because,counted_at,concrete_sku")
    Path("mend.csv").write_text(text.replace("Mars,x", "Berlin,8"))
    done = earmark("stock", "import", "mend.csv", "--json").shaped("stock-import")
    assert (done["imported"], done["as_of_from"], stock(earmark)["Berlin"]) == (1, "rows", "8")
    error = earmark("stock", "import", file, "--refused", file, "--json", code=1).error
    assert (error["code"], "which is imported" in error["message"]) == ("input_invalid", True)


def test_the_numbers_that_changed_are_told(shop, earmark, count):
    file = count("chair-oak,Berlin,7,0,0")
    assert "1 number of stock changed" in earmark("stock", "import", file).out
    again = earmark("stock", "import", file, "--as-of", "now", "--json").shaped("stock-import")
    assert (again["changed"], again["kept_items"], again["released_items"], again["foreseen"]) == (
        0,
        [],
        [],
        None,
    )
