"""Importing stock: what is stored, what is refused by line, and what an interrupted import leaves behind."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from engine.clock import to_datetime
from engine.errors import FileChanged, FileUnreadable, ImportInProgress, InputError, TimeInvalid
from engine.inventory.stock import bulk, imports
from engine.inventory.stock.file import LONGEST_LINE, open_stock_file
from engine.inventory.stock.runs import start_run
from tests.helpers.clock import START
from tests.helpers.shop import HEADER
from tests.helpers.shop.beneath import LooksAtAll, NothingMoves
from tests.helpers.waiting import until_somebody_waits

SECOND = 1_000_000


def refused(report) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in report.refused]


def stock(shop, sku: str) -> dict[str, tuple[int, int | None]]:
    rows = shop.query(
        "SELECT w.name, k.quantity, k.counted_at FROM stock k JOIN warehouse w ON w.id = k.warehouse_id"
        " JOIN product p ON p.id = k.product_id WHERE p.sku = :sku",
        sku=sku,
    )
    return {name: (quantity, counted_at) for name, quantity, counted_at in rows}


def begun(shop, path) -> str:
    """Begin the import of a file, and only that; tell what came of it."""
    with open_stock_file(path) as file:
        try:
            start_run(shop.runtime, file, None, None, force=False)
        except ImportInProgress as refused:
            return refused.code
    return "begun"


def piped(path):
    """The content of a file as a stream of which nobody knows when it was written."""
    reading, writing = os.pipe()
    os.write(writing, path.read_bytes())
    os.close(writing)
    return Path(f"/dev/fd/{reading}")


class TestRows:
    def test_a_file_that_is_written_to_while_it_is_read_is_refused(self, two_stores):
        path = two_stores.stock_file(
            "001_1,North,3,0,0", *["nothing,North,3,0,0"] * 10_000, "001_1,South,3,0,0"
        )
        with open_stock_file(path) as file:
            path.write_text(path.read_text().replace("South,3", "South,4"))
            with pytest.raises(FileChanged, match="while it was read"):
                list(file.batches(2**62, own_times=False))

    def test_stock_is_overwritten_and_what_the_file_does_not_name_stays(self, two_stores):
        report = two_stores.count("001_1,North,2.5")
        assert (report.rows, report.imported, report.refused) == (1, 1, [])
        assert two_stores.available("001_1", "DE") == 7.5
        assert two_stores.available("001_2", "AT") == 4

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("001_1,North,x,0,0", "bad_quantity"),
            ("001_1,North,,0,0", "bad_quantity"),
            ("001_1,North,1_000,0,0", "bad_quantity"),
            ("001_1,North,0.0000001,0,0", "bad_quantity"),
            ("001_1,North,1000000000,0,0", "bad_quantity"),
            ("001_1,North,NaN,0,0", "bad_quantity"),
            ("nope,North,1,0,0", "unknown_sku"),
            ("001,North,1,0,0", "unknown_sku"),
            (",North,1,0,0", "unknown_sku"),
            ("001_1,Mars,1,0,0", "unknown_warehouse"),
            ("001_1,North,1,maybe,0", "bad_flag"),
            ("001_1,North,1,0,", "bad_flag"),
            ("001_1,North,1,0", "wrong_columns"),
            ("001_1,North,1,0,0,0", "wrong_columns"),
            ('"001_1,North,1,0,0', "bad_quotes"),
            ("001_1,North,1,0,\udcff", "bad_text"),
            ("x" * (LONGEST_LINE + 10), "line_too_long"),
        ],
    )
    def test_a_bad_row_is_refused_by_line_and_the_good_ones_are_imported(self, two_stores, row, code):
        path = two_stores.folder / "bad.csv"
        text = f"{HEADER}\n001_1,South,7,0,0\n{row}\n002_1,North,8,0,0\n"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        report = two_stores.load(path)
        assert refused(report) == [(3, code)]
        assert report.refused[0].message
        assert (report.rows, report.imported) == (3, 2)
        assert two_stores.available("001_1", "DE") == 17
        assert two_stores.available("002_1", "DE") == 8

    def test_a_count_below_zero_is_stored_as_nothing_and_told(self, two_stores):
        report = two_stores.count("001_1,North,-3", "001_1,South,2")
        assert (report.imported, report.refused) == (2, [])
        assert [(row.line, row.code) for row in report.warnings] == [(2, "negative_count")]
        assert "is -3: 0 is stored" in report.as_dict()["warnings"][0]["message"]
        assert two_stores.available("001_1", "DE") == 2

    def test_two_rows_for_the_same_stock_are_all_refused(self, two_stores):
        report = two_stores.count("001_1,North,1", "002_1,North,2", "001_1,North,3", "001_1,South,4")
        assert refused(report) == [(2, "duplicate_row"), (4, "duplicate_row")]
        assert two_stores.available("001_1", "DE") == 14

    @pytest.mark.parametrize("batch", [1, 2, 100])
    def test_equal_rows_are_one_row(self, two_stores, monkeypatch, batch):
        monkeypatch.setattr("engine.inventory.stock.file.BATCH", batch)
        report = two_stores.count(
            "001_1,North,1", "001_1,North,1.0", "002_1,North,2", "001_1,North,1", "002_1,North,2,1"
        )
        assert refused(report) == [(4, "duplicate_row"), (6, "duplicate_row")]
        assert sorted((row.line, row.code) for row in report.warnings) == [(3, "equal_row"), (5, "equal_row")]
        assert report.imported == 1
        assert two_stores.available("001_1", "DE") == 6

    @pytest.mark.parametrize("batch", [1, 2, 3, 100])
    def test_equal_rows_are_refused_once_another_one_differs(self, two_stores, monkeypatch, batch):
        monkeypatch.setattr("engine.inventory.stock.file.BATCH", batch)
        rows = ("001_1,North,1", "001_1,North,1", "002_1,North,2", "001_1,North,9", "001_1,North,9")
        report = two_stores.count(*rows)
        assert refused(report) == [(line, "duplicate_row") for line in (2, 3, 5, 6)]
        assert (report.imported, report.warnings) == (1, [])
        assert two_stores.available("001_1", "DE") == 15

    @pytest.mark.parametrize("batch", [1, 2, 3, 100])
    def test_a_count_below_zero_that_is_refused_is_not_told_as_stored(self, two_stores, monkeypatch, batch):
        monkeypatch.setattr("engine.inventory.stock.file.BATCH", batch)
        report = two_stores.count("001_1,North,-1", "002_1,North,-2", "001_1,North,-1", "001_1,North,3")
        assert refused(report) == [(line, "duplicate_row") for line in (2, 4, 5)]
        assert [(row.line, row.code) for row in report.warnings] == [(3, "negative_count")]

    def test_equal_rows_that_are_too_old_are_all_refused(self, two_stores):
        two_stores.count("001_1,North,4")
        report = two_stores.count("001_1,North,-1", "001_1,North,-1", "002_1,North,-2", as_of=1_000_000)
        assert refused(report)[:2] == [(2, "count_too_old"), (3, "count_too_old")]
        assert [row.code for row in report.warnings if row.line < 4] == []

    def test_that_is_noticed_however_far_they_stand_apart(self, two_stores, monkeypatch):
        monkeypatch.setattr("engine.inventory.stock.file.BATCH", 2)
        rows = (
            "001_1,North,1",
            "002_1,North,2",
            "001_2,North,3",
            "001_1,North,3",
            "001_1,North,1",
            "001_1,North,1",
        )
        report = two_stores.count(*rows)
        assert refused(report) == [(line, "duplicate_row") for line in (2, 5, 6, 7)]
        assert report.imported == 2
        assert two_stores.available("001_1", "DE") == 15

    def test_quoted_fields_spaces_blank_lines_and_windows_line_ends_are_read(self, two_stores):
        path = two_stores.folder / "quoted.csv"
        path.write_bytes(
            f'\ufeff{HEADER}\r\n"001_1", North ,"3",FALSE,0\r\n\r\n002_1,North,4,1,true'.encode()
        )
        report = two_stores.load(path)
        assert (report.rows, report.imported, report.refused) == (2, 2, [])
        assert two_stores.available("001_1", "DE") == 8
        assert two_stores.view("002_1", "DE").never_out_of_stock

    def test_columns_may_come_in_any_order(self, two_stores):
        path = two_stores.stock_file(
            "0,3,001_1,0,North", header="is_bundle,quantity,concrete_sku,is_never_out_of_stock,name"
        )
        assert two_stores.load(path).imported == 1
        assert two_stores.available("001_1", "DE") == 8

    def test_a_file_without_rows_imports_nothing(self, two_stores):
        report = two_stores.load(two_stores.stock_file())
        assert (report.rows, report.imported) == (0, 0)

    def test_more_refused_rows_than_can_be_listed_are_counted(self, two_stores, monkeypatch):
        monkeypatch.setattr("engine.inventory.stock.staging.MOST_LISTED", 3)
        report = two_stores.count(*(f"nope{n},North,1" for n in range(5)), "001_1,North,x")
        assert (len(report.refused), report.refused_rows) == (3, 6)
        assert "6 rows were refused" in report.note
        assert "unknown_sku 5" in report.note
        assert "bad_quantity 1" in report.note

    def test_more_warnings_than_can_be_listed_are_counted(self, two_stores, monkeypatch):
        monkeypatch.setattr("engine.inventory.stock.staging.MOST_LISTED", 2)
        report = two_stores.count(*["001_1,North,-1"] * 4)
        assert (report.imported, len(report.warnings), report.refused_rows) == (1, 2, 0)
        assert "4 rows have a warning, of which 2 are listed (equal_row 3, negative_count 1)" in report.note


def _quoted(sign: str, *more: str) -> str:
    """A file of one row as programs write it that put every field in quotes."""
    lines = ([*HEADER.split(","), *more], ["001_1", "North", "3", "0", "0", *more])
    return "".join(sign.join(f'"{field}"' for field in line) + "\r\n" for line in lines)


class TestFile:
    @pytest.mark.parametrize(
        ("text", "note"),
        [
            (f"{HEADER},price,note\n001_1,North,3,0,0,9.90,x\n", "not used: 'price', 'note'"),
            (f"price,price,{HEADER}\n1,2,001_1,North,3,0,0\n", "not used: 'price', 'price'"),
            (f"{HEADER},created_at\n001_1,North,3,0,0,yesterday\n", "not used: 'created_at'"),
            (f"{HEADER},\n001_1,North,3,0,0,\n", "without a name, which are not used: 1"),
            (f"{HEADER.upper()}\n001_1,North,3,0,0\n", "in capitals"),
            (f"{HEADER}\n001_1,North,3,0,0\n".replace(",", ";"), "separated by ';'"),
            (f"{HEADER}\n001_1,North,3,0,0\n".replace(",", "\t"), "separated by tabs"),
            ("\ufeffsep=;\r\n" + f"{HEADER}\r\n001_1,North,3,0,0\r\n".replace(",", ";"), "separated by ';'"),
            (f'"sep=,"\n{HEADER},x\n"001_1",North,3,0,0,1\n', "not used: 'x'"),
            ("Concrete_SKU;Name;Quantity;is_never_out_of_stock\n001_1;North;3;0\n", "no column is_bundle"),
            (_quoted(";"), "separated by ';'"),
            (_quoted("\t"), "separated by tabs"),
            ("\ufeff" + _quoted(",", "x"), "not used: 'x'"),
        ],
    )
    def test_what_can_be_meant_in_one_way_only_is_taken_and_noted(self, two_stores, text, note):
        path = two_stores.folder / "stock.csv"
        path.write_bytes(text.encode())
        report = two_stores.load(path)
        assert (report.rows, report.imported, report.refused) == (1, 1, [])
        assert note in report.note
        assert two_stores.available("001_1", "DE") == 8

    def test_lines_are_counted_from_the_first_of_the_file(self, two_stores):
        path = two_stores.folder / "stock.csv"
        path.write_text(f"sep=,\n{HEADER}\nghost,North,3,0,0\n")
        assert refused(two_stores.load(path)) == [(3, "unknown_sku")]

    @pytest.mark.parametrize(
        ("content", "error", "text"),
        [
            (b"", InputError, "empty"),
            (b"\n", InputError, "stock.csv:1: there are no names of columns"),
            (f"\n{HEADER}\n".encode(), InputError, "stock.csv:1: there are no names of columns"),
            (b"sep=;\n", InputError, "stock.csv:2: there are no names of columns"),
            (b"\x00\x01\x02", FileUnreadable, "not a text file"),
            (b"\xff\xfe\xfd\n", FileUnreadable, "not CSV in UTF-8"),
            (b"sku,quantity\n", InputError, "missing columns: concrete_sku"),
            (HEADER.replace("is_bundle", "is_bundel").encode(), InputError, "is 'is_bundle' meant"),
            (f"{HEADER},counted at".encode(), InputError, "is 'counted_at' meant"),
            (f"{HEADER},Name\n".encode(), InputError, "twice: name"),
            (HEADER.replace("is_never_out_of_stock,", "").encode(), InputError, "missing column: is_never"),
            (f"sep=|\n{HEADER}".encode(), InputError, "separated by '|'"),
            (f"sep=;\n{HEADER}".encode(), InputError, "stock.csv:2: missing columns"),
            (f"{HEADER},name\n".encode(), InputError, "twice: name"),
            (f"{HEADER},as_of,counted_at\n".encode(), InputError, "one of them"),
            (b"001_1,North,1,0,0\n", InputError, "missing columns"),
        ],
    )
    def test_a_file_that_cannot_be_understood_imports_nothing(self, two_stores, content, error, text):
        path = two_stores.folder / "stock.csv"
        path.write_bytes(content)
        with pytest.raises(error, match=text):
            two_stores.load(path)
        assert two_stores.query("SELECT count(*) FROM stock_import") == [(1,)]  # only the one of the fixture

    def test_a_file_that_is_not_there(self, two_stores):
        with pytest.raises(FileUnreadable, match="cannot be read"):
            two_stores.load(two_stores.folder / "missing.csv")


class TestTimes:
    def test_counts_are_of_now_unless_told(self, two_stores, clock):
        clock.forward(60)
        report = two_stores.count("001_1,North,1")
        assert report.as_of.isoformat() == "2026-01-01T00:01:00+00:00"
        assert stock(two_stores, "001_1")["North"] == (1_000_000, clock.now)

    def test_without_a_time_the_file_was_counted_when_it_was_written(self, two_stores, clock):
        clock.forward(3600)
        path = two_stores.stock_file("001_1,North,1,0,0")
        os.utime(path, (written := START // SECOND + 60, written))
        report = two_stores.load(path)
        assert (report.as_of.isoformat(), report.as_of_from) == ("2026-01-01T00:01:00+00:00", "file")
        assert stock(two_stores, "001_1")["North"] == (1_000_000, START + 60 * SECOND)

    def test_a_warehouse_that_takes_its_time_from_the_count_to_the_file_says_how_long(
        self, counting_shop, clock
    ):
        shop = counting_shop(stock_update={"count_lag_s": 600})
        clock.forward(3600)
        report = shop.count("001_1,North,1", file_time=clock.now - SECOND)
        assert report.as_of == to_datetime(clock.now - 601 * SECOND)

    def test_the_same_number_counted_again_is_a_new_count(self, two_stores, clock):
        clock.forward(60)
        two_stores.count("001_1,North,1")
        two_stores.count("001_1,North,2", as_of=clock.forward(60))
        again = two_stores.count("001_1,North,1", as_of=None, file_time=clock.forward(60))
        assert (again.refused, again.resumed, again.note) == ([], False, None)
        assert stock(two_stores, "001_1")["North"] == (1_000_000, clock.now)

    def test_a_stream_is_of_the_start_of_its_import_where_nothing_waits_for_a_count(self, two_stores, clock):
        report = two_stores.load(piped(two_stores.stock_file("001_1,North,3,0,0")))
        assert (report.imported, report.as_of, report.as_of_from) == (1, to_datetime(clock.now), "start")

    def test_a_stream_without_a_time_is_refused_where_it_could_release(self, two_stores, clock):
        class Waits(NothingMoves):
            def waiting(self) -> bool:
                return True

        path = two_stores.stock_file("001_1,North,3,0,0")
        with pytest.raises(TimeInvalid, match="nothing tells when it was counted"):
            two_stores.load(piped(path), release=Waits())
        assert stock(two_stores, "001_1")["North"][0] == 10 * SECOND
        assert two_stores.load(piped(path), release=Waits(), as_of=clock.now).imported == 1
        timed = two_stores.stock_file("001_1,North,4,0,0,2026-01-01T00:00:00Z", header=f"{HEADER},counted_at")
        assert two_stores.load(piped(timed), release=Waits()).as_of_from == "rows"

    def test_clocks_may_differ_as_far_as_the_tolerance_says(self, counting_shop, clock):
        shop = counting_shop(stock_update={"clock_tolerance_s": 60})
        ahead = clock.now + 60 * SECOND
        assert shop.count("001_1,North,1", as_of=ahead).imported == 1
        timed = shop.stock_file(
            "001_2,North,1,0,0,2026-01-01T00:01:00Z",
            "002_1,North,1,0,0,2026-01-01T00:01:01Z",
            header=f"{HEADER},counted_at",
        )
        assert refused(shop.load(timed)) == [(3, "bad_time")]
        with pytest.raises(TimeInvalid, match="future"):
            shop.count("001_1,North,1", as_of=ahead + 1)

    @pytest.mark.parametrize("year", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_a_time_that_leaves_the_calendar_in_utc_is_refused_by_row(self, two_stores, year):
        timed = two_stores.stock_file(
            "001_1,North,1,0,0,2026-01-01T00:00:00Z",
            f"001_2,North,1,0,0,{year}",
            header=f"{HEADER},counted_at",
        )
        assert refused(two_stores.load(timed)) == [(3, "bad_time")]

    @pytest.mark.parametrize("as_of", [-(10**17), 10**18])
    def test_a_time_of_no_year_that_was_counted_in_is_refused(self, two_stores, as_of):
        with pytest.raises(TimeInvalid, match="1970 to 9998"):
            two_stores.count("001_1,North,1", as_of=as_of)

    def test_a_time_in_the_future_is_refused(self, two_stores, clock):
        with pytest.raises(TimeInvalid, match="future"):
            two_stores.count("001_1,North,1", as_of=clock.now + 1)

    def test_an_older_count_is_refused_by_line(self, two_stores, clock):
        report = two_stores.count("001_1,North,1", as_of=START - SECOND)
        assert refused(report) == [(2, "count_too_old")]
        assert report.imported == 0
        assert two_stores.available("001_1", "DE") == 15

    def test_an_older_count_is_stored_when_forced(self, two_stores):
        report = two_stores.count("001_1,North,1", as_of=START - SECOND, force=True)
        assert (report.imported, report.refused) == (1, [])
        assert two_stores.available("001_1", "DE") == 6
        assert stock(two_stores, "001_1")["North"] == (1_000_000, START - SECOND)

    def test_only_the_rows_that_are_older_are_refused(self, two_stores, clock):
        clock.forward(60)
        two_stores.count("001_1,North,3")
        report = two_stores.count("001_1,North,1", "001_1,South,1", as_of=START + SECOND)
        assert refused(report) == [(2, "count_too_old")]
        assert two_stores.available("001_1", "DE") == 4

    def test_a_file_may_have_a_time_for_each_row(self, two_stores, clock):
        clock.forward(120)
        path = two_stores.stock_file(
            "001_1,North,1,0,0,2026-01-01T01:00:30+01:00",
            "001_1,South,1,0,0,2025-12-31T23:00:00Z",
            "001_2,South,1,0,0,2026-01-01T00:00:30",
            "001_2,North,1,0,0,2026-01-01T00:03:00Z",
            "002_1,North,1,0,0,",
            header=f"{HEADER},counted_at",
        )
        report = two_stores.load(path)
        assert refused(report) == [(3, "count_too_old"), (4, "bad_time"), (5, "bad_time"), (6, "bad_time")]
        assert stock(two_stores, "001_1")["North"] == (1_000_000, START + 30 * SECOND)

    def test_a_time_that_is_given_counts_for_all_rows(self, two_stores, clock):
        clock.forward(120)
        path = two_stores.stock_file("001_1,North,1,0,0,2026-01-01T00:00:30Z", header=f"{HEADER},as_of")
        report = two_stores.load(path, as_of=START + SECOND)
        assert "the column as_of was not used" in report.note
        assert stock(two_stores, "001_1")["North"] == (1_000_000, START + SECOND)

    def test_the_files_own_time_is_weaker_than_its_rows_and_never_later_than_the_start(
        self, two_stores, clock
    ):
        clock.forward(120)
        timed = two_stores.stock_file("001_1,North,1,0,0,2026-01-01T00:00:30Z", header=f"{HEADER},as_of")
        two_stores.load(timed, file_time=START + 60 * SECOND)
        assert stock(two_stores, "001_1")["North"] == (1_000_000, START + 30 * SECOND)
        two_stores.count("001_1,North,2", file_time=START + 60 * SECOND)
        assert stock(two_stores, "001_1")["North"] == (2_000_000, START + 60 * SECOND)
        two_stores.count("001_1,North,3", file_time=clock.now + SECOND)
        assert stock(two_stores, "001_1")["North"] == (3_000_000, clock.now)


class TestEvents:
    def test_rows_of_one_product_in_two_warehouses_cause_no_false_sold_out(self, two_stores):
        two_stores.count("002_1,North,5")
        two_stores.forget_messages()
        two_stores.count("002_1,North,0", "002_1,South,5")
        told = [(e["Store"]["name"], e["quantity"]) for e in two_stores.messages("availability")]
        assert told == [("AT", 5)]

    def test_selling_out_and_a_shortfall_are_told(self, two_stores):
        two_stores.post(("AT", "001_1", 3))
        two_stores.count("001_1,South,1")
        assert [e["Store"]["name"] for e in two_stores.messages("availability")] == ["AT"]
        assert two_stores.messages("shortfall") == [
            {"store": "AT", "sku": "001_1", "shortfall": "2", "before": "0"}
        ]

    def test_never_out_of_stock_makes_an_empty_product_sellable(self, two_stores):
        two_stores.count("002_1,South,0,1")
        assert [e["Store"]["name"] for e in two_stores.messages("availability")] == ["DE", "AT"]
        assert two_stores.view("002", "AT").never_out_of_stock


class Crash(Exception):
    pass


class CrashesAt(LooksAtAll):
    """A release that raises in the transaction of the n-th chunk."""

    def __init__(self, chunk: int, error: type[BaseException] = Crash) -> None:
        self._left = chunk
        self._error = error

    def apply(self, work, ledger, product_ids, import_id):
        self._left -= 1
        if not self._left:
            raise self._error
        return {}


class TestInterruption:
    @pytest.fixture(autouse=True)
    def one_product_a_chunk(self, monkeypatch):
        monkeypatch.setattr(imports, "CHUNK", 1)
        monkeypatch.setattr(bulk, "ROWS", 1)

    def test_the_import_goes_on_where_it_was_with_the_time_it_had(self, two_stores, clock):
        clock.forward(60)
        began = clock.now
        rows = ("001_1,North,1", "002_1,North,2", "nope,North,1", "001_2,North,3", "001_2,North,4")
        with pytest.raises(Crash):
            two_stores.count(*rows, release=CrashesAt(2))
        assert (two_stores.available("001_1", "DE"), two_stores.available("002_1", "DE")) == (6, 0)
        clock.forward(60)
        report = two_stores.count(*rows)
        assert report.resumed
        assert (report.rows, report.imported) == (5, 2)
        assert refused(report) == [(4, "unknown_sku"), (5, "duplicate_row"), (6, "duplicate_row")]
        assert stock(two_stores, "002_1")["North"] == (2_000_000, began)
        assert two_stores.query("SELECT count(*) FROM stock_staging") == [(0,)]
        assert not two_stores.count(*rows).resumed

    def test_what_is_stored_already_is_not_stored_again(self, two_stores, clock):
        clock.forward(60)
        rows = ("001_1,North,1", "002_1,North,2")
        with pytest.raises(Crash):
            two_stores.count(*rows, release=CrashesAt(2))
        clock.forward(60)
        two_stores.count("001_1,North,9")  # a later count of what is stored already
        report = two_stores.count(*rows)
        assert (report.resumed, report.imported, report.refused) == (True, 2, [])
        assert two_stores.available("001_1", "DE") == 14

    def test_a_row_refused_as_too_old_before_is_told_again(self, two_stores, clock):
        clock.forward(60)
        rows = ("001_1,North,1", "002_1,North,2")
        two_stores.count("001_1,North,7")
        with pytest.raises(Crash):
            two_stores.count(*rows, as_of=START + SECOND, release=CrashesAt(2))
        report = two_stores.count(*rows)
        assert refused(report) == [(2, "count_too_old")]

    def test_a_file_that_is_staged_is_compared_and_not_staged_again(self, two_stores, clock):
        clock.forward(60)
        rows = ("001_1,North,1", "002_1,North,2", "001_1,North,1")
        with pytest.raises(Crash):
            two_stores.count(*rows, release=CrashesAt(2))
        told = []
        names = two_stores.statements(lambda: told.append(two_stores.count(*rows)))
        assert (names.count("stage_unlike"), told[0].resumed, told[0].imported) == (1, True, 2)
        assert [(row.line, str(row.code)) for row in told[0].warnings] == [(4, "equal_row")]
        clock.forward(60)
        many = [f"00{n}_1,North,1" for n in (1, 2)] * 30
        with pytest.raises(Crash):
            two_stores.count(*many, release=CrashesAt(2))
        again = two_stores.statements(lambda: two_stores.count(*many))
        assert [again.count(n) for n in ("stage_copy", "stage_unlike", "stage_conflicts")] == [0, 1, 1]

    def test_a_warehouse_that_came_meanwhile_is_told_and_not_half_taken(self, two_stores, clock):
        clock.forward(60)
        rows = ("001_1,Moon,4", "001_1,North,1", "002_1,North,2")
        with pytest.raises(Crash):
            two_stores.count(*rows, release=CrashesAt(2))
        two_stores.topology(warehouses=[{"name": "Moon"}])
        report = two_stores.count(*rows)
        assert (report.resumed, report.imported, refused(report)) == (True, 2, [(2, "later_known")])
        assert "Moon" not in stock(two_stores, "001_1")
        assert two_stores.count(*rows).refused == []
        assert stock(two_stores, "001_1")["Moon"][0] == 4_000_000

    def test_a_stop_ends_after_the_chunk_in_hand(self, two_stores):
        done = []
        two_stores.runtime.stop = lambda: bool(done)
        rows = ("001_1,North,1", "002_1,North,2")
        report = two_stores.count(*rows, progress=lambda n, total: total and done.append(n))
        assert report.imported == 1
        assert "stopped" in report.note
        two_stores.runtime.stop = lambda: False
        report = two_stores.count(*rows)
        assert (report.resumed, report.imported) == (True, 2)

    def test_an_import_abandoned_while_staging_begins_anew(self, two_stores):
        two_stores.runtime.stop = lambda: True
        assert two_stores.count("001_1,North,1").imported == 0
        two_stores.runtime.stop = lambda: False
        report = two_stores.count("001_1,North,1")
        assert (report.resumed, report.imported) == (True, 1)

    def test_another_time_or_force_is_another_import(self, two_stores, clock):
        clock.forward(60)
        with pytest.raises(Crash):
            two_stores.count("001_1,North,1", release=CrashesAt(1))
        assert not two_stores.count("001_1,North,1", force=True).resumed
        with pytest.raises(Crash):
            two_stores.count("001_1,North,2", release=CrashesAt(1))
        assert not two_stores.count("001_1,North,2", as_of=clock.now - SECOND, force=True).resumed

    def test_two_imports_at_once(self, two_stores, clock):
        class Another(LooksAtAll):
            def apply(self, work, ledger, product_ids, import_id):
                work.run("import_extend", import_id=import_id, token="x", lease_until=0)
                return {}

            def follow(self) -> None:
                other = two_stores.folder / "other.csv"
                other.write_text(f"{HEADER}\n001_1,North,3,0,0\n", encoding="utf-8")
                with pytest.raises(ImportInProgress, match=r"stock\.csv is being imported"):
                    two_stores.load(other)

        assert two_stores.count("001_1,North,1", release=Another()).imported == 1

    def test_two_that_begin_at_the_same_moment(self, two_stores, clock):
        """One has looked and has not begun yet when the other one comes."""
        files, told = {}, []
        for name in ("first", "second"):
            files[name] = two_stores.folder / f"{name}.csv"
            files[name].write_text(f"{HEADER}\n001_1,North,3,0,0\n{name},North,3,0,0\n", encoding="utf-8")
        other = two_stores.another()
        coming = threading.Thread(target=lambda: told.append(begun(other, files["second"])))

        def until_the_other_waits(name):
            if name == "import_insert" and not coming.ident:
                coming.start()
                if two_stores.url.startswith("sqlite"):
                    coming.join(0.5)  # it can only wait for the file, and nobody can tell
                else:
                    until_somebody_waits(two_stores.url)

        two_stores.database.probe = until_the_other_waits
        told.append(begun(two_stores, files["first"]))
        coming.join()
        two_stores.database.probe = None
        other.close()
        assert sorted(told) == ["begun", "import_in_progress"]

    def test_one_that_died_blocks_others_until_its_lease_ends_and_is_then_resumed(self, two_stores, clock):
        with pytest.raises(Crash):
            two_stores.count("001_1,North,1", release=CrashesAt(1))
        lease = clock.now + 60 * SECOND
        two_stores.sql("UPDATE stock_import SET lease_until = :lease WHERE finished_at IS NULL", lease=lease)
        with pytest.raises(ImportInProgress):
            two_stores.count("001_1,North,1")
        clock.forward(61)
        assert two_stores.count("001_1,North,1").resumed

    def test_one_that_was_taken_over_does_not_go_on(self, two_stores, clock):
        class Stolen(LooksAtAll):
            def follow(self) -> None:
                two_stores.sql("UPDATE stock_import SET token = 'thief' WHERE finished_at IS NULL")

        with pytest.raises(ImportInProgress, match="taken over"):
            two_stores.count("001_1,North,1", "002_1,North,2", release=Stolen())
        assert two_stores.available("002_1", "DE") == 0
        [(lease,)] = two_stores.query("SELECT lease_until FROM stock_import WHERE token = 'thief'")
        assert lease > clock.now


def test_progress_is_told_while_reading_and_while_storing(two_stores, monkeypatch):
    monkeypatch.setattr(bulk, "ROWS", 1)
    told = []
    two_stores.count(
        "001_1,North,1", "001_1,South,1", "002_1,North,2", progress=lambda n, total: told.append((n, total))
    )
    assert told == [(3, None), (2, 3), (3, 3)]


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(shop):
    skus = [f"{n}_1" for n in range(200)]
    shop.two_stores(skus=skus)
    few = shop.statements(lambda: shop.count("1_1,North,1"))
    many = shop.statements(lambda: shop.count(*(f"{sku},{w},2" for sku in skus for w in ("North", "South"))))
    assert [name for name in many if name not in few] == []
    assert len(many) == len(few)
