"""Whoever changes a topology and whoever changes amounts wait for each other, so that all numbers add up."""

from __future__ import annotations

import pytest

from engine.requests import Topology
from tests.helpers.at_once import at_once
from tests.helpers.shop import order, stock_file

SALE = "states new* done\nnew -> done : close"
FIRST_STOCK = "mug-1,North,7,0,0"


def topology(**parts):
    return lambda engine, folder: engine.apply_topology(Topology.model_validate(parts))


def place(engine, folder):
    return engine.place(order("late", "tea-1 2"))


def count(engine, folder):
    return engine.import_stock(stock_file(folder / "count.csv", FIRST_STOCK))


ACTIONS = {
    "place": (place, "ledger_add_promised"),
    "count": (count, "bulk_overwrite"),
    "share": (
        topology(stores=[{"name": "US", "shares_reservations_with": ["DE"]}]),
        "topology_add_sharing",
    ),
    "link": (topology(stores=[{"name": "US", "warehouses": ["South", "North"]}]), "topology_add_links"),
    "product": (
        topology(products=[{"sku": "pot", "concretes": [{"sku": "pot-1"}]}]),
        "topology_put_products",
    ),
    "store": (topology(stores=[{"name": "FR", "warehouses": ["South"]}]), "topology_add_stores"),
}
"""What is done, and the statement after which its unit of work is about to be committed."""


@pytest.fixture
def sale(world):
    """Three pieces of tea-1 in the south, besides those in the north; nobody has ordered anything."""
    world.restock("tea-1,South,3")
    world.deploy(SALE)
    return world


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("place", "share"),
        ("share", "place"),
        ("count", "link"),
        ("link", "count"),
        ("product", "store"),
        ("store", "product"),
        ("link", "link"),
        ("share", "share"),
    ],
)
def test_what_is_committed_one_after_the_other_adds_up(sale, first, second):
    (action, statement), (other, _) = ACTIONS[first], ACTIONS[second]
    at_once(
        sale, lambda engine: action(engine, sale.folder), statement, lambda engine: other(engine, sale.folder)
    )
    assert sale.drift() == []
    done = {first, second}
    if "place" in done:
        assert sale.available("tea-1", "US") == 1
    if "count" in done:
        assert sale.available("mug-1", "US") == 7
    if "store" in done:
        assert sale.available("pot-1", "FR") == 0


def test_whoever_changes_amounts_does_not_wait_for_others_who_do(sale):
    """Only for the topology: two orders of two products are placed side by side."""
    place = lambda sku: lambda engine: engine.place(order(sku, sku))  # noqa: E731
    at_once(sale, place("tea-1"), "ledger_add_promised", place("tea-2"), waits=False)
    assert (sale.available("tea-1"), sale.available("tea-2"), sale.drift()) == (99, 99, [])
