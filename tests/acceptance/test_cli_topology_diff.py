"""``earmark topology diff``: what applying a file would change and mean, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TOPOLOGY = """
warehouses: [{name: North}, {name: South}]
stores:
  - {name: DE, warehouses: [North, South], shares_reservations_with: [AT]}
  - {name: AT, warehouses: [North], shares_reservations_with: [DE]}
products:
  - {sku: tea, concretes: [{sku: tea-1}, {sku: tea-2}]}
"""
COUNT = """concrete_sku,name,quantity,is_never_out_of_stock,is_bundle
tea-1,North,3,0,0
tea-1,South,4,0,0
"""
LATER = """
warehouses: [{name: South, active: false}]
stores: [{name: DE, shares_reservations_with: []}, {name: AT, shares_reservations_with: []}]
products:
  - {sku: tea, concretes: [{sku: tea-1}, {sku: tea-3}]}
"""


@pytest.fixture
def shop(project, earmark):
    Path("shop.yaml").write_text(TOPOLOGY)
    Path("later.yaml").write_text(LATER)
    Path("count.csv").write_text(COUNT)
    earmark("topology", "apply", "shop.yaml")
    earmark("stock", "import", "count.csv")
    earmark("process", "deploy", "Prepayment")
    Path("at.json").write_text(
        json.dumps({"reference": "A-1", "store": "AT", "items": [{"sku": "tea-1", "quantity": 1}]})
    )
    earmark("order", "place", "at.json")
    lines = [{"sku": "tea-1", "quantity": 4, "warehouse": "South"}]
    Path("order.json").write_text(json.dumps({"reference": "R-1", "store": "DE", "items": lines}))
    earmark("order", "place", "order.json")


def test_what_would_change_is_told_and_nothing_is_changed(shop, earmark):
    shown = earmark("topology", "show").out
    warned, *told = earmark("topology", "diff", "later.yaml").out.splitlines()
    assert "the same piece can be sold twice" in warned
    assert told == [
        "~ warehouse 'South': active true -> false",
        "~ store 'AT': shares_reservations_with -'DE'",
        "~ store 'DE': shares_reservations_with -'AT'",
        "+ product 'tea-3' of 'tea'",
        "store 'AT': stock 3, reserved 5 -> 1, held 0, available 2",
        "  products that can be sold 1, promised above their stock 0",
        "store 'DE': stock 7 -> 3, reserved 5 -> 4, held 0, available 2 -> 3",
        "  products that can be sold 1, promised above their stock 0 -> 1",
        "  'tea-1' is promised above its stock by 4",
        "! 'DE' no longer sells from 'South', named by 1 live item: 4 reserved and 0 held (R-1)",
        "! 'AT' no longer heeds what 'DE' promises: 4 reserved and 0 held",
        "! 'DE' no longer heeds what 'AT' promises: 1 reserved and 0 held",
        "not in the file, and stays as it is: 1 warehouse, 1 concrete product",
    ]
    assert earmark("topology", "show").out == shown
    data = earmark("topology", "diff", "later.yaml", "--json").shaped("topology-diff")
    assert [change["name"] for change in data["changes"]] == ["South", "AT", "DE", "tea-3"]
    assert [one["becomes_short"] for one in data["stores"]] == [0, 1]


def test_what_is_stored_changes_nothing_and_what_is_wrong_is_told_as_by_apply(shop, earmark):
    assert earmark("topology", "diff", "shop.yaml").out.splitlines()[1:] == [
        "applying it would change nothing"
    ]
    Path("wrong.yaml").write_text("stores: [{name: DE, warehouses: [Moon]}]\n")
    refused = earmark("topology", "diff", "wrong.yaml", "--json", code=1).shaped("error")
    assert "wrong.yaml:1" in json.dumps(refused)
    Path("at.json").rename("none.yaml")
    assert earmark("topology", "diff", "gone.yaml", code=1).err
