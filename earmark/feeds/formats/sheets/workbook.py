"""Opens an Excel workbook as a table: one sheet, the row of its header, and what stands below it."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from earmark.feeds.formats.common import Options, RecordTable, as_unreadable, library, unreadable
from earmark.feeds.formats.sheets.cells import CellInvalid, cell_text
from earmark.feeds.formats.sheets.package import check_package
from earmark.feeds.formats.sheets.scan import LAST_ROW, Sheet, SheetInvalid, scan_sheet
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Refused, Table, same_name
from earmark.words.text import count
from engine.errors import EarmarkError
from engine.results import Code, RowRefusal

_TOGETHER = 500
"""How many rows are taken from openpyxl at a time."""


@contextmanager
def open_xlsx(file: IO[bytes], path: Path, feed: Feed) -> Iterator[Table]:
    """Open a sheet of a workbook. Raises FileUnreadable or ConfigurationInvalid."""
    Options(feed, {})
    openpyxl = library("openpyxl", "sheets", "xlsx")
    check_package(file, path)
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever the library raises for it, it is the file that is wrong
        raise as_unreadable(path, error, "its beginning", "a workbook") from None
    try:
        sheet, notes = _chosen(book, path, feed)
        found = _scanned(file, sheet, path)
        rows = _Rows(sheet, path, found, feed)
        yield RecordTable(rows.columns, rows, notes=(*notes, *_notes(found, sheet.title)))
    finally:
        book.close()


def _chosen(book: Any, path: Path, feed: Feed) -> tuple[Any, tuple[str, ...]]:
    """Return the sheet that the feed names, else the first one that is shown, and what is told of the others."""
    sheets = {str(sheet.title): sheet for sheet in book.worksheets}
    shown = [name for name, sheet in sheets.items() if sheet.sheet_state == "visible"]
    if feed.sheet is not None:
        if feed.sheet not in sheets:
            names = ", ".join(repr(name) for name in sheets) or "none"
            raise unreadable(
                path, f"there is no sheet {feed.sheet!r}; it has {names}", "Name one: sheet = ..."
            )
        hidden = feed.sheet not in shown
        return sheets[feed.sheet], (f"the sheet {feed.sheet!r} is hidden",) if hidden else ()
    if not shown:
        raise unreadable(
            path, "the workbook has no sheet that is shown", 'Name a hidden one: sheet = "Stock".'
        )
    others = [repr(name) for name in sheets if name != shown[0]]
    told = (f"the sheet {shown[0]!r} is read, and not {', '.join(others)}",) if others else ()
    return sheets[shown[0]], told


def _scanned(file: IO[bytes], sheet: Any, path: Path) -> Sheet:
    try:
        with zipfile.ZipFile(file) as package, package.open(sheet._worksheet_path.lstrip("/")) as xml:
            return scan_sheet(xml)
    except SheetInvalid as error:
        raise unreadable(path, str(error), "Open and save it with a spreadsheet program.") from None
    except Exception as error:  # a damaged part makes zip, zlib and struct errors
        raise as_unreadable(path, error, f"sheet {sheet.title}", "a sheet") from None


def _notes(found: Sheet, title: str) -> Iterator[str]:
    if found.hidden_count:
        first = ", ".join(map(str, found.hidden_rows))
        yield f"{count(found.hidden_count, 'row')} of {title!r} cannot be seen and count all the same: {first}"
    if found.merged_count:
        first = ", ".join(found.merged)
        ranges = count(found.merged_count, "range")
        yield f"{title!r} has {ranges} of merged cells, of which only the first has the value: {first}"


class _Rows:
    """The rows of a sheet below its header, once."""

    def __init__(self, sheet: Any, path: Path, found: Sheet, feed: Feed) -> None:
        self._path = path
        self._title = sheet.title
        self._formulas = found.empty_formulas
        self._decimal = feed.decimal
        self._number = 0
        # A wrong size in the file would cut off rows, or pad each with thousands of cells.
        sheet.reset_dimensions()
        self._rows = self._read(iter(sheet.iter_rows()))
        self._used: frozenset[int] | None = None
        self.columns = self._header(feed)
        self._used = _used(self.columns, feed)

    def __iter__(self) -> Iterator[Record | Refused]:
        width = len(self.columns)
        for number, cells in self._rows:
            fields = self._fields(number, cells[:width])
            if isinstance(fields, Refused):
                yield fields._replace(fields=[*fields.fields, *[""] * (width - len(fields.fields))])
            elif any(fields):
                yield Record(number, (*fields, *[""] * (width - len(fields))))

    def _read(self, rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
        """Yield the rows with their numbers. Raises FileUnreadable with the row."""
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    some = list(islice(rows, _TOGETHER))
            except Exception as error:  # whatever the library raises for it, it is the file that is wrong
                raise self._broken(error) from None
            if not some:
                return
            for cells in some:
                self._number += 1
                yield self._number, cells
            if self._number > LAST_ROW:
                raise unreadable(self._path, f"the sheet {self._title!r} has more than {LAST_ROW} rows")

    def _broken(self, error: Exception) -> EarmarkError:
        return as_unreadable(self._path, error, f"sheet {self._title}, after row {self._number}", "a sheet")

    def _header(self, feed: Feed) -> tuple[str, ...]:
        """Return the names of the columns: those of the feed, or of the row that is the header."""
        for number, cells in self._rows:
            if number <= feed.skip_lines:
                if feed.columns and number == feed.skip_lines:
                    break
                continue
            if feed.columns:
                # There is no header: this row is the first one of the data.
                self._rows = _again(number, cells, self._rows)
                break
            names = self._fields(number, cells)
            if isinstance(names, Refused):
                raise unreadable(
                    self._path, names.refusal.message, place=f"sheet {self._title}, row {number}"
                )
            if any(names) and _has(names, feed.header_with):
                self._skip(feed.skip_after)
                return _trimmed(names)
        if feed.columns:
            return feed.columns
        missing = (
            f"a row with {', '.join(feed.header_with)}" if feed.header_with else "a row with names of columns"
        )
        raise unreadable(
            self._path,
            f"the sheet {self._title!r} has not {missing}",
            "Check the sheet, skip_lines and header_with of the feed.",
        )

    def _skip(self, rows: int) -> None:
        for _ in islice(self._rows, rows):
            pass

    def _fields(self, number: int, cells: Sequence[Any]) -> list[str] | Refused:
        """Return the texts of a row; where cells cannot be read the row is refused, with what can be read of it."""
        fields, wrong = [], {}
        for place, cell in enumerate(cells):
            used = self._used is None or place in self._used
            text, problem = self._text(number, place, cell) if used else ("", "")
            fields.append(text)
            if problem:
                wrong[place] = f"the cell {_address(place, number)} {problem}"
        if not wrong:
            return fields
        why = RowRefusal(number, Code.BAD_CELL, "; ".join(wrong.values()))
        return Refused(why, fields, frozenset(wrong))

    def _text(self, number: int, place: int, cell: Any) -> tuple[str, str]:
        """Return the text of a cell, and what is wrong with it, if anything is."""
        if cell.value is None:
            empty = _address(place, number) in self._formulas.get(number, ())
            return "", "is a formula whose result is not stored" if empty else ""
        if cell.data_type == "e":
            return str(cell.value), f"shows {cell.value}"
        try:
            return cell_text(cell.value, cell.number_format or "", self._decimal), ""
        except (CellInvalid, ValueError, OverflowError, ArithmeticError) as error:
            return str(cell.value), f"cannot be read: {error}"


def _again(
    number: int, cells: Sequence[Any], rows: Iterator[tuple[int, Sequence[Any]]]
) -> Iterator[tuple[int, Sequence[Any]]]:
    yield number, cells
    yield from rows


def _used(columns: Sequence[str], feed: Feed) -> frozenset[int] | None:
    """Return the places of the columns that the feed names somewhere; None where it may use all of them.

    An error in a cell of another column, such as a price, is no reason to refuse the row.
    """
    if feed.sku is None or (feed.warehouse is not None and feed.warehouse.columns is not None):
        return None
    named = {same_name(text) for text in _texts(feed.model_dump())}
    return frozenset(place for place, name in enumerate(columns) if same_name(name) in named)


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for part in said.values():
            yield from _texts(part)
    elif isinstance(said, list | tuple):
        for part in said:
            yield from _texts(part)


def _has(names: Sequence[str], wanted: Sequence[str]) -> bool:
    found = {same_name(name) for name in names}
    return all(same_name(name) in found for name in wanted)


def _trimmed(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without the empty ones at the end."""
    last = max(place for place, name in enumerate(names) if name)
    return tuple(names[: last + 1])


def _address(place: int, number: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{number}"
