"""Whether a file is a workbook that can be read: a zip of sane size with the parts of one, and nothing else.

What a workbook unpacks to is limited before any of it is: a small file can stand for gigabytes.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from earmark.feeds.formats.common import looks_like, unreadable
from earmark.words.text import count
from engine.errors import FileUnreadable

MIB = 1 << 20
LARGEST_SHEET = 2048 * MIB
"""How many bytes a sheet may unpack to; it is read piece by piece."""

LARGEST_PART = 256 * MIB
"""How many bytes any other part may unpack to, such as the texts of all sheets, which are kept in memory."""

_SUSPICIOUS = 64 * MIB
_RATIO = 200
"""How much smaller than its content a part above ``_SUSPICIOUS`` may be; tables shrink to a tenth or so."""

_MOST_PARTS = 10_000
_PROLOG = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REMEDY = 'Have it saved as "Excel workbook (.xlsx)", without a password.'


def check_package(file: IO[bytes], path: Path) -> None:
    """Raise FileUnreadable unless the file is a zip with a workbook that is not too large to be read."""
    file.seek(0)
    head = file.read(512)
    if head.startswith(_OLE):
        raise unreadable(path, _old_or_locked(file), _REMEDY)
    if not head.startswith(b"PK"):
        raise unreadable(
            path,
            f"this is no Excel workbook: it looks like {looks_like(head)}",
            "Check which file it is, and the format of the feed.",
        )
    try:
        with zipfile.ZipFile(file) as package:
            _check_parts(package.infolist(), path)
            _check_document_types(package, path)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        NotImplementedError,
        ValueError,
        OverflowError,
        EOFError,
    ):
        raise unreadable(path, "the workbook is cut off or damaged", "Have it sent again.") from None


def _check_parts(parts: Sequence[zipfile.ZipInfo], path: Path) -> None:
    _check_names({part.filename for part in parts}, path)
    if len(parts) > _MOST_PARTS:
        raise _too_large(path, f"it has {count(len(parts), 'part')}")
    for part in parts:
        _check_part(part, path)


def _old_or_locked(file: IO[bytes]) -> str:
    file.seek(0)
    if _ENCRYPTED in file.read(4 * MIB):
        return "the workbook is locked with a password"
    return "this is an old Excel file (.xls), or another one of that time"


def _check_names(names: set[str], path: Path) -> None:
    if any(name.lower().endswith("xl/workbook.xml") for name in names) and "[Content_Types].xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise unreadable(path, "this is a binary Excel workbook (.xlsb)", _REMEDY)
    if "content.xml" in names and "mimetype" in names:
        raise unreadable(path, "this is an OpenDocument file (.ods)", _REMEDY)
    shown = ", ".join(sorted(names)[:3])
    raise unreadable(
        path, f"this is a zip file without a workbook; it holds {shown or 'nothing'}", "Unpack it first."
    )


def _check_part(part: zipfile.ZipInfo, path: Path) -> None:
    if part.flag_bits & 1:
        raise unreadable(path, "the zip file is locked with a password", _REMEDY)
    most = LARGEST_SHEET if "worksheets/" in part.filename else LARGEST_PART
    if part.file_size > most:
        raise _too_large(
            path, f"{part.filename} unpacks to {part.file_size // MIB} MiB, {most // MIB} are taken"
        )
    if part.file_size > _SUSPICIOUS and part.file_size > _RATIO * max(part.compress_size, 1):
        raise _too_large(path, f"{part.filename} unpacks to far more than a table does")


def _check_document_types(package: zipfile.ZipFile, path: Path) -> None:
    """Raise FileUnreadable for a part that declares a document type, which can have entities."""
    for part in package.infolist():
        if part.filename.endswith((".xml", ".rels")):
            with package.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(_PROLOG):
                    message = f"{part.filename} declares a document type, which no spreadsheet program does"
                    raise unreadable(path, message, _REMEDY)


def _too_large(path: Path, message: str) -> FileUnreadable:
    return unreadable(path, f"the workbook is not read: {message}", "Have the stock sent as CSV.")
