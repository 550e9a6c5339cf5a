"""What leaves the shop, on the command line: other names, what is withdrawn, orders archived and forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PROCESS = """<statemachine xmlns="urn:earmark:process:1"><process name="Short" main="true">
<states><state name="new"/><state name="paid" reserved="true"/><state name="over"/></states>
<transitions>
<transition happy="true"><source>new</source><target>paid</target><event>pay</event></transition>
<transition happy="true"><source>paid</source><target>over</target><event>end</event></transition>
</transitions>
<events><event name="pay" manual="true"/><event name="end" manual="true"/></events>
</process></statemachine>"""


@pytest.fixture
def orders(shop, earmark):
    """Two orders of a short process, of Ann; the first of them is over."""
    Path("Short.xml").write_text(PROCESS)
    earmark("process", "deploy", "Short.xml")
    for reference in ("DE-1", "DE-2"):
        order = {"reference": reference, "store": "DE", "process": "Short", "customer": {"name": "Ann"}}
        order["items"] = [{"sku": "chair-oak", "quantity": 2}]
        Path("order.json").write_text(json.dumps(order))
        earmark("order", "place", "order.json")
    earmark("trigger", "pay", "--order", "DE-1")
    earmark("trigger", "end", "--order", "DE-1")


def test_a_product_gets_another_name(shop, earmark):
    renamed = earmark("topology", "rename", "product", "chair-oak", "chair-elm", "--json").shaped(
        "topology-rename"
    )
    assert (renamed["changed"], renamed["aliases"]) == (True, ["chair-oak"])
    (row,) = earmark("availability", "chair-oak", "--store", "DE", "--json").shaped("availability")
    assert row["sku"] == "chair-elm"
    assert (
        "'chair-elm' is its name already"
        in earmark("topology", "rename", "product", "chair-oak", "chair-elm").out
    )
    refused = earmark("topology", "rename", "product", "lamp-brass", "chair-oak", "--json", code=1).error
    assert refused["code"] == "name_taken"
    assert (
        earmark("topology", "rename", "product", "nothing", "x", "--json", code=1).error["code"]
        == "unknown_sku"
    )


def test_what_is_withdrawn_tells_who_depends_on_it(orders, earmark):
    foreseen = earmark("topology", "withdraw", "product", "chair-oak", "--dry-run")
    assert "! 'DE' has 1 live item of 'chair-oak', which go on" in foreseen.out
    assert "would be withdrawn; it is still needed, so only with --force" in foreseen.out
    refused = earmark("topology", "withdraw", "product", "chair-oak", "--json", code=1).error
    assert (refused["code"], refused["parameters"]["depends"][0]["orders"]) == ("still_needed", ["DE-2"])
    done = earmark("topology", "withdraw", "product", "chair-oak", "--force", "--json").shaped(
        "topology-withdraw"
    )
    assert (done["withdrawn"], done["changed"], done["needed"]) == (True, True, True)
    back = earmark("topology", "withdraw", "product", "chair-oak", "--take-back", "--json")
    assert back.shaped("topology-withdraw")["withdrawn"] is False
    closed = earmark("topology", "withdraw", "store", "DE", "--force", "--json").shaped("topology-withdraw")
    assert closed["what"] == "store"
    earmark("topology", "withdraw", "planet", "Mars", code=2)


def test_closed_orders_are_archived_forgotten_and_deleted(orders, earmark):
    assert earmark("order", "show", "DE-1", "--json").shaped("order")["closed_at"] is not None
    refused = earmark("order", "archive", "DE-1", "DE-2", "--json", code=1).error
    assert refused["code"] == "order_not_closed"
    assert earmark("order", "forget", "DE-9", "--json", code=1).error["code"] == "unknown_order"
    earmark("order", "archive", code=1)
    archived = earmark("order", "archive", "DE-1", "--json").shaped("order-archive")
    assert (archived["archived"], archived["items"]) == (1, 1)
    assert earmark("trigger", "pay", "--order", "DE-1", "--json", code=1).error["code"] == "order_archived"
    listed = earmark("order", "list", "--archived", "--json").shaped("order-list")
    assert [order["reference"] for order in listed["orders"]] == ["DE-1"]
    forgotten = earmark("order", "forget", "DE-1", "--json").shaped("order-forget")
    assert (forgotten["forgotten"], forgotten["values"]) == (1, {"customer": 1})
    assert "0 orders made anonymous: no value was there; 1 before" in earmark("order", "forget", "DE-1").out
    assert (
        earmark("order", "archive", "--older-than", "1 day", "--json").shaped("order-archive")["archived"]
        == 0
    )
    assert (
        earmark("order", "forget", "--older-than", "1 day", "--json").shaped("order-forget")["forgotten"] == 0
    )
    shown = earmark("order", "show", "DE-1", "--json").shaped("order")
    assert (shown["archived_at"] is None, shown["forgotten_at"] is None) == (False, False)
    purged = earmark("purge", "--archived", "--older-than", "1 second", "--json").shaped("purge")
    assert purged["orders"] in (0, 1)
