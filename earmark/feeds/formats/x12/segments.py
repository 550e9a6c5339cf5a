"""A file of X12 interchanges, segment by segment.

pyx12 reads it and collects what is wrong with counts and control numbers; who does not ask is never told. It ends
without a word at an empty segment, at one of more than 8,192 characters, and at one without a terminator: so it is
looked whether anything is left.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from earmark.feeds.formats.common import as_unreadable, library, looks_like, unreadable
from engine.errors import EarmarkError, FileUnreadable

_ISA = 106
"""How many characters the first segment has in every version."""

_ISA_SEPARATORS = (6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
"""Where in it the elements are separated."""

_NO_COMPONENTS = "\x00"
"""Given to pyx12 for the component separator, which else would take a colon in a sku for one."""

_HARMLESS = {"SEG1", "1"}
"""Codes of what changes no meaning: empty elements at the end of a segment, a blank at its start."""

_CUT = "It was cut off, or is still being written: have it sent again."


class Segment(NamedTuple):
    """A segment: its number in the file, counted from 1, its name, and its elements as they are written."""

    number: int
    name: str
    elements: tuple[str, ...]

    def get(self, element: int) -> str:
        """Return an element, counted from 1 as X12 does; empty where there is none."""
        return self.elements[element - 1].strip() if element <= len(self.elements) else ""


class SegmentFile:
    """The segments of an opened file, in their order. ``component`` is what separates parts of an element."""

    def __init__(self, file: IO[bytes], path: Path, encoding: str) -> None:
        self._path = path
        reader = library("pyx12.x12file", "messages", "x12-846").X12Reader
        file.seek(0)
        head = file.read(_ISA + 64)
        skipped = len(head) - len(head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t"))
        if not head[skipped:].startswith(b"ISA"):
            raise unreadable(
                path,
                f"this is no X12, which begins with ISA: it looks like {looks_like(head)}",
                "Check which file it is, and the format of the feed.",
            )
        self._check_lengths(head[skipped:])
        file.seek(skipped)
        self._text = _Text(file, encoding)
        try:
            self._reader = reader(self._text)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, 1) from None
        except Exception as error:  # whatever the library raises for it, it is the file that is wrong
            raise as_unreadable(path, error, "segment 1", "X12") from None
        self.component = str(self._reader.subele_term)
        self._reader.subele_term = _NO_COMPONENTS

    def __iter__(self) -> Iterator[Segment]:
        """Yield every segment once. Raises FileUnreadable with the number of the segment."""
        number = 0
        segments = iter(self._reader)
        while True:
            try:
                found: Any = next(segments, None)
            except UnicodeDecodeError as error:
                raise self._undecodable(error, number + 1) from None
            except Exception as error:  # a wrong file makes the library raise IndexError and its own kinds
                raise self._broken(error, number + 1) from None
            if found is None:
                break
            number += 1
            self._check(number)
            name = str(found.get_seg_id())
            if not re.fullmatch(r"[A-Z][A-Z0-9]{1,2}", name):
                raise unreadable(self._path, f"{name[:20]!r} is no segment", place=f"segment {number}")
            yield Segment(number, name, tuple(part.format(_NO_COMPONENTS) for part in found.elements))
        self._check_end(number)

    def close(self) -> None:
        """Let go of the file, which stays open."""
        self._text.close()

    def _check_lengths(self, head: bytes) -> None:
        if len(head) < _ISA or any(head[place : place + 1] != head[3:4] for place in _ISA_SEPARATORS):
            raise unreadable(
                self._path,
                "the elements of ISA do not have their lengths, as when blanks were cut off",
                "Have it sent as it was made: ISA is 106 characters long, with blanks.",
                place="segment 1",
            )

    def _check(self, number: int) -> None:
        found = [error for error in self._reader.pop_errors() if error[1] not in _HARMLESS]
        if found:
            said = "; ".join(str(error[2]) for error in found)
            raise unreadable(
                self._path,
                f"the envelope is wrong: {said}",
                "Part of the file is missing, or it was changed: have it sent again.",
                place=f"segment {number}",
            )

    def _check_end(self, number: int) -> None:
        try:
            rest = (self._reader.raw.buffer + self._text.read(200)).strip(" \r\n\t\x1a\x00")
        except UnicodeDecodeError as error:
            raise self._undecodable(error, number + 1) from None
        terminator = str(self._reader.seg_term)
        if rest:
            remedy = _CUT
            message = f"the segment {rest[:40]!r} has no terminator {terminator!r}"
            if rest.startswith(terminator) or terminator in rest:
                message = f"an empty segment stands before {rest[:40]!r}"
                remedy = "Have it sent without the empty segment: what follows it could be another message."
            elif len(rest) > 8192:
                message = f"the segment {rest[:40]!r} is longer than 8,192 characters"
            raise unreadable(self._path, message, remedy, place=f"segment {number + 1}")
        self._reader.cleanup()
        self._check(number)

    def _broken(self, error: Exception, number: int) -> EarmarkError:
        if isinstance(error, IndexError):
            message = "a segment closes what is not open"
            return unreadable(self._path, message, _CUT, place=f"segment {number}")
        return as_unreadable(self._path, error, f"segment {number}", "X12")

    def _undecodable(self, error: UnicodeDecodeError, number: int) -> FileUnreadable:
        return unreadable(
            self._path,
            f"{error.object[error.start : error.start + 1]!r} is no character of {error.encoding}",
            'Declare the encoding of the feed, such as encoding = "iso-8859-1".',
            place=f"segment {number} or one soon after",
        )


class _Text:
    """The text of a file as pyx12 reads it.

    It knows the versions 00401 and 00501 of interchanges and refuses all others, though the first segment is built
    alike in all of them: another one is shown to it as one of these two.
    """

    closed = False

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")
        self._begun = False

    def read(self, size: int) -> str:
        """Return so many characters, fewer at the end."""
        text = self._text.read(size)
        if not self._begun:
            self._begun = True
            version = text[84:89]
            if len(text) == _ISA and re.fullmatch(r"00[2-8][0-9]{2}", version, re.ASCII):
                text = f"{text[:84]}{'00401' if version < '00402' else '00501'}{text[89:]}"
        return text

    def close(self) -> None:
        """Let go of the file, which stays open."""
        self._text.detach()
