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


FEEDS = """
[[feeds]]
name = "shop"
kind = "available"
promised = "earmark"
warehouse = {constant = "Berlin"}
sku = {column = "sku"}
quantity = {column = "left"}

[[feeds]]
name = "changes"
kind = "delta"
warehouse = {constant = "Berlin"}
sku = {column = "sku"}
quantity = {column = "by"}

[[feeds]]
name = "wms"
kind = "on_hand"
whole = true
warehouse = {column = "place"}
sku = {column = "sku"}
quantity = {column = "pieces"}
guards = {vanished = 0.2}
"""


@pytest.fixture
def fed(shop):
    """The shop with three feeds."""
    with Path("earmark.toml").open("a") as file:
        file.write(FEEDS)
    return shop


def test_what_a_shop_says_is_available_does_not_take_off_the_same_promise_twice(fed, earmark):
    Path("order.json").write_text(
        '{"reference": "one", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 3, "warehouse": "Berlin"}]}'
    )
    earmark("order", "place", "order.json")
    Path("left.csv").write_text("sku,left\nchair-oak,7\n")
    done = earmark("stock", "import", "left.csv", "--feed", "shop", "--as-of", "now", "--json")
    assert (done.shaped("stock-import")["kind"], stock(earmark)["Berlin"]) == ("available", "10")


def test_a_delta_counts_once(fed, earmark):
    Path("by.csv").write_text("sku,by\nchair-oak,5\nchair-oak-none,1\n")
    first = earmark("stock", "import", "by.csv", "--feed", "changes", "--json", code=1).shaped("stock-import")
    assert (first["changed"], stock(earmark)["Berlin"]) == (1, "15")
    again = earmark("stock", "import", "by.csv", "--feed", "changes")
    assert "nothing was done: this delta was applied at" in again.out
    told = earmark("stock", "import", "by.csv", "--feed", "changes", "--json").shaped("stock-import")
    assert (told["already_applied"] is not None, stock(earmark)["Berlin"]) == (True, "15")


def test_a_file_that_is_not_believed_is_imported_when_it_is_accepted(fed, earmark):
    Path("wms.csv").write_text("sku,place,pieces\nchair-oak,Berlin,x\nchair-oak,Mars,1\n")
    before = stock(earmark)
    stopped = earmark("stock", "import", "wms.csv", "--feed", "wms", "--json", code=1).shaped("stock-import")
    assert (stopped["stopped"]["guard"], stopped["imported"], stopped["complete"]) == ("empty", 0, False)
    shown = earmark("stock", "import", "wms.csv", "--feed", "wms", code=1).out
    assert "stopped, nothing is stored: a file that is complete" in shown
    assert "look at the file; '--accept' imports it as it is" in shown
    Path("wms.csv").write_text(
        "sku,place,pieces\nchair-oak,Berlin,x\nchair-oak,Mars,1\nchair-beech,Vienna,0\n"
    )
    done = earmark("stock", "import", "wms.csv", "--feed", "wms", "--accept", "--json", code=1)
    imported = done.shaped("stock-import")
    assert (imported["stopped"], imported["imported"], imported["zeroed"]) == (None, 1, 1)
    [lamp] = earmark("stock", "show", "lamp-brass", "--json").json
    assert (lamp["quantity"], lamp["never_out_of_stock"]) == ("0", False)  # not named, so it is gone
    assert stock(earmark) == before  # refused rows name it
