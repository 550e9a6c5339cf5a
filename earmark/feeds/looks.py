"""What a file looks like: told where it is not what it was declared to be, and offered, never taken by itself."""

from __future__ import annotations

import codecs
from typing import IO

SIGNS = {",": "','", ";": "';'", "\t": "tabs", "|": "'|'"}
"""What usually separates the columns of a text, each as it is told."""

_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "a zip archive, as a workbook (.xlsx) is",
        'For a workbook say format = "xlsx"; another one may not have arrived whole.',
    ),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls)", "Save it as CSV or as .xlsx."),
    (b"%PDF", "a PDF", "Ask for the table it was made of."),
    (
        b"<!doctype html",
        "a page of HTML, perhaps one that asks to log in",
        "Open it in a browser to see what it is.",
    ),
    (b"<html", "a page of HTML, perhaps one that asks to log in", "Open it in a browser to see what it is."),
    (b"<", "XML", 'Say its format, such as format = "ubl-inventory" or "gs1-inventory".'),
    (b"una:+", "an EDIFACT message", 'Say format = "edifact-invrpt".'),
    (b"unb+", "an EDIFACT message", 'Say format = "edifact-invrpt".'),
    (b"isa*", "an X12 message", 'Say format = "x12-846".'),
    (b"{", "JSON", "Earmark reads no stock from JSON: have it written as CSV."),
    (b"[{", "JSON", "Earmark reads no stock from JSON: have it written as CSV."),
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 1 << 16


def other_than_text(head: bytes) -> tuple[str, str] | None:
    """Return what a beginning is that is no table of text, and what to do; None where nothing speaks against it."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for beginning, what, remedy in _BEGINNINGS:
        if start.startswith(beginning.lower()):
            return what, remedy
    return None


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding whose mark the file begins with."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def likely_encoding(head: bytes) -> str:
    """Return the encoding that bytes are probably in."""
    if (marked := marked_encoding(head)) is not None:
        return marked
    if head.count(0) > len(head) // 8:  # every other byte of Latin letters in UTF-16
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    if _decodes(head, "utf-8"):
        return "utf-8"
    if _decodes(head, "cp932") and _looks_japanese(head):
        return "cp932"
    return "cp1252" if _decodes(head, "cp1252") else "iso-8859-1"


def is_utf8_throughout(file: IO[bytes]) -> bool:
    """Return whether the file has letters beyond ASCII and all of it is UTF-8, from where it stands."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = False
    try:
        while block := file.read(1 << 18):
            beyond = beyond or not block.isascii()
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return beyond


def likely_sign(line: str) -> str | None:
    """Return the sign that a line has most of among those that separate columns, None where it has none."""
    best = max(SIGNS, key=line.count)
    return best if line.count(best) else None


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(
            head[:_HEAD]
        )  # what is cut off at the end is no error
    except UnicodeDecodeError:
        return False
    return True


def _looks_japanese(head: bytes) -> bool:
    """Return whether most of what is beyond ASCII are kana and kanji: single accents are pairs by accident."""
    text = codecs.getincrementaldecoder("cp932")().decode(head[:_HEAD])
    beyond = [sign for sign in text if not sign.isascii()]
    japanese = sum("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" for sign in beyond)
    return japanese * 2 > len(beyond)
