"""Workbooks: names are cells of text, which no spreadsheet changes or computes, so nothing has to protect them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from earmark.feeds.export.columns import Column
from earmark.feeds.export.rows import Layout
from earmark.feeds.formats.common import library
from engine.errors import InputError
from engine.feeds import StockRow

MOST_ROWS = 1_048_576
"""How many rows a sheet can have, the header among them."""

SHEET = "Stock"
"""What the sheet is called where the feed does not name one."""


def write_sheet(file: IO[bytes], layout: Layout, pages: Iterable[Sequence[StockRow]]) -> None:
    """Write the stock as a workbook of one sheet, a row at a time. Raises InputError for more than one can have."""
    openpyxl = library("openpyxl", "sheets", "xlsx")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(layout.feed.sheet or SHEET)
    cells = [_cell_of(column, sheet, openpyxl.cell.WriteOnlyCell) for column in layout.columns]
    sheet.append(layout.names)
    for page in pages:
        for _, fields in layout.fields(page):
            sheet.append([cell(text) for cell, text in zip(cells, fields, strict=True)])
        if layout.written.rows >= MOST_ROWS:
            raise InputError(
                f"a sheet has {MOST_ROWS} rows at most, and there is more stock",
                remedy="Write a CSV, or the stock of one --warehouse.",
            )
    book.save(file)


def _cell_of(column: Column, sheet: Any, make: Callable[..., Any]) -> Callable[[str], Any]:
    """Return what makes the cell of a text: a number where a number stands in the column, else a text."""
    if column.is_number:
        return _number

    def cell(text: str) -> Any:
        if not text:
            return None
        made = make(sheet, value=text)
        made.data_type = "s"  # else =1+1 would be a formula
        made.number_format = "@"
        return made

    return cell


def _number(text: str) -> int | float:
    """Return the number; a quantity has 15 digits at most, which a cell keeps."""
    return float(text) if "." in text else int(text)
