"""The named SQL statements: read from ``sql``, told apart by dialect only where they must be.

A statement lies where the module lies that uses it: there is a folder per room of the engine, and in it a file per
subject. One that several rooms use lies in the lowest of them, or below them all.

It is introduced by ``-- name: NAME`` (or ``-- name: NAME [postgresql]`` for one dialect's own spelling), followed
by comment lines that describe it. Parameters are written ``:name``. Five words are spelled per dialect, so that
most statements exist once:

``@ids(name)``                       a subquery with one column ``value`` of 64-bit ids, from a JSON array, on
                                    PostgreSQL from an array of its own
``@texts(name)``                     the same with text values
``@records(name: a int, b text)``    a subquery with named columns, from a JSON array of arrays
``@lock(alias)``                     a lock on the alias' rows where rows are locked one by one
``@taken(alias)``                    what the working set takes along of an item; without alias its columns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_HEADER = re.compile(r"^-- name: (?P<name>\w+)(?: \[(?P<dialect>\w+)\])?$", re.MULTILINE)
_BEGUN = re.compile(r"^--\s*name\b.*$", re.MULTILINE | re.IGNORECASE)
_MACRO = re.compile(r"@(ids|texts|records|lock)\(([^)]*)\)")
_TAKEN = re.compile(r"@taken\((\w*)\)")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_READS = re.compile(r"^\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in a dialect's spelling.

    ``home`` is the file it lies in, such as ``moving/claims``; the first part is the room. ``reads`` tells that it
    changes nothing; ``arrays`` are the parameters that are sent as an array of the database rather than as JSON.
    """

    name: str
    home: str
    description: str
    sql: str
    reads: bool
    arrays: frozenset[str] = frozenset()


@cache
def statements(dialect: str) -> Mapping[str, Statement]:
    """Return all statements by name, spelled for ``sqlite`` or ``postgresql``."""
    return {
        name: _statement(name, *(spellings.get(dialect) or spellings[None]), dialect)
        for name, spellings in _written().items()
        if dialect in spellings or None in spellings
    }


@cache
def _written() -> Mapping[str, Mapping[str | None, tuple[str, str]]]:
    return gathered((home, file.read_text(encoding="utf-8")) for home, file in _files())


def _files() -> Iterator[tuple[str, Traversable]]:
    rooms = files("engine.storage").joinpath("sql").iterdir()
    for room in sorted((room for room in rooms if room.is_dir()), key=lambda room: room.name):
        for file in sorted(room.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".sql"):
                yield f"{room.name}/{file.name.removesuffix('.sql')}", file


def gathered(texts: Iterable[tuple[str, str]]) -> dict[str, dict[str | None, tuple[str, str]]]:
    """Return per statement its spellings by dialect (None: for all without one of their own), each with its home.

    ``texts`` are the files, each with its home. Raises ValueError when two statements have the same name, when a
    dialect does not exist, or when a line begins a statement in another way than it should.
    """
    found: dict[str, dict[str | None, tuple[str, str]]] = {}
    for home, text in texts:
        if odd := [line for line in _BEGUN.findall(text) if not _HEADER.match(line)]:
            raise ValueError(f"{home}: this begins no statement: {odd[0]}")
        for name, dialect, body in _split(text):
            spellings = found.setdefault(name, {})
            if dialect in spellings or any(home != other for other, _ in spellings.values()):
                raise ValueError(f"{home}: the statement {name} is defined twice")
            if dialect not in (None, *_SPELLINGS):
                raise ValueError(f"{home}: the statement {name} is for {dialect}, which is no dialect")
            spellings[dialect] = (home, body)
    return found


def _split(text: str) -> list[tuple[str, str | None, str]]:
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [(h["name"], h["dialect"], text[h.end() : end]) for h, end in zip(headers, ends, strict=True)]


def _statement(name: str, home: str, text: str, dialect: str) -> Statement:
    lines = text.strip().splitlines()
    description = " ".join(line[2:].strip() for line in lines if line.startswith("--"))
    body = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    spell = _SPELLINGS[dialect]
    body = _TAKEN.sub(lambda match: _taken(match[1]), body)
    sql = _MACRO.sub(lambda match: spell(match[1], match[2]), body)
    reads = bool(_READS.match(body)) and not _WRITES.search(body)
    if dialect != "postgresql":
        return Statement(name, home, description, sql, reads)
    arrays = frozenset(match[2].strip() for match in _MACRO.finditer(body) if match[1] == "ids")
    sql = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
    return Statement(name, home, description, sql, reads, arrays)


def _taken(alias: str) -> str:
    """Return the columns of the working set that come from an item, or where they are in the item's row."""
    numbers = ("state_id", "step", "product_id", "store_id", "quantity", "counted_reserved", "counted_hold")
    if not alias:
        return ", ".join(("item_id", *numbers))
    return ", ".join(f"{alias}.{column}" for column in ("id", *numbers))


def _columns(argument: str) -> tuple[str, list[tuple[str, str]]]:
    parameter, _, columns = argument.partition(":")
    pairs = [column.split() for column in columns.split(",")] if columns else []
    return parameter.strip(), [(pair[0], pair[1]) for pair in pairs]


def _sqlite(word: str, argument: str) -> str:
    if word == "lock":
        return ""
    parameter, columns = _columns(argument)
    if word == "records":
        picked = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, (name, _) in enumerate(columns))
        return f"(SELECT {picked} FROM json_each(:{parameter}))"
    return f"(SELECT value FROM json_each(:{parameter}))"


def _postgresql(word: str, argument: str) -> str:
    if word == "lock":
        return f"FOR NO KEY UPDATE OF {argument}"
    parameter, columns = _columns(argument)
    elements = f"jsonb_array_elements(CAST(:{parameter} AS jsonb))"
    if word == "records":
        kinds = {"int": "bigint", "text": "text"}
        picked = ", ".join(
            f"CAST(value ->> {n} AS {kinds[k]}) AS {name}" for n, (name, k) in enumerate(columns)
        )
        return f"(SELECT {picked} FROM {elements})"
    if word == "texts":
        return f"(SELECT value FROM jsonb_array_elements_text(CAST(:{parameter} AS jsonb)))"
    return f"(SELECT value FROM unnest(CAST(:{parameter} AS bigint[])) AS value)"


_SPELLINGS: Mapping[str, Callable[[str, str], str]] = {"sqlite": _sqlite, "postgresql": _postgresql}
