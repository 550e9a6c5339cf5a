"""Whether a file can be the text that its feed declares: what it looks like is told, and never taken instead."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import IO, TYPE_CHECKING

from earmark.feeds.looks import is_utf8_throughout, likely_encoding, marked_encoding, other_than_text
from engine.errors import FileUnreadable, InputError

if TYPE_CHECKING:
    from earmark.feeds.model import Feed

_HEAD = 1 << 16


def check_text(file: IO[bytes], path: Path, feed: Feed) -> None:
    """Raise FileUnreadable where the file is no text, or one of another encoding, InputError where it is empty."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip():
        raise InputError(f"{path} is empty", remedy="A file without stock has at least a header.")
    if (other := other_than_text(head)) is not None:
        raise FileUnreadable(f"{path} is not a table of text: it looks like {other[0]}", remedy=other[1])
    declared = codecs.lookup(feed.encoding).name
    wide = declared.startswith(("utf-16", "utf-32"))
    marked = marked_encoding(head)
    if marked is not None and not _same(declared, marked):
        raise _encoding(path, feed, marked)
    if not wide and b"\0" in head and not _same(declared, likely := likely_encoding(head)):
        if likely.startswith("utf-16"):
            raise _encoding(path, feed, likely)
        raise FileUnreadable(f"{path} is not a text file: it has the character NUL in it")
    if wide and marked is None and not _has_zeros_of(declared, head):
        raise _encoding(path, feed, likely_encoding(head))
    file.seek(0)
    if not wide and declared not in ("utf-8", "utf-8-sig", "ascii") and is_utf8_throughout(file):
        raise _encoding(path, feed, "utf-8")


def _has_zeros_of(declared: str, head: bytes) -> bool:
    """Return whether the zero bytes stand where the encoding has them: ends of lines and digits have one each."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if declared.startswith("utf-32"):
        return even + odd > len(head) // 2
    return declared in ("utf-16-le", "utf-16-be") and (odd > even if declared == "utf-16-le" else even > odd)


def _same(declared: str, found: str) -> bool:
    return declared.removesuffix("-sig").startswith(found) or found.startswith(declared)


def _encoding(path: Path, feed: Feed, likely: str) -> FileUnreadable:
    return FileUnreadable(
        f"{path} is not {feed.encoding}: it looks like {likely}",
        remedy=f'Say encoding = "{likely}" in the feed {feed.name!r} if that is what it is; it is not guessed.',
    )
