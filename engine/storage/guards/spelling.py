"""How the two databases spell what guards need."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from engine.storage.guards.shapes import Untranslatable

Keys = Sequence[str]
_MOST_DIGITS = 60
_INDEX = re.compile(r"-?[0-9]+")


class Spelling(ABC):
    """The words of a database. ``params`` are bound with the statement; ``prefix`` tells them from other ones."""

    percent = "%"
    collate = ""
    length = "length({})"

    def __init__(self, prefix: str) -> None:
        self.params: dict[str, Any] = {}
        self.texts = False
        """Whether texts of the order's JSON are read."""
        self._prefix = prefix

    def _name(self, value: Any) -> str:
        for name, known in self.params.items():
            if type(known) is type(value) and known == value and repr(known) == repr(value):
                return name
        name = f"{self._prefix}{len(self.params)}"
        self.params[name] = value
        return name

    def text(self, value: str) -> str:
        """Return a text as it is bound. Raises Untranslatable for one that the database would cut."""
        if "\0" in value or any(0xD800 <= ord(sign) < 0xE000 for sign in value):
            raise Untranslatable
        return self._bound(value, "text")

    def number(self, value: float) -> str:
        """Return an int or a double as it is bound."""
        return self._bound(value, "bigint" if isinstance(value, int) else "float8")

    @abstractmethod
    def _bound(self, value: Any, kind: str) -> str: ...

    @abstractmethod
    def as_double(self, sql: str) -> str:
        """Return an int as a double."""

    @abstractmethod
    def starts(self, text: str, part: str) -> str:
        """Whether a text starts with another one."""

    @abstractmethod
    def ends(self, text: str, part: str) -> str:
        """Whether a text ends with another one."""

    @abstractmethod
    def contains(self, text: str, part: str) -> str:
        """Whether a text contains another one."""

    @abstractmethod
    def kind(self, keys: Keys, line: str | None) -> str:
        """Return the kind of what lies at the keys of the order's JSON, or of the ``line`` of its list of items.

        It is NULL where there is nothing, else one of those that ``kinds`` names.
        """

    @abstractmethod
    def json_text(self, keys: Keys, line: str | None) -> str:
        """Return the text there, where it is one."""

    @abstractmethod
    def json_number(self, keys: Keys, line: str | None) -> str:
        """Return the number there, where it is one."""

    @abstractmethod
    def json_bool(self, keys: Keys, line: str | None, *, value: bool) -> str:
        """Whether true, or false, is there."""

    @abstractmethod
    def is_number(self, kind: str) -> str:
        """Whether a kind is that of numbers."""

    @abstractmethod
    def is_text(self, kind: str) -> str:
        """Whether a kind is that of texts."""

    @abstractmethod
    def is_bool(self, kind: str) -> str:
        """Whether a kind is that of true and false."""

    @abstractmethod
    def tags(self, where: str, selected: str = "1") -> str:
        """Return a query of the texts in the order's list of tags: ``tag`` in the condition."""

    @property
    @abstractmethod
    def tag(self) -> str:
        """A text of ``tags``."""

    @abstractmethod
    def readable(self) -> str:
        """Whether the database reads the order's JSON as Python does; if not, it cannot tell."""

    @abstractmethod
    def part_of_date(self, part: str, seconds: str) -> str:
        """Return ``year``, ``month`` (from 1), ``day`` (from 1) or ``doy`` (from 1) of a time in UTC."""


def _checked(keys: Keys) -> None:
    # A number would lead into a list; what the one database cannot address is left to Python on both.
    if any(not key or '"' in key or "\0" in key or "\\" in key or _INDEX.fullmatch(key) for key in keys):
        raise Untranslatable


class SqliteSpelling(Spelling):
    """The words of SQLite."""

    collate = " COLLATE BINARY"

    def _bound(self, value: Any, kind: str) -> str:
        del kind
        return f":{self._name(value)}"

    def as_double(self, sql: str) -> str:
        """Return an int as a double."""
        return f"CAST({sql} AS REAL)"

    def starts(self, text: str, part: str) -> str:
        """Whether a text starts with another one."""
        return f"(substr({text}, 1, length({part})) = {part} COLLATE BINARY)"

    def ends(self, text: str, part: str) -> str:
        """Whether a text ends with another one."""
        return (
            f"(length({text}) >= length({part}) AND "
            f"substr({text}, length({text}) - length({part}) + 1) = {part} COLLATE BINARY)"
        )

    def contains(self, text: str, part: str) -> str:
        """Whether a text contains another one."""
        return f"(instr({text}, {part}) > 0)"

    def _path(self, keys: Keys, line: str | None) -> str:
        _checked(keys)
        path = "".join(f'."{key}"' for key in keys)
        if line is None:
            return self.text(f"${path}")
        return f"{self.text('$.items[')} || ({line} - 1) || {self.text(f']{path}')}"

    def kind(self, keys: Keys, line: str | None) -> str:
        """Return the kind of what lies there."""
        return f"json_type(ord.data, {self._path(keys, line)})"

    def _there(self, keys: Keys, line: str | None) -> str:
        return f"json_extract(ord.data, {self._path(keys, line)})"

    def readable(self) -> str:
        """Whether the database reads the JSON as Python does: it ends texts at a NUL, and knows no NaN."""
        whole = "json_valid(ord.data)"
        return f"({whole} AND instr(ord.data, '\\u0000') = 0)" if self.texts else whole

    def json_text(self, keys: Keys, line: str | None) -> str:
        """Return the text there."""
        self.texts = True
        return f"CASE WHEN {self.kind(keys, line)} = 'text' THEN {self._there(keys, line)} END"

    def json_number(self, keys: Keys, line: str | None) -> str:
        """Return the number there."""
        kind = self.is_number(self.kind(keys, line))
        return f"CASE WHEN {kind} THEN CAST({self._there(keys, line)} AS REAL) END"

    def json_bool(self, keys: Keys, line: str | None, *, value: bool) -> str:
        """Whether true, or false, is there."""
        return f"({self.kind(keys, line)} = '{str(value).lower()}')"

    def is_number(self, kind: str) -> str:
        """Whether a kind is that of numbers."""
        return f"{kind} IN ('integer', 'real')"

    def is_text(self, kind: str) -> str:
        """Whether a kind is that of texts."""
        return f"{kind} = 'text'"

    def is_bool(self, kind: str) -> str:
        """Whether a kind is that of true and false."""
        return f"{kind} IN ('true', 'false')"

    tag = "tag.value"

    def tags(self, where: str, selected: str = "1") -> str:
        """Return a query of the tags."""
        self.texts = True
        return (
            f"(SELECT {selected} FROM json_each(ord.data, '$.tags') tag "
            f"WHERE json_type(ord.data, '$.tags') = 'array' AND tag.type = 'text' AND {where})"
        )

    def part_of_date(self, part: str, seconds: str) -> str:
        """Return a part of a date."""
        sign = {"year": "%Y", "month": "%m", "day": "%d", "doy": "%j"}[part]
        return f"CAST(strftime('{sign}', {seconds}, 'unixepoch') AS INTEGER)"


class PostgresqlSpelling(Spelling):
    """The words of PostgreSQL."""

    percent = "%%"
    collate = ' COLLATE "C"'
    length = "CAST(length({}) AS bigint)"

    def _bound(self, value: Any, kind: str) -> str:
        return f"CAST(%({self._name(value)})s AS {kind})"

    def as_double(self, sql: str) -> str:
        """Return an int as a double."""
        return f"CAST({sql} AS float8)"

    def starts(self, text: str, part: str) -> str:
        """Whether a text starts with another one."""
        return f'starts_with({text} COLLATE "C", {part})'

    def ends(self, text: str, part: str) -> str:
        """Whether a text ends with another one."""
        return f'(right({text}, length({part})) = {part} COLLATE "C")'

    def contains(self, text: str, part: str) -> str:
        """Whether a text contains another one."""
        return f'(strpos({text} COLLATE "C", {part}) > 0)'

    def _there(self, keys: Keys, line: str | None) -> str:
        _checked(keys)
        path = [self.text(key) for key in keys]
        if line is not None:
            path = ["'items'", f"CAST({line} - 1 AS text)", *path]
        return f"(doc.data #> ARRAY[{', '.join(path)}])" if path else "doc.data"

    def kind(self, keys: Keys, line: str | None) -> str:
        """Return the kind of what lies there."""
        return f"jsonb_typeof({self._there(keys, line)})"

    def json_text(self, keys: Keys, line: str | None) -> str:
        """Return the text there."""
        there = self._there(keys, line)
        return f"CASE WHEN jsonb_typeof({there}) = 'string' THEN {there} #>> '{{}}' END"

    def json_number(self, keys: Keys, line: str | None) -> str:
        """Return the number there; one that is written in very many digits may be none that a double can hold."""
        there = self._there(keys, line)
        digits = f"{there} #>> '{{}}'"
        inner = f"CASE WHEN length({digits}) <= {_MOST_DIGITS} THEN CAST({digits} AS float8) END"
        return f"CASE WHEN jsonb_typeof({there}) = 'number' THEN {inner} END"

    def json_bool(self, keys: Keys, line: str | None, *, value: bool) -> str:
        """Whether true, or false, is there."""
        return f"({self._there(keys, line)} = '{str(value).lower()}'::jsonb)"

    def is_number(self, kind: str) -> str:
        """Whether a kind is that of numbers."""
        return f"{kind} = 'number'"

    def is_text(self, kind: str) -> str:
        """Whether a kind is that of texts."""
        return f"{kind} = 'string'"

    def is_bool(self, kind: str) -> str:
        """Whether a kind is that of true and false."""
        return f"{kind} = 'boolean'"

    tag = "(tag.value #>> '{}')"

    def readable(self) -> str:
        """Whether the database reads the JSON as Python does."""
        return "(doc.data IS NOT NULL)"

    def tags(self, where: str, selected: str = "1") -> str:
        """Return a query of the tags."""
        tags = "CASE WHEN jsonb_typeof(doc.data -> 'tags') = 'array' THEN doc.data -> 'tags' ELSE '[]' END"
        return (
            f"(SELECT {selected} FROM jsonb_array_elements({tags}) tag(value) "
            f"WHERE jsonb_typeof(tag.value) = 'string' AND {where})"
        )

    def part_of_date(self, part: str, seconds: str) -> str:
        """Return a part of a date."""
        return f"CAST(extract({part} FROM to_timestamp({seconds}) AT TIME ZONE 'UTC') AS bigint)"


def spelling_of(dialect: str, prefix: str) -> Spelling:
    """Return the words of a dialect; the names of its parameters begin with the prefix."""
    return SqliteSpelling(prefix) if dialect == "sqlite" else PostgresqlSpelling(prefix)
