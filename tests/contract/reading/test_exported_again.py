"""Stock that is exported and imported again is the same, as profiles are written and as feeds of one's own."""

import io
import tracemalloc
from pathlib import Path

import pytest

from earmark.feeds.export.columns import writable
from earmark.feeds.export.writing import write_stock
from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import load_settings
from engine.api.values import parse_time
from engine.errors import InputError
from engine.feeds import StockRow
from engine.protection import unmistakable
from tests.helpers.clock import MINUTE

SKUS = [
    "0017",
    "17",
    "1E5",
    "=1+1",
    "-2",
    "+5",
    "@x",
    "'0017",
    "4251740700989",
    'a "b", c',
    "chair-oak",
    "1-2",
]

TWO = {
    "warehouses": [{"name": "Berlin"}, {"name": "Graz (Österreich)"}],
    "stores": [{"name": "DE", "warehouses": ["Berlin", "Graz (Österreich)"]}],
    "products": [{"sku": "all", "concretes": [{"sku": sku} for sku in SKUS]}],
}

OWN = """
[[feeds]]
name = "erp"
kind = "on_hand"
delimiter = ";"
encoding = "cp1252"
decimal = ","
thousands = "."
escape = "'"
sku = { column = ["Artikel", "Material"] }
warehouse = { column = "Lager", codes = { "01" = "Berlin", "02" = "Graz (Österreich)" } }
quantity = { column = "Bestand" }
unlimited = [{ column = "Immer", values = ["J"], not_values = ["N"] }]
keep = [{ column = "Art", values = ["L"] }]

[[feeds]]
name = "undeclared"
kind = "on_hand"
sku = { column = "sku" }
warehouse = { column = "place", codes = { B = "Berlin" } }
quantity = { column = "n" }

[[feeds]]
name = "one-place"
profile = "magento-sources"
warehouse.constant = "Berlin"

[[feeds]]
name = "other-columns"
profile = "magento-sources"
sku.column = "Artikel"
"""


@pytest.fixture
def counted(shop):
    """Every sku in both warehouses, the last one never out of stock in one of them."""
    shop.topology(**TWO)
    rows = [
        StockRow(0, sku, house, number * 1_234_000 + place, False, False, None)
        for number, sku in enumerate(SKUS)
        for place, house in enumerate(("Berlin", "Graz (Österreich)"))
    ]
    lines = [
        f'"{unmistakable(row.sku).replace(chr(34), chr(34) * 2)}","{row.warehouse}",{row.quantity / 1e6:.6f},0,0'
        for row in rows
    ]
    lines[-1] = lines[-1][:-3] + "1,0"
    report = shop.engine.import_stock(shop.stock_file(*lines), as_of=shop.database.clock())
    assert not report.refused
    return shop


def stored(shop):
    return [row[1:] for page in shop.engine.export_stock() for row in page]


def exported(shop, feed, *, plain=False):
    out = io.BytesIO()
    written = write_stock(out, feed, shop.engine.export_stock(), plain=plain)
    return written, out.getvalue()


def imported(shop, feed, content, folder: Path):
    path = folder / "export"
    path.write_bytes(content)
    with open_feed(feed, path) as source:
        timed = source.time_column is not None
        return shop.engine.import_stock(source, as_of=None if timed else shop.database.clock())


@pytest.mark.parametrize("plain", [False, True], ids=["protected", "plain"])
@pytest.mark.parametrize("name", writable())
def test_what_a_profile_writes_changes_nothing_when_it_is_imported_again(counted, name, plain, tmp_path):
    before, feed = stored(counted), feed_named((), name)
    counted.forward(MINUTE)
    written, content = exported(counted, feed, plain=plain)
    report = imported(counted, feed, content, tmp_path)
    assert not report.refused
    assert (report.imported, report.rows) == (written.rows, written.rows)
    assert [row[:4] for row in stored(counted)] == [row[:4] for row in before]
    assert written.rows + sum(written.left_out.values()) == len(before)


def test_the_default_file_says_all_that_is_stored_and_when_it_was_counted(counted, tmp_path):
    before, feed = stored(counted), feed_named((), "spryker")
    counted.forward(MINUTE)
    written, content = exported(counted, feed)
    assert written.left_out == {}
    imported(counted, feed, content, tmp_path)
    assert stored(counted) == before


def test_the_default_file_can_be_imported_without_a_profile_too(counted):
    before = stored(counted)
    counted.forward(MINUTE)
    _, content = exported(counted, feed_named((), "spryker"))
    path = counted.folder / "stock.csv"
    path.write_bytes(content)
    report = counted.engine.import_stock(path)
    assert (report.refused, report.imported) == ([], len(before))
    assert stored(counted) == before


def test_what_a_file_cannot_say_is_left_out_and_told(counted):
    written, content = exported(counted, feed_named((), "magento-sources"))
    assert written.left_out == {"the file cannot say that a product is never out of stock": 1}
    assert written.told == [
        ("1-2", "Graz (Österreich)", "the file cannot say that a product is never out of stock")
    ]
    assert content.decode().count("\n") == written.rows + 1


def own(name, folder):
    (folder / "earmark.toml").write_text(OWN, encoding="utf-8")
    return feed_named(load_settings(environment={}, folder=folder).feeds, name)


def test_a_feed_writes_its_own_columns_signs_and_codes(counted, tmp_path):
    before, feed = stored(counted), own("erp", tmp_path)
    written, content = exported(counted, feed)
    assert content.decode("cp1252").splitlines()[:3] == [
        "Artikel;Lager;Bestand;Immer;Art",
        "'0017;'01;0;N;L",
        "'0017;'02;0,000001;N;L",
    ]
    assert written.left_out == {}
    assert not imported(counted, feed, content, tmp_path).refused
    assert stored(counted) == before


def test_a_feed_that_says_no_signs_writes_numbers_that_are_not_doubtful(counted, tmp_path):
    before, feed = stored(counted), own("undeclared", tmp_path)
    written, content = exported(counted, feed)
    assert "17,B,1.2340" in content.decode()
    told = {why.split("'")[0] for why in written.left_out}
    assert {"the feed has no code "} <= told  # Graz
    imported(counted, feed, content, tmp_path)
    assert stored(counted) == before


def test_a_feed_of_one_warehouse_leaves_the_others_out(counted, tmp_path):
    with pytest.raises(InputError, match="its export and what it reads differ"):
        exported(counted, own("other-columns", tmp_path))
    written, _ = exported(counted, own("one-place", tmp_path))
    assert written.rows == len(SKUS)
    assert set(written.left_out) == {"warehouse 'Graz (Österreich)' would be read as 'Berlin'"}


def test_letters_that_an_encoding_does_not_have_are_left_out(shop, tmp_path):
    houses = [{"name": "Łódź"}]
    shop.topology(
        warehouses=houses,
        stores=[{"name": "DE", "warehouses": ["Łódź"]}],
        products=[{"sku": "a", "concretes": [{"sku": "a-1"}]}],
    )
    shop.restock("a-1,Łódź,5")
    settings = OWN.replace('codes = { "01" = "Berlin", "02" = "Graz (Österreich)" }', "codes = {}")
    (tmp_path / "earmark.toml").write_text(settings, encoding="utf-8")
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "erp")
    written, content = exported(shop, feed)
    assert (written.rows, list(written.left_out)) == (0, ["it cannot be written in cp1252 with these signs"])
    assert content.decode("cp1252") == "Artikel;Lager;Bestand;Immer;Art\n"


def test_a_product_that_was_never_counted_has_no_time_to_be_told(counted):
    counted.sql("UPDATE stock SET counted_at = NULL WHERE warehouse_id = (SELECT max(id) FROM warehouse)")
    written, _ = exported(counted, feed_named((), "spryker"))
    assert written.left_out == {"it was never counted": len(SKUS)}
    assert exported(counted, feed_named((), "orocommerce"))[0].rows == 2 * len(SKUS) - 1


TIMED = """
[[feeds]]
name = "timed"
kind = "on_hand"
sku = { column = "sku" }
warehouse = { constant = "Berlin" }
quantity = { column = "n" }
"""


@pytest.mark.parametrize(
    ("said", "columns", "told", "earlier"),
    [
        ('column = "at"', ["at"], ["2026-06-30T22:05:59.250000Z"], False),
        (
            'column = "at", format = "%d.%m.%Y %H:%M", timezone = "Europe/Berlin"',
            ["at"],
            ["01.07.2026 00:05"],
            True,
        ),
        (
            'column = "at", format = "%Y-%m-%d %H:%M:%S.%f%z"',
            ["at"],
            ["2026-06-30 22:05:59.250000+0000"],
            False,
        ),
        ('column = "at", format = "epoch-ms"', ["at"], ["1782857159250"], False),
        (
            'join = ["day", "time"], format = "%Y%m%d %H:%M:%S", timezone = "Europe/Berlin"',
            ["day", "time"],
            ["20260701", "00:05:59"],
            True,
        ),
    ],
)
def test_the_time_is_written_as_the_feed_reads_it(shop, tmp_path, said, columns, told, earlier):
    (tmp_path / "earmark.toml").write_text(TIMED + f"counted_at = {{ {said} }}", encoding="utf-8")
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "timed")
    row = StockRow(0, "a-1", "Berlin", 1_000_000, False, False, parse_time("2026-06-30T22:05:59.25Z"))
    out = io.BytesIO()
    written = write_stock(out, feed, [[row]])
    header, line = out.getvalue().decode().splitlines()
    assert (header.split(",")[2:], line.split(",")[2:]) == (columns, told)
    assert (written.rows, written.left_out, written.earlier) == (1, {}, int(earlier))
    (tmp_path / "back.csv").write_bytes(out.getvalue())
    with open_feed(feed, tmp_path / "back.csv") as source:
        (batch,) = source.batches(1 << 60, own_times=True)
    moment = batch.rows[0].counted_at
    assert (moment == row.counted_at, moment <= row.counted_at) == (not earlier, True)


def test_memory_does_not_grow_with_the_rows():
    class Nowhere(io.RawIOBase):
        def write(self, data):
            return len(data)

    def pages(number):
        for page in range(number):
            yield [StockRow(n, f"sku-{page}-{n}", "Berlin", 1_000_000, False, False, 1) for n in range(2000)]

    peaks = []
    for number in (2, 12):
        tracemalloc.start()
        write_stock(Nowhere(), feed_named((), "spryker"), pages(number))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
