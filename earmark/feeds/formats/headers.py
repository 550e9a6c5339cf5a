"""The header of a delimited text: behind skipped lines, found by its columns, or said by the feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from earmark.feeds.formats.lines import Block, Lines
from earmark.feeds.formats.splitting import Broken, Open, Splitter
from earmark.feeds.looks import SIGNS, likely_encoding, likely_sign
from earmark.feeds.records import same_name
from engine.errors import FileUnreadable, InputError

if TYPE_CHECKING:
    from earmark.feeds.model import Feed

_SEPARATOR_LINE = re.compile(r'"?sep=(?P<sign>[^"])"?', re.IGNORECASE)
_FARTHEST = 500
"""In how many lines the header is looked for."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of the columns as they are written, and what was read otherwise than it is written."""

    columns: tuple[str, ...]
    notes: tuple[str, ...]


def find_heading(lines: Lines, splitter: Splitter, path: Path, feed: Feed) -> Heading:
    """Read as far as the first row of data and return the columns. Raises FileUnreadable or InputError."""
    block = _head(lines, _FARTHEST + feed.skip_lines + feed.skip_after)
    finder = _Finder(block, splitter, path, feed)
    names = finder.find()
    lines.give_back(block.lines[finder.place :])
    return Heading(tuple(names), tuple(finder.notes))


def _head(lines: Lines, enough: int) -> Block:
    """Return the beginning of the file: so many lines, or all of them."""
    head = Block(1, [], "", True, True)
    while len(head.lines) < enough and (more := lines.next()) is not None:
        head = Block(1, [*head.lines, *more.lines], "", True, more.at_end)
    return head


class _Finder:
    def __init__(self, block: Block, splitter: Splitter, path: Path, feed: Feed) -> None:
        self._block, self._splitter, self._path, self._feed = block, splitter, path, feed
        self.place = 0
        self.notes: list[str] = []

    def find(self) -> list[str]:
        self._separator_line()
        self.place += self._feed.skip_lines
        if self._feed.columns:
            return list(self._feed.columns)
        wanted = {same_name(name) for name in self._feed.header_with}
        for names in self._candidates():
            if wanted <= {same_name(name) for name in names}:
                self.place += self._feed.skip_after
                self._skip_until(self._feed.skip_until)
                return names
        raise self._none(sorted(self._feed.header_with))

    def _separator_line(self) -> None:
        first = self._block.lines[0] if self._block.lines else ""
        if (found := _SEPARATOR_LINE.fullmatch(first.strip("\r\n "))) is None:
            return
        if found["sign"] != self._feed.delimiter:
            said = SIGNS.get(found["sign"], repr(found["sign"]))
            raise InputError(
                f"{self._path}:1: the file says that its columns are separated by {said}, the feed says "
                f"{SIGNS.get(self._feed.delimiter, repr(self._feed.delimiter))}",
                remedy=f"Say delimiter = {_toml(found['sign'])} in the feed {self._feed.name!r}.",
            )
        self.place = 1

    def _skip_until(self, beginning: str | None) -> None:
        """Go behind the line that begins so, if there is one."""
        below = self._block.lines[self.place : self.place + _FARTHEST]
        for behind, line in enumerate(below, 1):
            if beginning is not None and line.lstrip(f"{self._feed.quote} ").startswith(beginning):
                self.place += behind
                return

    def _candidates(self) -> Iterator[list[str]]:
        """Yield the lines that may be the header; ``place`` is behind each."""
        while self.place < min(len(self._block.lines), _FARTHEST + self._feed.skip_lines):
            number = self._block.start + self.place
            line = self._block.lines[self.place]
            self._check(number, line)
            try:
                fields, used = self._splitter.split(self._block.lines, self.place, at_end=self._block.at_end)
            except (Broken, Open):
                if not self._feed.header_with:
                    raise FileUnreadable(
                        f"{self._path}:{number}: the quotes of the header do not match",
                        remedy='Mend the line, or say which sign quotes: quote = "\'", or quote = "" for none.',
                    ) from None
                self.place += 1
                continue
            self.place += used
            if any(fields):
                yield fields

    def _check(self, number: int, line: str) -> None:
        if any("\ud800" <= sign <= "\udfff" for sign in line):
            raw = line.encode("utf-8", "surrogateescape")
            likely = likely_encoding(raw)
            raise FileUnreadable(
                f"{self._path}:{number}: the header is not {self._feed.encoding}: it looks like {likely}",
                remedy=f'Say encoding = "{likely}" in the feed {self._feed.name!r} if that is what it is.',
            )

    def _none(self, wanted: list[str]) -> InputError:
        if not wanted:
            return InputError(
                f"{self._path}: there is no header, the file has only blank lines",
                remedy="The first line must have the names of the columns.",
            )
        seen = next((line for line in self._block.lines if wanted[0].casefold() in line.casefold()), "")
        sign = likely_sign(seen)
        hint = (
            f"; it looks separated by {SIGNS[sign]}"
            if sign not in (None, self._feed.delimiter) and sign
            else ""
        )
        return InputError(
            f"{self._path}: no line of the first {_FARTHEST} has the columns {', '.join(wanted)}{hint}",
            remedy=f"Mend header_with or delimiter of the feed {self._feed.name!r}.",
        )


def _toml(sign: str) -> str:
    return '"\\t"' if sign == "\t" else f'"{sign}"'
