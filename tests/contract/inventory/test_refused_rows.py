"""Refused rows are given back: all of them, as the file has them, to be mended and imported again."""

from __future__ import annotations

import csv
import io

import pytest

from engine.errors import InputError
from engine.inventory.stock import refused as refused_rows
from tests.helpers.clock import HOUR
from tests.helpers.shop import HEADER, FeedRows


def told(path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text())))


def given_back(shop, path, **options):
    """Import a file and return what is given back."""
    to = shop.folder / "refused.csv"
    report = shop.engine.import_stock(path, refused=to, **options)
    return to, report


def test_refused_rows_can_be_mended_and_imported_as_of_their_count(two_stores):
    path = two_stores.stock_file("001_1,North,x,0,0", "001_2,North,8,0,0", "nope,North,1,0,0")
    counted = two_stores.clock() + 3_600_000_000
    two_stores.forward(HOUR)
    to, report = given_back(two_stores, path, as_of=counted)
    assert (report.imported, report.refused_rows) == (1, 2)
    header, first, second = told(to)
    assert header == ["refused_because", "counted_at", *HEADER.split(",")]
    assert first == [
        "bad_quantity: 'x' is not a number",
        "2026-01-01T01:00:00Z",
        "001_1",
        "North",
        "x",
        "0",
        "0",
    ]
    assert second[0] == "unknown_sku: there is no concrete product 'nope'"
    to.write_text(to.read_text().replace(",x,", ",7,").replace(",nope,", ",002_1,"))
    two_stores.forward(HOUR)
    again = two_stores.engine.import_stock(to)
    assert (again.rows, again.imported, again.refused, again.as_of_from) == (2, 2, [], "rows")
    assert two_stores.available("001_1", "DE") == 7 + 5
    assert two_stores.engine.stock("001_1")[0].counted_at == report.as_of


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b'"001_1,North,1,0,0', b'"001_1,North,1,0,0'),
        (b"001_1,North,1,0", b"001_1,North,1,0"),
        (b"001_1,North,\xff,0,0", b"001_1,North,\xff,0,0"),
        (b"x" * 70_000, b"x" * 70_000),
        (b' "001_1" , "No""rth" ,1,0,0\r', b' "001_1" , "No""rth" ,1,0,0\r'),
    ],
    ids=["quotes", "columns", "text", "long", "blanks"],
)
def test_a_line_comes_back_byte_by_byte(two_stores, line, shown):
    path = two_stores.folder / "odd.csv"
    path.write_bytes(HEADER.encode() + b"\n001_1,South,7,0,0\n" + line)
    to, report = given_back(two_stores, path)
    assert report.refused_rows == 1
    written = to.read_bytes().split(b"\n", 1)[1]
    assert written.endswith(b"," + shown + b"\n")
    assert written.startswith(f'"{report.refused[0].code}: '.encode())


def test_the_header_comes_back_with_what_is_before_it(two_stores):
    path = two_stores.folder / "excel.csv"
    names = "\ufeff" + HEADER.replace(",", ";") + ";comment"
    path.write_bytes(f"sep=;\r\n{names}\r\n001_1;North;x;0;0;hm\r\n".encode())
    to, _ = given_back(two_stores, path)
    first, header, row = to.read_bytes().split(b"\r\n")[:3]
    assert first == b"sep=;"
    assert header.startswith(b"\xef\xbb\xbfrefused_because;counted_at;concrete_sku;")
    assert row.endswith(b";001_1;North;x;0;0;hm")
    to.write_bytes(to.read_bytes().replace(b";x;", b";3;"))
    assert two_stores.engine.import_stock(to).imported == 1


def test_what_is_refused_again_has_one_column_of_reasons(two_stores):
    path = two_stores.stock_file("001_1,North,x,0,0", "001_2,North,y,0,0")
    to, _ = given_back(two_stores, path)
    mended = two_stores.folder / "mended.csv"
    mended.write_text(to.read_text().replace(",x,", ",7,"))
    to, report = given_back(two_stores, mended)
    assert (report.imported, report.refused_rows) == (1, 1)
    header, row = told(to)
    assert header == ["refused_because", "counted_at", *HEADER.split(",")]
    assert row[0] == "bad_quantity: 'y' is not a number"
    assert row[2:] == ["001_2", "North", "y", "0", "0"]


def test_rows_with_times_of_their_own_keep_them(two_stores):
    path = two_stores.stock_file(
        "001_1,North,x,0,0,2026-01-01T00:00:00Z", "001_2,North,8,0,0,soon", header=f"{HEADER},counted_at"
    )
    to, _ = given_back(two_stores, path)
    assert [row[0].split(":")[0] for row in told(to)] == ["refused_because", "bad_quantity", "bad_time"]
    assert told(to)[0].count("counted_at") == 1


def test_all_of_them_come_back_in_their_order_however_many(two_stores, monkeypatch):
    monkeypatch.setattr(refused_rows, "_RUN", 7)
    monkeypatch.setattr("engine.inventory.stock.staging.MOST_LISTED", 5)
    rows = [f"nope-{n},North,1,0,0" if n % 3 else f"001_1,North,{n},0,0" for n in range(100)]
    to, report = given_back(two_stores, two_stores.stock_file(*rows))
    assert (report.refused_rows, len(report.refused)) == (100, 5)
    assert [",".join(row[2:]) for row in told(to)[1:]] == rows


def test_a_row_that_is_too_old_comes_back_too(two_stores):
    path = two_stores.stock_file("001_1,North,7,0,0", "nope,North,7,0,0")
    to, report = given_back(two_stores, path, as_of=two_stores.clock() - 1)
    assert [row[0].split(":")[0] for row in told(to)[1:]] == ["count_too_old", "unknown_sku"]
    assert report.imported == 0


def test_without_refused_rows_there_is_the_header(two_stores):
    to, _ = given_back(two_stores, two_stores.stock_file("001_1,North,7,0,0"))
    assert len(told(to)) == 1


def test_a_dry_run_gives_them_back_and_a_file_that_is_refused_leaves_no_trace(two_stores):
    to, _ = given_back(two_stores, two_stores.stock_file("nope,North,7,0,0"), dry_run=True)
    assert len(told(to)) == 2
    to.unlink()
    with pytest.raises(InputError):
        given_back(two_stores, two_stores.stock_file(header="a,b"))
    assert sorted(path.name for path in two_stores.folder.iterdir() if "refused" in path.name) == []


def test_what_cannot_be_written_is_told_before_anything_is_done(two_stores):
    path = two_stores.stock_file("001_1,North,1,0,0")
    for to in (two_stores.folder / "nowhere" / "refused.csv", path, two_stores.folder):
        with pytest.raises(InputError, match="cannot be written") as error:
            two_stores.engine.import_stock(path, refused=to)
        assert error.value.remedy
    assert two_stores.available("001_1", "DE") == 15


def test_the_rows_of_a_feed_come_back_as_its_source_has_them(two_stores):
    source = FeedRows("001_1,North,1", "!001_2", "nope,North,1", feed="wms")
    to = two_stores.folder / "refused.csv"
    two_stores.feed(source=source, refused=to)
    assert told(to)[0] == ["refused_because", "sku", "warehouse", "quantity"]
    assert [row[1] for row in told(to)[1:]] == ["!001_2", "nope"]


def test_a_file_that_is_not_believed_gives_its_refused_rows_back(two_stores):
    to = two_stores.folder / "refused.csv"
    report = two_stores.feed("001_1,North,1", "!001_2", guards={"refused": 0.1}, refused=to)
    assert (report.stopped.guard, [row[1] for row in told(to)[1:]]) == ("refused", ["!001_2"])
