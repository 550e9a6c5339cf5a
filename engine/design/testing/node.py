"""A place in a file of cases: its value with its line, read with every problem noted and none raised."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definition.suggest import nearest
from engine.design.trying.terms import check_span
from engine.errors import EarmarkError
from engine.quantity import parse_quantity
from rules.document import Document, KeyPath

Problems = Document
"""Where problems are noted: the document that knows file and lines."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file, and the way to it."""

    document: Document
    path: KeyPath
    value: Any

    @property
    def line(self) -> int:
        """The line of the value, or of what it stands in."""
        path = self.path
        while path and path not in self.document.lines:
            path = path[:-1]
        return self.document.lines.get(path, 1)

    def problem(self, message: str, remedy: str) -> None:
        """Note what is wrong here."""
        self.document.problem(self.line, message, remedy)

    def at(self, key: str | int) -> Node:
        """Return what stands below."""
        return Node(self.document, (*self.path, key), self.value[key])

    def has(self, key: str) -> bool:
        """Return whether there is such a key with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def keys(self, known: Collection[str]) -> list[Node]:
        """Return what stands below the known keys, in the order of the file; others are problems."""
        if not isinstance(self.value, dict):
            self.problem(f"{self._shown()} has no keys", f"Write keys below it: {', '.join(known)}.")
            return []
        found = []
        for key in self.value:
            if key in known:
                found.append(self.at(key))
                continue
            near = nearest(str(key), known)
            hint = f'Did you mean "{near}"?' if near else f"The keys here are {', '.join(known)}."
            Node(self.document, (*self.path, key), None).problem(f'there is no key "{key}"', hint)
        return found

    def pairs(self) -> Iterator[tuple[str, Node]]:
        """Yield each key with what stands below it."""
        if not isinstance(self.value, dict):
            self.problem(f"{self._shown()} has no keys", "Write names below it, each with its value.")
            return
        for key in self.value:
            yield str(key), self.at(key)

    def entries(self) -> list[Node]:
        """Return the entries of a list; a single value is a list of one."""
        if isinstance(self.value, list):
            return [self.at(number) for number in range(len(self.value))]
        return [self]

    def text(self) -> str | None:
        """Return a name, or None with a problem noted."""
        if isinstance(self.value, dict | list) or self.value is None or self.value == "":
            self.problem(f"{self._shown()} is not text", "Write a name.")
            return None
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return str(self.value)

    def truth(self) -> bool | None:
        """Return true or false, or None with a problem noted."""
        if isinstance(self.value, bool):
            return self.value
        self.problem(f"{self._shown()} is not true or false", "Write true or false, without quotes.")
        return None

    def quantity(self) -> int | None:
        """Return a quantity in millionths, or None with a problem noted."""
        if isinstance(self.value, dict | list | bool) or self.value is None:
            self.problem(f"{self._shown()} is not a quantity", "Write a number.")
            return None
        try:
            return parse_quantity(str(self.value))
        except EarmarkError as error:
            self.problem(error.message, error.remedy)
            return None

    def span(self) -> str | None:
        """Return a span of time as it is written, or None with a problem noted."""
        text = self.text()
        if text is None:
            return None
        try:
            check_span(text)
        except EarmarkError as error:
            self.problem(error.message, error.remedy)
            return None
        return text

    def name(self, kind: str, known: Mapping[str, object] | Collection[str]) -> str | None:
        """Return a name that must be one of those known, or None with a problem noted."""
        text = self.text()
        if text is None or text in known:
            return text
        names = list(known)
        near = nearest(text, names)
        hint = f'Did you mean "{near}"?' if near else f"There are: {', '.join(names) or 'none'}."
        self.problem(f'there is no {kind} "{text}"', hint)
        return None

    def _shown(self) -> str:
        if isinstance(self.value, dict):
            return "a group of keys"
        if isinstance(self.value, list):
            return "a list"
        return "an empty value" if self.value is None else repr(self.value)
