"""Stock as a list: all of it, in pages, of all warehouses or of one."""

import pytest

from engine.errors import InputError, UnknownWarehouse

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
