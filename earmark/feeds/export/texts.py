"""Delimited texts, as the feed declares them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

from earmark.feeds.export.rows import Layout
from earmark.feeds.model import Feed
from engine.feeds import StockRow


def write_text(file: IO[bytes], layout: Layout, pages: Iterable[Sequence[StockRow]]) -> None:
    """Write the stock as a text, a page at a time."""
    feed = layout.feed
    out = _Lines(file, feed)
    out.write([*feed.export.before, out.line(layout.names), *feed.export.under])
    for page in pages:
        lines = []
        for row, fields in layout.fields(page):
            line = out.line(fields)
            if line is None:
                layout.written.rows -= 1
                layout.written.leave_out(row, f"it cannot be written in {feed.encoding} with these signs")
            else:
                lines.append(line)
        out.write(lines)


class _Lines:
    """Puts fields into lines, and lines into the file."""

    def __init__(self, file: IO[bytes], feed: Feed) -> None:
        self._file = file
        self._encoding, self._begun = feed.encoding, False
        self._text = io.StringIO()
        self._ascii = feed.encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig")
        self._signs = (feed.delimiter, "\n", "\r") if not feed.quote else ()
        # Where nothing is quoted no writer is asked.
        quote = feed.quote or '"'
        self._writer = csv.writer(self._text, delimiter=feed.delimiter, quotechar=quote, lineterminator="\n")

    def line(self, fields: Sequence[str]) -> str | None:
        """Return the line; None where its signs or letters cannot be written."""
        if self._signs and any(sign in field for field in fields for sign in self._signs):
            return None
        if not self._signs:
            self._text.seek(0)
            self._text.truncate()
            self._writer.writerow(fields)
            line = self._text.getvalue()[:-1]
        else:
            line = self._signs[0].join(fields)
        return line if self._ascii or self._fits(line) else None

    def write(self, lines: Sequence[str | None]) -> None:
        """Write the lines that are any."""
        text = "".join(f"{line}\n" for line in lines if line is not None)
        encoding = self._encoding
        if self._begun and encoding.lower().startswith("utf-16"):
            encoding = "utf-16-le"  # the mark at the beginning is written once
        self._begun = True
        self._file.write(text.encode(encoding))

    def _fits(self, line: str) -> bool:
        try:
            line.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True
