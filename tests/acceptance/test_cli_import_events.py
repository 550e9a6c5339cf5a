"""Events of single items from a file on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PROCESS = """<statemachine><process name="Sale" main="true">
<states><state name="new"/><state name="packed"/><state name="shipped"/></states>
<transitions><transition><source>new</source><target>packed</target><event>pack</event></transition>
<transition><source>packed</source><target>shipped</target><event>ship</event></transition></transitions>
<events><event name="pack" manual="true"/><event name="ship" manual="true"/></events></process></statemachine>"""
HEADER = "order_reference,order_item_reference,order_item_event_oms\n"


@pytest.fixture
def sold(project, earmark):
    """Two orders with the items a and b, and c."""
    Path("Sale.xml").write_text(PROCESS)
    Path("topology.yaml").write_text(
        "warehouses: [{name: W}]\nstores: [{name: DE, warehouses: [W]}]\n"
        "products: [{sku: shirt, concretes: [{sku: shirt-m}]}]\n"
    )
    Path("stock.csv").write_text("concrete_sku,name,quantity,is_never_out_of_stock\nshirt-m,W,9,1\n")
    for arguments in ("process deploy Sale.xml", "topology apply topology.yaml", "stock import stock.csv"):
        earmark(*arguments.split())
    for reference, items in (("O1", "ab"), ("O2", "c")):
        lines = [{"sku": "shirt-m", "quantity": 1, "reference": item} for item in items]
        Path("order.json").write_text(json.dumps({"reference": reference, "store": "DE", "items": lines}))
        earmark("order", "place", "order.json")


def test_a_file_is_taken_once_and_each_bad_row_is_told_with_its_line(sold, earmark):
    Path("events.csv").write_text(
        f"{HEADER}O1,a,pack\nO1,a,ship\nO2,c,pack\nO1\nO1,,pack\nO1,b,\nO1,b,fly\nO7,b,pack\nO1,b,ship\n"
    )
    done = earmark("order", "import-events", "events.csv", "--json", code=1).shaped("order-import-events")
    assert [done[name] for name in ("rows", "moved", "stayed", "already", "refused_rows")] == [9, 3, 0, 0, 6]
    assert sorted((row["line"], row["code"]) for row in done["refused"]) == [
        (5, "wrong_columns"),
        (6, "unknown_item"),
        (7, "unknown_event"),
        (8, "unknown_event"),
        (9, "unknown_order"),
        (10, "event_not_available"),
    ]
    shown = earmark("order", "import-events", "events.csv", code=1).out.splitlines()
    assert shown[-1] == "9 rows: 0 moved, 0 stayed, 3 taken before, 6 refused"
    assert "line 9: unknown_order: there is no order 'O7'" in shown
    states = {
        item["reference"]: item["state"] for item in earmark("order", "show", "O1", "--json").json["items"]
    }
    assert states == {"a": "shipped", "b": "new"}


def test_columns_of_a_marketplace_plain_ones_and_standard_input(sold, earmark, run):
    Path("merchant.csv").write_text(
        "merchant_reference,merchant_order_reference,order_item_reference,merchant_order_item_event_oms\n"
        "MER1,DE--1--MER1,a,pack\n"
    )
    assert earmark("order", "import-events", "merchant.csv", "--json").json["moved"] == 1
    Path("plain.csv").write_text("event;item;order\nship;a;O1\n")
    with Path("plain.csv").open() as stream:
        done = run("order", "import-events", "-", "--json", stdin=stream)
    assert done.json["moved"] == 1
    assert "the columns are separated by ';'" in done.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("order,name\nO1,a\n", "events.csv:1: no columns of items and their events, but: order, name"),
        ("item,item,event\na,a,pack\n", "events.csv:1: several columns for the same: item"),
        ("", "events.csv:1: no columns of items and their events, but: none"),
    ],
)
def test_a_file_of_other_columns_is_refused(sold, earmark, text, message):
    Path("events.csv").write_text(text)
    assert earmark("order", "import-events", "events.csv", "--json", code=1).error["message"] == message
