"""All stock, page by page: what is exported is what an import takes, and it is read once each."""

import pytest

from engine.errors import UnknownWarehouse
from engine.reading import stock_export

TWO = {
    "warehouses": [{"name": "North"}, {"name": "South", "active": False}],
    "stores": [{"name": "DE", "warehouses": ["North", "South"]}],
    "products": [{"sku": "001", "concretes": [{"sku": "001_1"}, {"sku": "001_2"}, {"sku": "001_3"}]}],
}


@pytest.fixture
def counted(shop):
    shop.topology(**TWO)
    shop.restock("001_1,North,3", "001_1,South,4.5,1", "001_2,North,0")
    return shop


def told(pages):
    return [
        (row.line, row.sku, row.warehouse, row.quantity, row.never_out_of_stock) for p in pages for row in p
    ]


ALL = [
    (1, "001_1", "North", 3_000_000, False),
    (2, "001_1", "South", 4_500_000, True),
    (3, "001_2", "North", 0, False),
]


def test_every_row_of_stock_is_exported_with_all_that_a_stock_file_can_say(counted):
    pages = list(counted.engine.export_stock())
    assert told(pages) == ALL
    assert {row.counted_at for page in pages for row in page} == {counted.database.clock()}
    assert not any(row.is_bundle or row.below_zero for page in pages for row in page)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_join_to_the_whole(counted, monkeypatch, size):
    monkeypatch.setattr(stock_export, "PAGE", size)
    pages = list(counted.engine.export_stock())
    assert told(pages) == ALL
    assert {len(page) for page in pages[:-1]} <= {size}


def test_one_warehouse_can_be_asked_for_and_must_be_there(counted):
    assert [row[1:3] for row in told(counted.engine.export_stock(warehouse=" North "))] == [
        ("001_1", "North"),
        ("001_2", "North"),
    ]
    with pytest.raises(UnknownWarehouse, match="there is no warehouse 'West'; known: North, South"):
        counted.engine.export_stock(warehouse="West")


def test_whoever_takes_the_pages_slowly_keeps_nobody_from_counting(counted, monkeypatch):
    monkeypatch.setattr(stock_export, "PAGE", 1)
    pages = counted.engine.export_stock()
    first = next(pages)
    counted.restock("001_2,North,7")
    assert told([first, *pages])[-1] == (3, "001_2", "North", 7_000_000, False)


def test_nothing_is_exported_where_nothing_was_counted(shop):
    shop.topology(**TWO)
    assert list(shop.engine.export_stock()) == []
