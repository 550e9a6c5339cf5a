"""What holds of every EDIFACT interchange, and what pydifact does not look at: counts, references and nesting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from earmark.feeds.formats.common import unreadable
from earmark.feeds.formats.edifact.segments import Segment
from earmark.words.text import count
from engine.errors import FileUnreadable

SERVICE = frozenset({"UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"})
"""The segments of envelopes."""


@dataclass(slots=True)
class _Open:
    """An envelope that was opened: by which segment, its reference, and what was counted in it since."""

    segment: Segment
    reference: str
    inside: int = 0
    of: str = "message"


_REFERENCE = {"UNB": 4, "UNG": 4, "UNH": 0}
_END = {"UNB": "UNZ", "UNG": "UNE", "UNH": "UNT"}
_BEGIN = {end: begin for begin, end in _END.items()}
_WITHIN = {"UNB": (), "UNG": ("UNB",), "UNH": ("UNB", "UNG")}


class Envelopes:
    """Follows the envelopes of a file.

    Raises FileUnreadable for what is not closed, or is closed with another count or reference.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[_Open] = []

    def take(self, segment: Segment) -> None:
        """Note the next segment of the file."""
        if segment.tag in _END:
            self._begin(segment)
        elif segment.tag in _BEGIN:
            self._end(segment)
        elif not self._open or self._open[-1].segment.tag != "UNH":
            raise self._wrong(segment, f"{segment.tag} stands outside of a message")
        else:
            self._open[-1].inside += 1

    def finish(self) -> None:
        """Say that the file is at its end."""
        if self._open:
            begin = self._open[-1].segment
            raise self._wrong(begin, f"{begin.tag} is never closed by {_END[begin.tag]}: the file is cut off")

    def _begin(self, segment: Segment) -> None:
        around = self._open[-1].segment.tag if self._open else None
        if (around or "") not in (_WITHIN[segment.tag] or ("",)):
            hint = (
                f"{around} of segment {self._open[-1].segment.number} is open" if around else "no UNB is open"
            )
            raise self._wrong(segment, f"{segment.tag} cannot stand here: {hint}")
        if self._open:
            self._open[-1].inside += 1
            self._open[-1].of = "group" if segment.tag == "UNG" else "message"
        inside = 1 if segment.tag == "UNH" else 0
        self._open.append(_Open(segment, segment.get(_REFERENCE[segment.tag]), inside))

    def _end(self, segment: Segment) -> None:
        begin = _BEGIN[segment.tag]
        if not self._open or self._open[-1].segment.tag != begin:
            raise self._wrong(segment, f"{segment.tag} closes a {begin} that is not open")
        opened = self._open.pop()
        found = opened.inside + (1 if begin == "UNH" else 0)
        told, reference = segment.get(0), segment.get(1)
        if not told.isascii() or not told.isdigit() or int(told[:18]) != found:
            noun = "segment" if begin == "UNH" else opened.of
            raise self._wrong(
                segment, f"{segment.tag} counts {told or 'nothing'}, but there came {count(found, noun)}"
            )
        if reference != opened.reference:
            raise self._wrong(
                segment, f"{segment.tag} has the reference {reference!r}, its {begin} {opened.reference!r}"
            )

    def _wrong(self, segment: Segment, message: str) -> FileUnreadable:
        return unreadable(
            self._path,
            message,
            "Part of the file is missing, or it was changed: have it sent again.",
            place=f"segment {segment.number}",
        )
