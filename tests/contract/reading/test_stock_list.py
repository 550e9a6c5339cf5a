"""Stock as a list: all of it, in pages, of all warehouses or of one."""

import pytest

from engine.errors import InputError, UnknownWarehouse
from engine.requests import StockCorrection
from tests.helpers.clock import DAY, MINUTE

TWO = {
    "warehouses": [{"name": "North"}, {"name": "South", "active": False}],
    "stores": [{"name": "DE", "warehouses": ["North", "South"]}],
    "products": [{"sku": "001", "concretes": [{"sku": "001_1"}, {"sku": "001_2"}, {"sku": "001_3"}]}],
}


@pytest.fixture
def counted(shop):
    shop.topology(**TWO)
    shop.restock("001_1,North,3", "001_1,South,4.5", "001_2,North,0")
    return shop.engine


def rows(page):
    return [(row.sku, row.warehouse, row.active, str(row.quantity)) for row in page.stock]


ALL = [("001_1", "North", True, "3"), ("001_1", "South", False, "4.5"), ("001_2", "North", True, "0")]


def test_every_count_is_listed_and_what_was_never_counted_is_not(counted):
    page = counted.stock_list()
    assert (rows(page), page.next) == (ALL, None)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_join_to_the_whole(counted, limit):
    found, after = [], None
    while True:
        page = counted.stock_list(limit=limit, after=after)
        assert len(page.stock) <= limit
        found, after = found + rows(page), page.next
        if after is None:
            break
    assert found == ALL


def test_one_warehouse_can_be_asked_for(counted):
    assert rows(counted.stock_list(warehouse=" North ")) == [ALL[0], ALL[2]]
    first = counted.stock_list(warehouse="North", limit=1)
    assert rows(counted.stock_list(warehouse="North", limit=1, after=first.next)) == [ALL[2]]


def test_what_cannot_be_listed_is_refused(counted):
    with pytest.raises(UnknownWarehouse, match="there is no warehouse 'West'; known: North, South"):
        counted.stock_list(warehouse="West")
    for after in ("", "1", "x-1", "1-" + "9" * 19, "1-1\n"):
        with pytest.raises(InputError, match="no place in a list"):
            counted.stock_list(after=after)
    with pytest.raises(InputError, match="between 1 and"):
        counted.stock_list(limit=0)


SALE = "states new paid*\nnew -> paid : pay"


@pytest.fixture
def selling(make_shop):
    """DE and AT sell tea and mugs from North, US sells from South; all is of now."""
    shop = make_shop(checkout={"hold_timeout_s": 600}).stocked(tea_1=5, tea_2=3)
    shop.deploy(SALE)
    shop.restock("tea-1,South,1", "mug-1,South,0", "tea-2,South,0,1")
    return shop


def names(page):
    return [(row.sku, row.warehouse) for row in page.stock]


def test_sold_out_is_what_no_store_of_the_warehouse_can_sell(selling):
    assert names(selling.engine.stock_list(sold_out=True)) == [("mug-1", "South")]
    selling.place("tea-1 5")
    selling.place("tea-1 1", store="US")
    every = [("tea-1", "North"), ("tea-1", "South"), ("mug-1", "South")]
    assert names(selling.engine.stock_list(sold_out=True)) == every
    assert names(selling.engine.stock_list(sold_out=True, warehouse="North")) == every[:1]
    assert names(selling.engine.stock_list(sold_out=True, limit=1, after="1-1")) == every[1:2]
    selling.forward(11 * MINUTE)  # the orders hold nothing any more, whether or not a job has run
    assert names(selling.engine.stock_list(sold_out=True)) == [("mug-1", "South")]


def test_a_warehouse_that_serves_nobody_has_nothing_sold_out(selling):
    selling.topology(warehouses=[{"name": "South", "active": False}])
    assert names(selling.engine.stock_list(sold_out=True)) == []


def test_short_is_what_is_promised_above_the_stock(selling):
    items = selling.place("tea-1 4")
    selling.trigger("pay", *items)
    assert names(selling.engine.stock_list(short=True)) == []
    selling.restock("tea-1,North,3")
    assert names(selling.engine.stock_list(short=True)) == [("tea-1", "North")]
    assert names(selling.engine.stock_list(short=True, sold_out=True, warehouse="South")) == []


def test_counted_too_long_ago_is_told_by_the_age_of_the_count_and_no_correction_changes_it(selling):
    selling.forward(8 * DAY)
    selling.restock("tea-1,North,5")
    old = [("tea-1", "South"), ("tea-2", "North"), ("tea-2", "South"), ("mug-1", "South")]
    selling.engine.correct_stock([StockCorrection(sku="tea-2", warehouse="North", by=1, reason="found")])
    assert names(selling.engine.stock_list(counted_before="7 days")) == old
    assert names(selling.engine.stock_list(counted_before="9 days")) == []
    assert names(selling.engine.stock_list(counted_before="P1D", sold_out=True)) == [("mug-1", "South")]
    with pytest.raises(InputError, match="not an age"):
        selling.engine.stock_list(counted_before="long")


def test_never_counted_is_what_no_warehouse_has_counted_or_the_one_that_is_named(selling):
    selling.topology(products=[{"sku": "pot", "concretes": [{"sku": "pot-1"}]}])
    selling.engine.correct_stock([StockCorrection(sku="pot-1", warehouse="South", by=2, reason="found")])
    page = selling.engine.stock_list(never_counted=True)
    assert names(page) == [("pot-1", "North"), ("pot-1", "South")]
    assert [(row.quantity, row.counted_at) for row in page.stock] == [(0, None), (2, None)]
    first = selling.engine.stock_list(never_counted=True, limit=1)
    assert names(selling.engine.stock_list(never_counted=True, after=first.next)) == [("pot-1", "South")]
    assert names(selling.engine.stock_list(never_counted=True, warehouse="North")) == [
        ("mug-1", "North"),
        ("pot-1", "North"),
    ]
    with pytest.raises(InputError, match="asked for alone"):
        selling.engine.stock_list(never_counted=True, sold_out=True)
