"""What an order names is looked up before it is placed: what has changed by then is looked up again."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from engine.errors import NotAvailable, ProcessInactive
from engine.requests import Topology
from tests.helpers.at_once import interrupted
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.shop import numbered, order
from tests.helpers.waiting import PATIENCE_S, until

SALE = "states new* paid*\nnew -> paid : pay"


@pytest.fixture
def late(sale):
    """An engine that has looked up what the next order names when something else is done, once."""
    rival = sale.another()

    yield partial(interrupted, rival, "products_named")  # the last one of that look
    rival.close()


def test_a_process_that_is_switched_off_meanwhile_gets_no_order(sale, late):
    rival = late(lambda: sale.engine.activate("Sale", active=False))
    with pytest.raises(ProcessInactive):
        rival.place(order("A", "tea-1"))
    assert sale.query("SELECT * FROM sales_order") == []
    assert (sale.available(), sale.drift()) == (100, [])


def test_each_order_of_many_is_refused_then(sale, late):
    rival = late(lambda: sale.engine.activate("Sale", active=False))
    report = rival.place_many(numbered([order("A", "tea-1"), order("B", "tea-1")]))
    assert [refusal.code for refusal in report.refused] == ["process_inactive"] * 2


def test_a_version_that_is_deployed_meanwhile_is_the_one_of_the_order(sale, late):
    rival = late(lambda: sale.deploy("states new paid*\nnew -> paid : pay"))
    view = rival.place(order("A", "tea-1 2"))
    assert view.version == sale.engine.process("Sale").version
    assert (sale.held(), sale.reserved(), sale.drift()) == (2, 0, [])


@ON_POSTGRESQL
def test_two_stores_that_a_warehouse_begins_to_serve_do_not_both_get_its_last_piece(sale):
    """Both have looked when it served nobody, so that none of them had to be waited for."""
    sale.topology(warehouses=[{"name": "Far"}])
    sale.restock("tea-1,Far,1", "tea-1,South,9")
    linked, answers = threading.Event(), []
    stores = ("DE", "US")
    engines = {store: sale.another() for store in stores}

    def buy(store):
        line = {"sku": "tea-1", "quantity": 1, "warehouse": "Far"}
        try:
            answers.append(engines[store].place(order(store, line, store=store)).store)
        except NotAvailable:
            answers.append("sold out")

    other = threading.Thread(target=buy, args=("US",))

    def link_when_both_have_looked(statement):
        if statement == "products_named" and not linked.is_set():
            other.start()
            until(looked.is_set, "the other one")
            sale.engine.apply_topology(LINKED)
            linked.set()
        if statement == "commit" and other.ident and not answers:
            until(lambda: answers or _somebody_waits(sale), "the other one")

    looked = threading.Event()

    def wait_for_the_link(statement):
        if statement == "products_named":
            looked.set()
            assert linked.wait(PATIENCE_S)

    engines["DE"].runtime.database.probe = link_when_both_have_looked
    engines["US"].runtime.database.probe = wait_for_the_link
    buy("DE")
    other.join(60)
    for engine in engines.values():
        engine.close()
    # Which of them is first is up to the machine.
    assert sorted(answers) in (["DE", "sold out"], ["US", "sold out"])
    assert sale.drift() == []


LINKED = Topology.model_validate(
    {
        "stores": [
            {"name": "DE", "warehouses": ["North", "Far"]},
            {"name": "US", "warehouses": ["South", "Far"]},
        ]
    }
)


def _somebody_waits(world):
    return world.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
