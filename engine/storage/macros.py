"""Macros: SQL that statements have in common, written once.

A macro is introduced by ``-- macro: NAME(PARAMETER, ...)`` among the statements of the room whose rule it is,
followed by comment lines that describe it; ``[postgresql]`` at the end of the line makes it one dialect's own
spelling. In its text ``{PARAMETER}`` stands for the argument. ``PARAMETER = DEFAULT`` may be left out, and
``PARAMETER...``, the last one, takes all arguments that are left.

Statements use it as ``@NAME(ARGUMENT, ...)``, without brackets where there are no arguments. Arguments are SQL and
may have macros in them, and so may the text of a macro.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

_USED = re.compile(r"@([a-z_]+)")
_SIGNATURE = re.compile(r"([a-z_]+)(?:\((.*)\))?")
_PLACE = re.compile(r"\{(\w+)\}")
_REST = "..."

Word = Callable[[Sequence[str]], str]
"""A word that a dialect spells: from its arguments to SQL."""


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro as it is written: its parameters with their defaults, None for those that must be given."""

    name: str
    parameters: Mapping[str, str | None]
    rest: str | None
    text: str

    @classmethod
    def parsed(cls, signature: str, text: str) -> Self:
        """Return the macro. Raises ValueError for a signature or a text that cannot be understood."""
        match = _SIGNATURE.fullmatch(signature)
        if match is None:
            raise ValueError(f"this is no macro: {signature}")
        given = split_arguments(match[2] or "")
        rest = next((name.removesuffix(_REST) for name in given if name.endswith(_REST)), None)
        parameters: dict[str, str | None] = {}
        for parameter in given:
            name, assigned, default = (part.strip() for part in parameter.partition("="))
            if not name.endswith(_REST):
                parameters[name] = default if assigned else None
        if unknown := set(_PLACE.findall(text)) - {*parameters, rest}:
            raise ValueError(f"@{match[1]} has no parameter {', '.join(sorted(unknown))}")
        return cls(match[1], parameters, rest, text)

    def spelled(self, arguments: Sequence[str]) -> str:
        """Return the text with the arguments in their places. Raises ValueError for too few or too many."""
        least = sum(default is None for default in self.parameters.values())
        if len(arguments) < least or (len(arguments) > len(self.parameters) and self.rest is None):
            raise ValueError(f"@{self.name} has other arguments than {', '.join(arguments) or 'none'}")
        values: dict[str, str] = {}
        for number, (name, default) in enumerate(self.parameters.items()):
            values[name] = arguments[number] if number < len(arguments) else _filled(default or "", values)
        if self.rest is not None:
            values[self.rest] = ", ".join(arguments[len(self.parameters) :])
        return _filled(self.text, values)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values[match[1]], text)


def split_arguments(text: str) -> list[str]:
    """Return the arguments in a text: what commas part that stand in no brackets."""
    depth, parts = 0, [""]
    for sign in text:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts] if text.strip() else []


@dataclass(frozen=True, slots=True)
class Macros:
    """The macros of a dialect, and its own words; ``arrays`` are those whose parameter is sent as an array."""

    macros: Mapping[str, Macro]
    words: Mapping[str, Word]
    arrays: frozenset[str] = frozenset()

    def expanded(self, text: str) -> tuple[str, frozenset[str]]:
        """Return the text without macros, and the parameters in it that are sent as arrays.

        Raises ValueError for a macro that does not exist or has other arguments.
        """
        found: set[str] = set()
        parts, done = [], 0
        while match := _USED.search(text, done):
            end = _closed(text, match.end())
            arguments = split_arguments(text[match.end() + 1 : end - 1])
            inner, arrays = self.expanded(self._spelled(match[1], arguments))
            found |= arrays | (set(arguments) if match[1] in self.arrays else set())
            parts += [text[done : match.start()], inner]
            done = end
        return "".join((*parts, text[done:])), frozenset(found)

    def _spelled(self, name: str, arguments: Sequence[str]) -> str:
        if name in self.words:
            return self.words[name](arguments)
        if name in self.macros:
            return self.macros[name].spelled(arguments)
        raise ValueError(f"there is no macro @{name}")


def _closed(text: str, start: int) -> int:
    """Return where the arguments end of a macro whose name ends at ``start``."""
    if not text.startswith("(", start):
        return start
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise ValueError(f"a bracket is not closed: {text[start : start + 40]}")
