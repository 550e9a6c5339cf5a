"""The named SQL statements: read from ``sql``, told apart by dialect only where they must be.

A statement lies where the module lies that uses it: there is a folder per room of the engine, and in it a file per
subject. One that several rooms use lies in the lowest of them, or below them all.

It is introduced by ``-- name: NAME`` (or ``-- name: NAME [postgresql]`` for one dialect's own spelling), followed
by comment lines that describe it. Parameters are written ``:name``. What many statements have in common is a macro
(see ``macros``), introduced in the same way among the statements of the room whose rule it is. The words ``@ids``,
``@texts``, ``@records`` and ``@lock`` are spelled per dialect (see ``words``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from engine.storage.macros import Macro, Macros
from engine.storage.words import ARRAYS, WORDS

_HEADER = re.compile(
    r"^-- (?P<kind>name|macro): (?P<name>\w+)(?P<parameters>\(.*\))?(?: \[(?P<dialect>\w+)\])?$", re.MULTILINE
)
_BEGUN = re.compile(r"^--\s*(?:name|macro)\b.*$", re.MULTILINE | re.IGNORECASE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_READS = re.compile(r"^\s*(SELECT|WITH)\b", re.IGNORECASE)
WORKING_SETS = frozenset({"moving", "pair_delta", "touched", "touched_abstract", "warehouse_delta"})
"""The temporary tables; the statement ``create_...`` makes each."""

_WORKING_SET = re.compile(rf"\b({'|'.join(sorted(WORKING_SETS))})\b")
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in a dialect's spelling.

    ``home`` is the file it lies in, such as ``moving/claims``; the first part is the room. ``reads`` tells that it
    changes nothing; ``arrays`` are the parameters that are sent as an array of the database rather than as JSON;
    ``working_sets`` are the temporary tables that it uses.
    """

    name: str
    home: str
    description: str
    sql: str
    reads: bool
    arrays: frozenset[str] = frozenset()
    working_sets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Written:
    """A statement, or a macro with its parameters, as it is written: the file, what describes it, and its SQL."""

    home: str
    description: str
    sql: str
    parameters: str = ""


Spellings = Mapping[str | None, Written]
"""How something is written in each dialect; None: in all that have no spelling of their own."""


@cache
def statements(dialect: str) -> Mapping[str, Statement]:
    """Return all statements by name, spelled for ``sqlite`` or ``postgresql``."""
    macros = Macros(
        {
            name: Macro.parsed(name + written.parameters, written.sql)
            for name, written in _in_dialect("macro", dialect)
        },
        WORDS[dialect],
        ARRAYS[dialect],
    )
    return {
        name: _statement(name, written, macros, dialect) for name, written in _in_dialect("name", dialect)
    }


def _in_dialect(kind: str, dialect: str) -> Iterator[tuple[str, Written]]:
    for (found, name), spellings in written().items():
        if found == kind and (dialect in spellings or None in spellings):
            yield name, spellings.get(dialect) or spellings[None]


@cache
def written() -> Mapping[tuple[str, str], Spellings]:
    """Return how each statement ("name", its name) and macro ("macro", its name) is written in ``sql``."""
    return gathered((home, file.read_text(encoding="utf-8")) for home, file in _files())


def _files() -> Iterator[tuple[str, Traversable]]:
    rooms = files("engine.storage").joinpath("sql").iterdir()
    for room in sorted((room for room in rooms if room.is_dir()), key=lambda room: room.name):
        for file in sorted(room.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".sql"):
                yield f"{room.name}/{file.name.removesuffix('.sql')}", file


def gathered(texts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str | None, Written]]:
    """Return what ``written`` does, of these files, each given with its home.

    Raises ValueError when something is defined twice, when a dialect does not exist, or when a line begins a
    statement or a macro in another way than it should.
    """
    found: dict[tuple[str, str], dict[str | None, Written]] = {}
    for home, text in texts:
        if odd := [line for line in _BEGUN.findall(text) if not _HEADER.match(line)]:
            raise ValueError(f"{home}: this begins neither a statement nor a macro: {odd[0]}")
        headers = list(_HEADER.finditer(text))
        ends = [header.start() for header in headers[1:]] + [len(text)]
        for header, end in zip(headers, ends, strict=True):
            name, dialect = header["name"], header["dialect"]
            spellings = found.setdefault((header["kind"], name), {})
            if dialect in spellings or any(home != other.home for other in spellings.values()):
                raise ValueError(f"{home}: {name} is defined twice")
            if dialect not in (None, *WORDS):
                raise ValueError(f"{home}: {name} is for {dialect}, which is no dialect")
            spellings[dialect] = _parted(home, header["parameters"] or "", text[header.end() : end])
    return found


def _parted(home: str, parameters: str, text: str) -> Written:
    lines = text.strip().splitlines()
    description = " ".join(line[2:].strip() for line in lines if line.startswith("--"))
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    return Written(home, description, sql, parameters)


def _statement(name: str, written: Written, macros: Macros, dialect: str) -> Statement:
    try:
        sql, arrays = macros.expanded(written.sql)
    except ValueError as error:
        raise ValueError(f"{written.home}: {name}: {error}") from error
    reads = bool(_READS.match(written.sql)) and not _WRITES.search(written.sql)
    working_sets = frozenset(_WORKING_SET.findall(sql))
    if dialect == "postgresql":
        sql = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
    return Statement(name, written.home, written.description, sql, reads, arrays, working_sets)
