"""YAML text -> plain values, with the line of every key and entry; no tags, no aliases, no duplicate keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from rules.errors import RuleProblem
from rules.scalars import plain_scalar

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of mappings and indexes of lists, outermost first."""

_DEEPEST = 20
# The parser in C is some twenty times faster; both give the same events.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """The values of one file, the line of each (counted from 1), and what was wrong on the way.

    ``values`` has the keys at the top; it is empty when the file is.
    """

    file: Path
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[RuleProblem] = field(default_factory=list)

    def problem(self, line: int, message: str, remedy: str) -> None:
        """Note a problem of this file."""
        self.problems.append(RuleProblem(self.file, line, message, remedy))


Unquoted = Callable[[Document, KeyPath, str], Any]
"""What a value without quotes means, by its place and text; may note a problem in the document."""


Taker = Callable[[Any, Mapping[KeyPath, int]], None]
"""Takes the next entry of a list, with the line of each of its parts."""


def _as_in_rules(_document: Document, _path: KeyPath, text: str) -> Any:
    return plain_scalar(text)


def read_document(
    file: Path,
    text: str,
    unquoted: Unquoted = _as_in_rules,
    takers: Mapping[KeyPath, Taker] = MappingProxyType({}),
) -> Document:
    """Return what the YAML text says; what cannot be read is among the document's problems.

    The entries of the lists that have one of the ``takers`` are handed over as they are read, and the document
    keeps an empty list: so a long list takes no memory.

    It is read event by event and no deeper than 20 levels: the library in C composes values by recursion, and ends
    the process when they are deep enough.
    """
    document = Document(file)
    try:
        _Reader(document, _events(text), unquoted, takers).read()
    except yaml.MarkedYAMLError as error:
        said = ", ".join(part for part in (error.context, error.problem) if part)
        remedy = "Mend the YAML; indentation and quotes are the usual causes."
        document.problem(_line_of(error.problem_mark), f"this is not YAML: {said}", remedy)
    except yaml.reader.ReaderError as error:
        character = chr(error.character)
        line = text.count("\n", 0, max(0, text.find(character))) + 1
        document.problem(line, f"YAML cannot hold the character {character!r}", "Remove the character.")
    except _Unreadable as stop:
        document.problem(stop.line, stop.message, stop.remedy)
    return document


def _events(text: str) -> Iterator[Any]:
    # What yaml.parse does, without asking before each event whether there is one.
    loader = _LOADER(text)
    try:
        yield from iter(loader.get_event, None)
    finally:
        loader.dispose()


class _Unreadable(Exception):
    # It ends the reading of one file and never leaves this module.
    def __init__(self, event: yaml.Event, message: str, remedy: str) -> None:
        self.line, self.message, self.remedy = _line(event), message, remedy


def _line_of(mark: Any) -> int:
    return 0 if mark is None else int(mark.line) + 1


def _line(event: yaml.Event) -> int:
    return _line_of(event.start_mark)


class _Reader:
    def __init__(
        self,
        document: Document,
        events: Iterator[yaml.Event],
        unquoted: Unquoted,
        takers: Mapping[KeyPath, Taker],
    ) -> None:
        self._document = document
        self._events = events
        self._unquoted = unquoted
        self._takers = takers

    def read(self) -> None:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._top(next(self._events))
                break
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise _Unreadable(event, "a second document starts here", "Keep one document a file.")

    def _top(self, event: yaml.Event) -> None:
        values = self._value(event, ())
        if isinstance(values, dict):
            self._document.values = values
        elif values is not None:
            message = "the file holds no keys but a single value or a list"
            raise _Unreadable(event, message, "Begin with a key, such as 'name:'.")

    def _value(self, event: Any, path: KeyPath) -> Any:
        if isinstance(event, yaml.AliasEvent):
            remedy = "Write the value out; aliases are not read."
            raise _Unreadable(event, f"*{event.anchor} is an alias", remedy)
        if event.tag is not None:
            remedy = "Remove the tag; put text that looks like a number into quotes."
            raise _Unreadable(event, f"{event.tag} is a tag", remedy)
        if len(path) > _DEEPEST:
            raise _Unreadable(event, f"this is nested deeper than {_DEEPEST} levels", "Flatten it.")
        self._document.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return event.value if event.style else self._unquoted(self._document, path, event.value)

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines, events = self._document.lines, self._events
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event)
            place = (*path, key)
            if key in values:
                message = f'the key "{key}" stands here twice, first in line {lines[place]}'
                self._document.problem(_line(event), message, "Keep one of them.")
                # Read and left out: what is inside may have problems of its own, but counts for nothing.
                self._value(next(events), place)
                continue
            # The first place counts where a key above stands twice.
            lines.setdefault(place, _line(event))
            event = next(events)
            if (
                isinstance(event, yaml.ScalarEvent)
                and event.style
                and event.tag is None
                and len(path) < _DEEPEST
            ):
                values[key] = event.value  # in quotes, as most are: nothing more is to be asked
            else:
                values[key] = self._value(event, place)
        return values

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.ScalarEvent) and event.tag is None:
            return str(event.value)
        raise _Unreadable(
            event, "this key is not a plain word", "Write keys as words, without tags or aliases."
        )

    def _sequence(self, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        taker = self._takers.get(path)
        number = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            if taker is None:
                values.append(self._value(event, (*path, number)))
            else:
                self._hand_over(event, (*path, number), taker)
            number += 1
        return values

    def _hand_over(self, event: Any, path: KeyPath, taker: Taker) -> None:
        kept, self._document.lines = self._document.lines, {}
        try:
            taker(self._value(event, path), self._document.lines)
        finally:
            self._document.lines = kept
