"""Blanks around a name that somebody asks by do not count, whatever is asked; as in what is placed."""

from __future__ import annotations

import pytest

from engine.requests import Listing, MigrationRequest, Selection
from tests.helpers.shop import order

SALE = """
    states new paid* done
    new -> paid : pay
    paid -> done : close
"""


def blank(name):
    return f" \t{name}\n"


@pytest.fixture
def engine(sale):
    sale.engine.place(order("O1", "tea-1"))
    return sale.engine


def test_orders_and_their_events(engine):
    assert engine.order(blank("O1")) == engine.order("O1")
    assert engine.order_events(blank("O1")) == engine.order_events("O1") != []


@pytest.mark.parametrize("field", ["process", "state", "store", "sku"])
def test_lists(engine, field):
    names = {"process": "Sale", "state": "new", "store": "DE", "sku": "tea-1"}
    wanted = {"process": "Sale", field: blank(names[field])}
    assert engine.orders(Listing(**wanted)).orders != ()
    assert engine.items(Listing(**wanted)).items != ()


def test_stock_and_what_can_be_sold(engine):
    assert engine.stock(blank("tea-1")) == engine.stock("tea-1") != []
    assert engine.availability([blank("tea-1")], blank("DE")) == engine.availability(["tea-1"], "DE")
    assert engine.availability(blank("tea-1"), "DE")[0].sku == "tea-1"


def test_processes(engine):
    assert engine.process(blank("Sale")) == engine.process("Sale")
    assert engine.state_counts(blank("Sale"))["new"] == 1
    assert (
        engine.matrix(process=blank("Sale"), store=blank("DE"))
        == engine.matrix(process="Sale", store="DE")
        != []
    )
    assert engine.migrations(blank("Sale")) == []
    assert engine.activate(blank("Sale"))[0].active


def test_moving_items(engine):
    assert engine.trigger(blank("pay"), Selection(orders=[blank("O1")])).moved == 1
    assert engine.trigger("close", Selection(process=blank("Sale"), state=blank("paid"))).moved == 1
    again = Selection(orders=["O1 "])
    assert engine.retry(again, event=blank("pay")).blocked
    assert engine.force_preview(blank("new"), again).items == 1
    assert engine.force(blank("new"), again, reason="r").moved == 1
    assert engine.run_timeouts(store=blank("DE")).complete
    assert engine.run_conditions(store=blank("DE")).complete


def test_migrating(sale, engine):
    sale.deploy(SALE.replace("done", "gone"), force=True)
    request = MigrationRequest(
        process=blank("Sale"),
        version=blank("current"),
        sources=(blank(engine.processes()[0].version),),
        state_map={blank("done"): blank("gone")},
        state=blank("new"),
    )
    assert engine.migrate(request).moved == 1
