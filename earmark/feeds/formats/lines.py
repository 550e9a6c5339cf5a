"""The lines of a text file, a block at a time, whatever ends them; one that is too long costs no memory."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import IO

LONGEST_LINE = 65536
"""The longest line, in characters."""

_BLOCK = 1 << 18
_END_OF_DOS = "\x1a"


@dataclass(slots=True)
class Block:
    """Some lines of the file without their ends; the first one is line ``start``, counted from 1.

    ``text`` are all of them with nothing between. ``sound`` tells that all can be taken as they are: none is longer
    than LONGEST_LINE characters (the rest would be cut off), none has the character NUL, or bytes that are no text
    of the encoding (each stands as a lone surrogate). ``at_end`` is true for the last lines of the file.
    """

    start: int
    lines: list[str]
    text: str
    sound: bool
    at_end: bool


class Lines:
    """Reads a file from where it stands. ``at_end`` is true once the last line was handed out."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        decoder = codecs.getincrementaldecoder(_with_mark(encoding))(errors="surrogateescape")
        # Ends of lines become \n: also those of old Macs, and within quotes.
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._rest = ""
        self._cut = False
        self._begun = False
        self._ended = False
        self._number = 1
        self._returned: list[str] = []

    def next(self) -> Block | None:
        """Return the next lines, None at the end."""
        while not self._ended:
            raw = self._file.read(_BLOCK)
            self._ended = not raw
            text = self._decoder.decode(raw, final=self._ended)
            if not self._begun and text:
                self._begun = True
                text = text.removeprefix("\ufeff")
            if lines := self._split(text):
                return self._block(lines)
        if self._returned:
            return self._block([])
        return None

    def give_back(self, lines: list[str]) -> None:
        """Put the last lines of the block before what comes next."""
        self._returned = lines
        self._number -= len(lines)

    def _split(self, text: str) -> list[str]:
        parts = text.split("\n")
        parts[0] = self._rest + parts[0]
        if self._cut and len(parts) > 1:
            self._cut = False
        self._rest = parts.pop()
        if len(self._rest) > LONGEST_LINE:
            self._rest = self._rest[: LONGEST_LINE + 1]
            self._cut = True
        if self._ended:
            self._rest = self._rest.rstrip(_END_OF_DOS)
        if self._ended and self._rest:
            parts.append(self._rest)
            self._rest = ""
        return parts

    def _block(self, lines: list[str]) -> Block:
        lines = [*self._returned, *lines] if self._returned else lines
        self._returned = []
        start = self._number
        self._number += len(lines)
        text = "".join(lines)
        sound = max(map(len, lines)) <= LONGEST_LINE and "\0" not in text and _is_text(text)
        return Block(start, lines, text, sound, self._ended)


def _with_mark(encoding: str) -> str:
    """Return the encoding, UTF-8 with the mark that may stand at the beginning of its files."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _is_text(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a byte that could not be decoded
        return False
    return True
