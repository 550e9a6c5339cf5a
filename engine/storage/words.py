"""The words of statements that SQLite and PostgreSQL spell in their own way, so that most statements exist once.

``@ids(name)``                       a subquery with one column ``value`` of 64-bit ids, from a JSON array, on
                                    PostgreSQL from an array of its own
``@texts(name)``                     the same with text values
``@records(name: a int, b text)``    a subquery with named columns, from a JSON array of arrays
``@lock(alias, ...)``                a lock on the rows of the aliases where rows are locked one by one
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.storage.macros import Word

_KINDS = {"int": "bigint", "text": "text"}


def _columns(arguments: Sequence[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return the parameter of ``@records`` and its columns, each with its kind."""
    parameter, _, first = arguments[0].partition(":")
    pairs = [column.split() for column in (first, *arguments[1:])]
    return parameter, [(name, kind) for name, kind in pairs]


def _sqlite_values(arguments: Sequence[str]) -> str:
    (parameter,) = arguments
    return f"(SELECT value FROM json_each(:{parameter}))"


def _sqlite_records(arguments: Sequence[str]) -> str:
    parameter, columns = _columns(arguments)
    picked = ", ".join(f"json_extract(value, '$[{n}]') AS {name}" for n, (name, _) in enumerate(columns))
    return f"(SELECT {picked} FROM json_each(:{parameter}))"


def _sqlite_lock(_aliases: Sequence[str]) -> str:
    return ""  # whoever writes is alone


def _postgresql_ids(arguments: Sequence[str]) -> str:
    (parameter,) = arguments
    return f"(SELECT value FROM unnest(CAST(:{parameter} AS bigint[])) AS value)"


def _postgresql_texts(arguments: Sequence[str]) -> str:
    (parameter,) = arguments
    return f"(SELECT value FROM jsonb_array_elements_text(CAST(:{parameter} AS jsonb)))"


def _postgresql_records(arguments: Sequence[str]) -> str:
    parameter, columns = _columns(arguments)
    picked = ", ".join(
        f"CAST(value ->> {n} AS {_KINDS[kind]}) AS {name}" for n, (name, kind) in enumerate(columns)
    )
    return f"(SELECT {picked} FROM jsonb_array_elements(CAST(:{parameter} AS jsonb)))"


def _postgresql_lock(aliases: Sequence[str]) -> str:
    return f"FOR NO KEY UPDATE OF {', '.join(aliases)}"


WORDS: Mapping[str, Mapping[str, Word]] = {
    "sqlite": {
        "ids": _sqlite_values,
        "texts": _sqlite_values,
        "records": _sqlite_records,
        "lock": _sqlite_lock,
    },
    "postgresql": {
        "ids": _postgresql_ids,
        "texts": _postgresql_texts,
        "records": _postgresql_records,
        "lock": _postgresql_lock,
    },
}
"""The words of each dialect."""

ARRAYS: Mapping[str, frozenset[str]] = {"sqlite": frozenset(), "postgresql": frozenset({"ids"})}
"""The words of each dialect whose parameter is sent as an array of the database rather than as JSON."""
