"""Workbooks for tests: as openpyxl writes them, and with a sheet of the very XML that a test is about."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows: Any, change: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook with one sheet of these rows; ``change`` is given the workbook and its sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Stock"
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book, sheet)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(content: bytes, name: str, text: bytes | None, *, level: int = 6) -> bytes:
    """The workbook with another content of one part; None leaves the part out."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        if text is not None:
            new.writestr(name, text)
    return written.getvalue()


def with_sheet(data: str, *, before: str = "", after: str = "", prefix: str = "") -> bytes:
    """A workbook whose sheet has this XML for its rows."""
    bound = f"xmlns:{prefix}" if prefix else "xmlns"
    tag = f"{prefix}:" if prefix else ""
    rows = f"<{tag}sheetData>{data}</{tag}sheetData>"
    text = f'<?xml version="1.0"?><{tag}worksheet {bound}="{MAIN}">{before}{rows}{after}</{tag}worksheet>'
    return with_part(workbook(), "xl/worksheets/sheet1.xml", text.encode())


def row(number: int, *cells: str) -> str:
    """A row of texts in the XML of a sheet, in the columns A, B, C."""
    cell = '<c r="{}{}" t="inlineStr"><is><t>{}</t></is></c>'
    shown = "".join(cell.format("ABCDEFG"[place], number, text) for place, text in enumerate(cells))
    return f'<row r="{number}">{shown}</row>'
