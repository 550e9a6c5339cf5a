"""What the formats share: their options, tables of records, what a file looks like, and errors with their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

from earmark.feeds.looks import marked_encoding, other_than_text
from earmark.feeds.mapping.times import time_reader
from earmark.feeds.model import Feed
from earmark.feeds.records import Record, Records, Refused
from engine.errors import ConfigurationInvalid, EarmarkError, FileUnreadable, TimeInvalid

LONGEST_MESSAGE = 600
"""How many characters a message has at most."""

BATCH = 2000
"""How many records are handed over at a time."""


def looks_like(head: bytes) -> str:
    """Return what a file that begins so seems to be, for messages that say what it is instead."""
    if not head.strip():
        return "an empty file"
    if marked_encoding(head) == "utf-16":
        return "text in UTF-16"
    found = other_than_text(head)
    if found is not None:
        return found[0]
    return "binary" if b"\x00" in head else "text, as CSV is"


def shortened(message: str) -> str:
    """Return a message that a file can lengthen by what it says, without an end that nobody reads."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]} ..."


def unreadable(path: Path, message: str, remedy: str = "", *, place: str = "") -> FileUnreadable:
    """Return the error that ends the reading of a file; ``place`` is such as ``segment 7``."""
    where = f"{path}, {place}" if place else f"{path}"
    return FileUnreadable(
        f"{where}: {shortened(message)}", remedy=remedy or "Ask whoever sends the file to mend it."
    )


def library(module: str, extra: str, format_name: str) -> ModuleType:
    """Import what an extra brings. Raises ConfigurationInvalid that says what to install."""
    try:
        return import_module(module)
    except ImportError:
        raise ConfigurationInvalid(
            f'the format "{format_name}" needs {module.partition(".")[0]}, which is not installed',
            remedy=f"Install Earmark with its extra: pip install 'earmark[{extra}]'.",
        ) from None


class Options:
    """What ``options`` of a feed say to its format; each is a text, a number or true or false.

    Raises ConfigurationInvalid for options that the format does not know, with those that it does.
    """

    def __init__(self, feed: Feed, known: Mapping[str, str]) -> None:
        self._feed = feed
        self._known = known
        unknown = sorted(set(feed.options) - set(known))
        if unknown:
            listed = [f"  {name}: {meaning}" for name, meaning in known.items()]
            raise ConfigurationInvalid(
                f'feed "{feed.name}": the format "{feed.format}" has no option {", ".join(unknown)}. It has:',
                listed=listed or ["  none"],
                remedy="Mend [feeds.options]; docs/feeds/formats.md describes each.",
            )

    def text(self, name: str, default: str = "") -> str:
        """Return an option as text; ``"145"`` and ``145`` are the same."""
        return str(self._feed.options.get(name, default)).strip()

    def codes(self, name: str, default: str = "") -> tuple[str, ...]:
        """Return the codes of an option, which are divided by blanks or commas."""
        found = tuple(re.split(r"[\s,]+", self.text(name, default).strip(" ,")))
        if wrong := [code for code in found if not re.fullmatch(r"[0-9A-Za-z]{0,6}", code)]:
            raise self.wrong(name, f"{wrong[0]!r} is no code", 'Write codes such as "145" or "145 17".')
        return tuple(code for code in found if code)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Return which of several words an option is; the first one is the default."""
        found = self.text(name, choices[0])
        if found not in choices:
            listed = " or ".join(f'"{word}"' for word in choices)
            raise self.wrong(name, f"{found!r} is none of its words", f"Write {listed}.")
        return found

    def wrong(self, name: str, message: str, remedy: str) -> ConfigurationInvalid:
        """Return the error for an option."""
        return ConfigurationInvalid(f'feed "{self._feed.name}", options.{name}: {message}', remedy=remedy)


class RecordTable:
    """A table whose records come from an iterator of records and of refusals of rows."""

    def __init__(
        self,
        columns: tuple[str, ...],
        rows: Iterable[Record | Refused],
        *,
        counted_at: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.columns = columns
        self.counted_at = counted_at
        self.notes = notes
        self._rows = rows

    def batches(self) -> Iterator[Records]:
        """Yield all records once. Raises FileUnreadable where it cannot go on."""
        batch = Records()
        for row in self._rows:
            if isinstance(row, Record):
                batch.records.append(row)
            else:
                batch.cells[row.line] = row
                batch.refused.append(replace(row.refusal, message=shortened(row.refusal.message)))
            if len(batch.records) + len(batch.refused) >= BATCH:
                yield batch
                batch = Records()
        if batch.records or batch.refused:
            yield batch


def certain(number: str, decimal: str) -> str:
    """Return a number, written with a point, with the decimal sign of the feed.

    A feed that declares no signs would ask whether 1.255 is 1255. Here it is known, and a zero more says so.
    """
    whole, point, places = number.partition(".")
    return f"{whole}{decimal}{places}{'0' if len(places) == 3 else ''}" if point else whole


def message_time(feed: Feed, path: Path, text: str) -> int | None:
    """Return the time of a message in UTC microseconds, or None where the feed does not take it from there.

    ``text`` is ISO 8601; a date alone is the start of its day, and what has no offset is of the feed's time zone.
    Raises FileUnreadable when there is none to be had.
    """
    if feed.counted_at is None or not feed.counted_at.message:
        return None
    if not text:
        raise unreadable(
            path,
            "the message does not tell when it was counted",
            "Say with options.count_date which of its dates it is, or take counted_at.message out of the feed.",
        )
    try:
        return time_reader(feed.counted_at.model_copy(update={"format": "iso"}))(text)
    except TimeInvalid as error:
        raise unreadable(
            path,
            f"the time of the message cannot be taken: {error.message}",
            f'Say its zone in the feed "{feed.name}": counted_at.timezone = "Europe/Berlin".',
        ) from None


class OneTime:
    """The time of all messages of a file, where the feed takes it from there: they must not differ."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.first: str | None = None
        """The time of the first message, ISO 8601; empty where it tells none."""
        self.settled = False
        """Whether the first one was taken for the whole file."""

    def take(self, when: str, place: str) -> None:
        """Note the time of the next message. Raises FileUnreadable when it is another one than was taken."""
        if self.first is None:
            self.first = when
        elif self.settled and when != self.first:
            raise unreadable(
                self._path,
                f"the message was counted at {when or 'no time'}, the first one at {self.first}",
                'Take the time of each: counted_at = { column = "counted_at" } instead of message = true.',
                place=place,
            )


def as_unreadable(path: Path, error: BaseException, place: str, kind: str) -> EarmarkError:
    """Return what to raise for what a library raised: its own words, with file and place."""
    if isinstance(error, EarmarkError):
        return error
    said = " ".join(str(error).split())[:300] or type(error).__name__
    return unreadable(path, f"this cannot be read as {kind}: {said}", place=place)
