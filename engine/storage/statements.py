"""The named SQL statements: read from ``sql/*.sql``, told apart by dialect only where they must be.

A statement is introduced by ``-- name: NAME`` (or ``-- name: NAME [postgresql]`` for one dialect's own
spelling), followed by comment lines that describe it. Parameters are written ``:name``. Five words are
spelled per dialect, so that most statements exist once:

``@ids(name)``                       a subquery with one column ``value`` of 64-bit ids, from a JSON array, on
                                    PostgreSQL from an array of its own
``@texts(name)``                     the same with text values
``@records(name: a int, b text)``    a subquery with named columns, from a JSON array of arrays
``@lock(alias)``                     a lock on the alias' rows where rows are locked one by one
``@taken(alias)``                    what the working set takes along of an item; without alias its columns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^-- name: (?P<name>\w+)(?: \[(?P<dialect>\w+)\])?$", re.MULTILINE)
_MACRO = re.compile(r"@(ids|texts|records|lock)\(([^)]*)\)")
_TAKEN = re.compile(r"@taken\((\w*)\)")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_READS = re.compile(r"^\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in a dialect's spelling.

    ``reads`` tells that it changes nothing; ``arrays`` are the parameters that are sent as an array of the
    database rather than as JSON.
    """

    name: str
    description: str
    sql: str
    reads: bool
    arrays: frozenset[str] = frozenset()


@cache
def statements(dialect: str) -> Mapping[str, Statement]:
    """Return all statements by name, spelled for ``sqlite`` or ``postgresql``."""
    found: dict[str, Statement] = {}
    own: set[str] = set()
    for file in sorted(files("engine.storage").joinpath("sql").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".sql"):
            continue
        for name, only, text in _split(file.read_text(encoding="utf-8")):
            if only not in (None, dialect) or (only is None and name in own):
                continue
            if name in found and only is None:
                raise ValueError(f"{file.name}: the statement {name} is defined twice")
            own.update({name} if only else ())
            found[name] = _statement(name, text, dialect)
    return found


def _split(text: str) -> list[tuple[str, str | None, str]]:
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [(h["name"], h["dialect"], text[h.end() : end]) for h, end in zip(headers, ends, strict=True)]


def _statement(name: str, text: str, dialect: str) -> Statement:
    lines = text.strip().splitlines()
    description = " ".join(line[2:].strip() for line in lines if line.startswith("--"))
    body = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    spell = _SPELLINGS[dialect]
    body = _TAKEN.sub(lambda match: _taken(match[1]), body)
    sql = _MACRO.sub(lambda match: spell(match[1], match[2]), body)
    reads = bool(_READS.match(body)) and not _WRITES.search(body)
    if dialect != "postgresql":
        return Statement(name, description, sql, reads)
    arrays = frozenset(match[2].strip() for match in _MACRO.finditer(body) if match[1] == "ids")
    sql = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
    return Statement(name, description, sql, reads, arrays)


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
