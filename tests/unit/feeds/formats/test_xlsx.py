"""Workbooks: cells as they are shown, what openpyxl passes over, and files that are no workbook."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import datetime, timedelta

import pytest

from engine.errors import ConfigurationInvalid, FileUnreadable
from tests.helpers.formats import opened
from tests.helpers.workbooks import row, with_part, with_sheet, workbook

HEADER = ["sku", "qty"]


def xlsx(content, **feed):
    return opened("xlsx", content, **feed)


def refused(content, **feed) -> str:
    with pytest.raises(FileUnreadable) as error:
        xlsx(content, **feed)
    return error.value.message


def shown(value, number_format=None, **feed) -> str:
    def change(_, sheet):
        if number_format:
            sheet["A2"].number_format = number_format

    (record,) = xlsx(workbook(["cell", "x"], [value, 1], change=change), **feed).records
    return record.get("cell", "")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (42, "0000", "0042"),
        (42, '"SKU-"00000', "SKU-00042"),
        (12345, "000", "12345"),
        ("0042", None, "0042"),
        ("  0042 ", None, "0042"),
        (7.0, None, "7"),
        (7, "0.00", "7"),
        (4006381333931, None, "4006381333931"),
        (4006381333931.0, None, "4006381333931"),
        (1.2e11, None, "120000000000"),
        (0.1 + 0.2, None, "0.3"),
        (1234.5, "#,##0.00", "1234.5"),
        (12.125, None, "12.1250"),
        (0.0000001, None, "0.0000001"),
        (-3, None, "-3"),
        (0.25, "0%", "25%"),
        (5, '0" %"', "5"),
        (True, None, "TRUE"),
        (datetime(2026, 11, 28), "yyyy-mm-dd", "2026-11-28"),
        (datetime(2026, 11, 28), "dd/mm/yyyy hh:mm", "2026-11-28T00:00:00"),
        (datetime(2026, 11, 28, 14, 30), "dd.mm.yyyy", "2026-11-28T14:30:00"),
        (timedelta(hours=36), "[h]:mm", "1 DAY, 12:00:00"),
        ("a_x000D_b", None, "a\rb"),
    ],
)
def test_a_cell_is_what_it_shows_where_that_was_meant(value, number_format, text):
    assert shown(value, number_format) == text


def test_numbers_have_the_decimal_sign_of_the_feed():
    assert shown(1234.5, decimal=",", thousands=".") == "1234,5"


def test_the_line_is_the_row_of_the_sheet():
    found = xlsx(
        workbook([], ["Stock of today"], HEADER, ["A", 1], [None, None], ["B", 2]), header_with=["SKU"]
    )
    assert (found.columns, found.lines) == (("sku", "qty"), [4, 6])


def test_rows_before_and_behind_the_header_can_be_skipped():
    content = workbook(["x", "y"], HEADER, ["text", "number"], ["A", 1])
    assert xlsx(content, skip_lines=1, skip_after=1).records == [{"sku": "A", "qty": "1"}]
    assert xlsx(content, skip_lines=3, columns=["a", "b"]).records == [{"a": "A", "b": "1"}]
    assert xlsx(content, columns=["a", "b"]).lines == [1, 2, 3, 4]
    assert "has not a row with price" in refused(content, header_with=["price"])
    assert "has not a row" in refused(workbook())


def test_errors_are_refused_by_row_and_address():
    def change(_, sheet):
        sheet["B3"].data_type = "e"

    found = xlsx(workbook(HEADER, ["A", 1], ["B", "#N/A"], ["C", 3], change=change))
    assert found.pick("sku") == [("A",), ("C",)]
    assert found.refused == [(3, "bad_cell", "the cell B3 shows #N/A")]


def test_a_number_that_lost_digits_is_refused():
    found = xlsx(workbook(HEADER, [1.2e20, 1]))
    assert found.codes == [(2, "bad_cell")] and "A2" in found.refused[0][2] and "15" in found.refused[0][2]


def test_an_error_in_a_column_that_the_feed_does_not_use_is_none():
    content = workbook(["sku", "price", "qty", "depot"], ["A", 1e300, 5, "B"])
    feed = {
        "sku": {"column": "SKU"},
        "quantity": {"column": ["menge", "qty"]},
        "warehouse": {"column": "depot"},
    }
    assert xlsx(content, **feed).records == [{"sku": "A", "qty": "5", "depot": "B"}]
    assert xlsx(content, **(feed | {"warehouse": {"columns": "{warehouse}"}})).codes == [(2, "bad_cell")]


@pytest.mark.parametrize(
    ("cell", "result"),
    [
        ('<c r="B2"><f>1+1</f></c>', None),
        ('<c r="B2"><f>1+1</f><v></v></c>', None),
        ('<c r="B2"><f>1+1</f><v/></c>', None),
        ('<c r="B2"><f t="shared" si="0"/></c>', None),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', {"sku": "A", "qty": "2"}),
        ('<c r="B2" t="str"><f>""</f><v></v></c>', {"sku": "A"}),
    ],
)
def test_a_formula_needs_its_result(cell, result):
    second = f'<row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c>{cell}</row>'
    data = row(1, *HEADER) + second + row(3, "B", "1")
    found = xlsx(with_sheet(data))
    assert found.records == [*([result] if result else []), {"sku": "B", "qty": "1"}]
    said = (2, "bad_cell", "the cell B2 is a formula whose result is not stored")
    assert found.refused == ([] if result else [said])


def test_formulas_are_found_wherever_the_pieces_of_a_large_sheet_end():
    rows = [row(1, *HEADER)]
    for number in range(2, 9000):
        formula = f'<c r="B{number}"><f>SUM({"1," * (number % 40)}1)</f></c>' if number % 3 == 0 else ""
        rows.append(f'<row r="{number}"><c r="A{number}"><v>{number}</v></c>{formula}</row>')
    found = xlsx(with_sheet("".join(rows)))
    assert [line for line, _ in found.codes] == list(range(3, 9000, 3))
    assert len(found.records) == 8998 - len(found.refused)


def test_rows_out_of_order_are_not_lost():
    # openpyxl drops row 3 without a word.
    assert "row 3 stands behind row 4" in refused(
        with_sheet(row(1, *HEADER) + row(4, "B", "2") + row(3, "A", "1"))
    )
    assert "has 1048576" in refused(with_sheet(row(1, *HEADER) + row(99_999_999, "B", "2")))


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "B7:C9"])
def test_a_wrong_size_in_the_file_changes_nothing(dimension):
    data = row(1, *HEADER) + "".join(row(number, f"T{number}", "1") for number in range(2, 2002))
    found = xlsx(with_sheet(data, before=f'<dimension ref="{dimension}"/>'))
    assert len(found.records) == 2000


def test_a_sheet_with_prefixed_names_is_the_same():
    cell = '<x:c r="{0}{1}" t="inlineStr"><x:is><x:t>{2}</x:t></x:is></x:c>'
    rows = f'<x:row r="1">{cell.format("A", 1, "sku")}</x:row><x:row r="2"><x:c r="A2"><x:f>1</x:f></x:c></x:row>'
    assert xlsx(with_sheet(rows, prefix="x")).codes == [(2, "bad_cell")]


def test_sheets_are_taken_by_name_or_the_first_one_that_is_shown():
    def change(book, sheet):
        book.create_sheet("Notes").append(["sku"])
        hidden = book.create_sheet("Old", 0)
        hidden.append(["sku"])
        hidden.append(["H"])
        hidden.sheet_state = "hidden"

    content = workbook(HEADER, ["A", 1], change=change)
    found = xlsx(content)
    assert found.pick("sku") == [("A",)]
    assert found.notes == ("the sheet 'Stock' is read, and not 'Old', 'Notes'",)
    hidden = xlsx(content, sheet="Old")
    assert hidden.pick("sku") == [("H",)] and hidden.notes == ("the sheet 'Old' is hidden",)
    assert "it has 'Old', 'Stock', 'Notes'" in refused(content, sheet="Sheet1")


def test_hidden_rows_and_merged_cells_are_told():
    def change(_, sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.merge_cells("B2:B3")

    found = xlsx(workbook(HEADER, ["A", 1], ["B", 2], change=change))
    assert found.records == [{"sku": "A", "qty": "1"}, {"sku": "B"}]
    assert found.notes == (
        "1 row of 'Stock' cannot be seen and count all the same: 3",
        "'Stock' has 1 range of merged cells, of which only the first has the value: B2:B3",
    )


def zipped(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name.replace("__", "/"), text)
    return written.getvalue()


BOOK = workbook(HEADER, ["A", 1])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"sku,qty\n", "looks like text"),
        (OLE, "an old Excel file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        (b"PK\x03\x04 and no more", "cut off or damaged"),
        (BOOK[: len(BOOK) // 2], "cut off or damaged"),
        (zipped(**{"stock.csv": b"sku"}), "without a workbook; it holds stock.csv"),
        (zipped(mimetype=b"x", **{"content.xml": b"<a/>"}), "OpenDocument"),
        (zipped(xl__workbook=b"", **{"xl/workbook.bin": b""}), ".xlsb"),
        (with_part(BOOK, "xl/worksheets/sheet1.xml", b"<worksheet"), "stock.dat"),
        (with_part(BOOK, "xl/worksheets/sheet1.xml", b""), "stock.dat"),
        (
            with_part(BOOK, "xl/worksheets/sheet1.xml", "<worksheet/>".encode("utf-16")),
            "not written in UTF-8",
        ),
        (with_part(BOOK, "xl/worksheets/sheet1.xml", None), "stock.dat"),
        (with_part(BOOK, "xl/workbook.xml", b"<workbook/>"), "stock.dat"),
    ],
)
def test_what_is_no_workbook_is_told(content, said):
    assert said in refused(content)


def test_a_document_type_is_refused():
    sheet = b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet><sheetData/></worksheet>'
    assert "document type" in refused(with_part(BOOK, "xl/worksheets/sheet1.xml", sheet))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "docProps/app.xml"])
def test_a_small_file_that_stands_for_a_huge_one_is_not_unpacked(part):
    content = with_part(BOOK, part, b" " * (70 << 20), level=9)
    assert len(content) < 1 << 20
    tracemalloc.start()
    try:
        assert "unpacks to far more than a table does" in refused(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


def test_rows_are_read_as_they_come():
    content = with_sheet(
        row(1, *HEADER) + "".join(row(number, f"T{number}", "1") for number in range(2, 8_000))
    )
    tracemalloc.start()
    try:
        seen = xlsx(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(seen.records) == 7_998
    assert peak < 16 << 20


def test_there_are_no_options():
    with pytest.raises(ConfigurationInvalid, match="no option tab"):
        xlsx(BOOK, options={"tab": 1})
