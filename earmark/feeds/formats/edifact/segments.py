"""A file of EDIFACT interchanges, segment by segment.

The file is cut at its terminators here, a block at a time; pydifact takes each segment apart. It is given single
segments and never the file: it would drop all that stands before a ``'UNA``, read a second interchange into the
first one, and keep the line breaks of a file that was wrapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from earmark.feeds.formats.common import as_unreadable, library, looks_like, unreadable

_BLOCK = 1 << 16
_LONGEST = 1 << 16
"""The longest segment in bytes; the standard's longest have about 3,000."""

_DEFAULT = b":+.? '"
_SEPARATOR_NAMES = ("component", "element", "decimal mark", "release", "reserved", "terminator")

_READ = frozenset((b"LIN", b"PIA", b"QTY", b"INV", b"LOC", b"DTM", b"STS", b"NAD", b"CPS", b"BGM"))
"""The segments in which a repetition would be lost."""

CHARSETS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso-8859-1",
    "UNOD": "iso-8859-2",
    "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7",
    "UNOG": "iso-8859-3",
    "UNOH": "iso-8859-4",
    "UNOI": "iso-8859-6",
    "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9",
    "UNOW": "utf-8",
}
"""The character set of each syntax identifier."""


class Segment(NamedTuple):
    """A segment: its number in the file, counted from 1 (a UNA counts), its tag, and its elements of components."""

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]

    def get(self, element: int, component: int = 0) -> str:
        """Return a component by element (0 is the first after the tag) and place; empty where there is none."""
        if element < len(self.elements) and component < len(self.elements[element]):
            return self.elements[element][component].strip()
        return ""


class SegmentFile:
    """The segments of an opened file, in their order.

    ``charset`` stands in for what the syntax identifiers say. ``decimal`` is the decimal mark of the interchange
    that is being read. Raises FileUnreadable with the number of the segment.
    """

    def __init__(self, file: IO[bytes], path: Path, charset: str) -> None:
        self._file = file
        self._path = path
        self._charset = charset
        self._coding = charset or "ascii"
        self._tokenizer = library("pydifact.tokenizer", "messages", "edifact-invrpt").Tokenizer
        self._parser = library("pydifact.parser", "messages", "edifact-invrpt").Parser()
        self._characters = library("pydifact.control", "messages", "edifact-invrpt").Characters
        self.decimal = "."
        self._repetition = b""
        self._use(_DEFAULT, 0)

    def __iter__(self) -> Iterator[Segment]:
        """Yield every segment once."""
        for number, raw in self._cut():
            if raw.startswith(b"UNB"):
                self._begin_interchange(number, raw)
            yield self._segment(number, raw)

    def _use(self, separators: bytes, number: int) -> None:
        """Read on with the separators of a UNA."""
        marks = [separators[place : place + 1] for place in (0, 1, 3, 5)]
        if number and (len(set(marks)) < 4 or any(mark.isalnum() or mark >= b"\x80" for mark in marks)):
            raise unreadable(
                self._path, f"the separators {separators!r} cannot be told apart", place="segment 1"
            )
        component, element, _, release, reserved, terminator = (chr(code) for code in separators)
        # A blank stands for "no release character".
        self._release = "" if release == " " else release
        self._terminator = terminator.encode()
        # Version 4 uses for repetitions what was reserved before, and an asterisk where there is no UNA.
        self._reserved = b"*" if reserved == " " else reserved.encode()
        self.decimal = chr(separators[2]) if separators[2:3] in b".," else "."
        self._pydifact = self._characters(
            component, element, self.decimal, self._release or "\x00", " ", terminator
        )
        self._wrapped = b"" if terminator in "\r\n" else b"\r\n"
        end = re.escape(self._terminator)
        escape = re.escape(self._release.encode())
        inside = rb"[^" + end + escape + rb"]+"
        piece = rb"(?:" + inside + (rb"|" + escape + rb"." if escape else b"") + rb")*+"
        self._whole = re.compile(piece + end, re.DOTALL)

    def _cut(self) -> Iterator[tuple[int, bytes]]:
        """Yield each segment without its terminator; a UNA changes what terminates the next ones."""
        self._file.seek(0)
        rest = self._begin()
        if not rest.startswith(b"UNA"):
            rest = rest.translate(None, self._wrapped)
        number, ended = 0, False
        between = True  # only at the start and after a UNZ can a UNA stand
        while True:
            rest = rest.lstrip(b" \t")
            if between and (rest[:3] == b"UNA" or (len(rest) < 9 and not ended)):
                rest, ended = self._filled(rest, ended, 9)
                if rest[:3] == b"UNA":
                    number += 1
                    if len(rest) < 9:
                        raise unreadable(
                            self._path, "the file ends within its UNA", place=f"segment {number}"
                        )
                    self._use(rest[3:9], number)
                    rest = rest[9:].translate(None, self._wrapped).lstrip(b" \t\r\n")
            found = self._whole.match(rest)
            if found is None:
                if ended:
                    break
                if len(rest) > _LONGEST:
                    raise unreadable(self._path, self._too_long(), place=f"segment {number + 1}")
                rest, ended = self._filled(rest, ended, len(rest) + _BLOCK)
                continue
            number += 1
            raw = found[0][:-1]
            between = raw.startswith(b"UNZ")
            yield number, raw
            rest = rest[found.end() :]
        if rest.strip(b" \r\n\t\x1a\x00"):
            raise unreadable(
                self._path,
                f"the file ends within a segment: {rest[:40]!r} has no terminator",
                "It was cut off, or is still being written: have it sent again.",
                place=f"segment {number + 1}",
            )

    def _too_long(self) -> str:
        return (
            f"the segment is longer than {_LONGEST} bytes: its terminator {self._terminator!r} does not come"
        )

    def _begin(self) -> bytes:
        head = self._file.read(_BLOCK)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start.startswith((b"UNA", b"UNB")):
            hint = (
                "it is in lower case"
                if start[:3].upper() in (b"UNA", b"UNB")
                else f"it looks like {looks_like(head)}"
            )
            raise unreadable(
                self._path,
                f"this is no EDIFACT, which begins with UNA or UNB: {hint}",
                "Check which file it is, and the format of the feed.",
            )
        # After a UNA the line breaks belong to its separators until these are known.
        return start

    def _filled(self, rest: bytes, ended: bool, size: int) -> tuple[bytes, bool]:
        """Return more of the file, ``size`` bytes where there are so many, and whether it is at its end."""
        while not ended and len(rest) < size:
            block = self._file.read(_BLOCK)
            ended = not block
            # A line break is no part of a segment: it stands after one, or the file was wrapped.
            rest += block.translate(None, self._wrapped)
        return rest, ended

    def _begin_interchange(self, number: int, raw: bytes) -> None:
        """Note what the UNB says of characters: the syntax identifier, and from version 4 on a repetition sign."""
        syntax, version = raw[4:8].decode("latin-1"), raw[9:10]
        self._repetition = self._reserved if version >= b"4" else b""
        if self._charset:
            return
        if syntax not in CHARSETS:
            raise unreadable(
                self._path,
                f"the syntax identifier {syntax!r} does not say which characters are used",
                'Say it: [feeds.options] charset = "utf-8", or another one that the sender names.',
                place=f"segment {number}",
            )
        self._coding = CHARSETS[syntax]

    def _segment(self, number: int, raw: bytes) -> Segment:
        if not raw.strip():
            raise unreadable(self._path, "the segment is empty", place=f"segment {number}")
        if self._repetition and raw[:3] in _READ and self._repeats(raw):
            raise unreadable(
                self._path,
                f"an element is repeated ({self._repetition.decode('latin-1')!r}), which is not read",
                "Have it sent in version 3 of the syntax.",
                place=f"segment {number}",
            )
        try:
            text = raw.decode(self._coding)
        except UnicodeDecodeError as error:
            raise unreadable(
                self._path,
                f"{raw[error.start : error.start + 1]!r} is no character of {self._coding}, as which it is read",
                'If the sender uses another one, say it: [feeds.options] charset = "iso-8859-1".',
                place=f"segment {number}",
            ) from None
        return self._parsed(number, text)

    def _repeats(self, raw: bytes) -> bool:
        released = re.escape(self._release.encode())
        plain = re.sub(released + rb".", b"", raw, flags=re.DOTALL) if released else raw
        return self._repetition in plain

    def _parsed(self, number: int, text: str) -> Segment:
        terminator = self._terminator.decode()
        try:
            tokens = self._tokenizer().get_tokens(text + terminator, self._pydifact)
            (parts,) = list(self._parser.convert_tokens_to_raw_segments(tokens))
        except Exception as error:  # whatever the library raises for it, it is the file that is wrong
            raise as_unreadable(self._path, error, f"segment {number}", "EDIFACT") from None
        tag, *elements = [_components(part) for part in parts]
        if not re.fullmatch(r"[A-Z]{3}", tag[0]):
            raise unreadable(self._path, f"{tag[0][:20]!r} is no tag of a segment", place=f"segment {number}")
        return Segment(number, tag[0], tuple(elements))


def _components(part: Any) -> tuple[str, ...]:
    """Return the components of an element, which pydifact tells as a text when there is one only."""
    return (part,) if isinstance(part, str) else tuple(part)
