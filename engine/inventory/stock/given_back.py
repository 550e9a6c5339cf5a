"""Writing refused rows of a text file as they are, after the reason: to be mended and imported again."""

from __future__ import annotations

import codecs
import re
from typing import IO

from engine.feeds import REFUSED_COLUMN

_REASON = rb'"(?:[^"]|"")*"'


class GivenBack:
    """Writes rows of a text with these separators, each with what comes before it.

    ``encoding`` is that of the text. A row is copied byte by byte, whatever is wrong with it: only so can it be
    mended. A column of reasons that the rows have already, since they were given back before, is replaced.
    """

    def __init__(self, to: IO[bytes], separator: str, encoding: str = "utf-8") -> None:
        self._to = to
        self._encoding = encoding
        self._separator = separator.encode(encoding)
        self._again = False

    def header(self, raw: bytes, *more: str | None) -> None:
        """Write the names of the columns; ``more`` are those to be put before them, besides that of the reason."""
        mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        names = raw.removeprefix(mark)
        first = REFUSED_COLUMN.encode(self._encoding)
        self._again = names.startswith(first + self._separator)
        if self._again:
            names = names.removeprefix(first + self._separator)
        before = [first, *(name.encode(self._encoding) for name in more if name is not None)]
        self._to.write(mark + self._separator.join((*before, _ended(names))))

    def row(self, raw: bytes, why: str, *more: str | None) -> None:
        """Write a row after the reason and what else is put before it."""
        if self._again:
            raw = re.sub(_REASON + re.escape(self._separator), b"", raw, count=1) if raw[:1] == b'"' else raw
        told = " ".join(why.split()).replace('"', '""')
        before = [f'"{told}"', *(text for text in more if text is not None)]
        encoded = [text.encode(self._encoding, "replace") for text in before]
        self._to.write(self._separator.join((*encoded, _ended(raw))))


def _ended(raw: bytes) -> bytes:
    return raw if raw.endswith(b"\n") else raw + b"\n"
