"""Translations of guards that are set back to the obvious form are caught by asking Python as well."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.errors import StorageError
from engine.storage.guards import decision, times, truths, values
from engine.storage.guards.shapes import Condition, Value
from engine.storage.guards.spelling import PostgresqlSpelling, SqliteSpelling
from engine.storage.guards.truths import Truths
from engine.storage.guards.values import Values
from engine.storage.schema import upgrade
from rules.guards.compiled import compile_guard
from rules.guards.problems import GuardInvalid
from tests.helpers.postgres import new_database
from tests.helpers.shop import Shop
from tests.property.guard_expressions import Expressions
from tests.property.guard_rows import Rows, differences, filled, untold
from tests.property.test_guards_in_sql import DATABASES

MOST, MADE = 150, 60_000
"""How many guards are asked before an alteration counts as not found, of how many that are made."""

Patch = tuple[Any, str, Any]


def _else_false(condition: Condition, number: int) -> str:
    return f"CASE WHEN {condition.told} THEN {number} ELSE 0 END"


def _plain_equal(self: Truths, a: Value, b: Value) -> Condition:
    one, other = self._sides(a, b)
    return Condition(f"({one} = {other})", f"({one} <> {other})")


def _case_else(asked: Condition, one: Condition, other: Condition) -> Condition:
    once = f"(CASE WHEN {asked.told} THEN {one.told} ELSE {other.told} END)"
    return Condition(once, f"(NOT {once})", once)


def _not_of_and(self: Condition, other: Condition) -> Condition:
    true = f"coalesce({self.told} AND {other.told}, false)"
    return Condition(true, f"(NOT {true})", true)


def _any_json_number(self: SqliteSpelling, keys: Any, line: str | None) -> str:
    return f"CAST({self._there(keys, line)} AS REAL)"


def _json_true(self: SqliteSpelling, keys: Any, line: str | None, *, value: bool) -> str:
    return f"({self._there(keys, line)} = {int(value)})"


def _bare_tags(self: SqliteSpelling, where: str, selected: str = "1") -> str:
    return f"(SELECT {selected} FROM json_each(ord.data, '$.tags') tag WHERE {where})"


def _has_without_parent(self: Truths, node: Any) -> Condition:
    kind = self._kind(node.args[0]) if node.args[0].kind == "json" else self.values.value(node.args[0]).sql
    return Condition(f"({kind} IS NOT NULL)", f"({kind} IS NULL)")


def _pattern_as_text(self: Truths, text: Any, pattern: Any) -> Condition:
    value, part = self.values.value(text), self.values.value(pattern)
    return self._text_leaf(self.spelling.contains, value, part)


def _missing_is_unequal(self: Truths, one: Any, other: Any) -> Condition:
    place = self._place(one)
    value = self._plain(other)
    there = self._json_side(value, place)
    return Condition(f"({there} = {value.sql})", f"(coalesce({there} <> {value.sql}, true))")


def _like(pattern: str) -> Callable[..., str]:
    return lambda self, text, part: f"({text} LIKE {pattern.format(part)})"


def _whole_units(self: Values, name: str, kind: str) -> Value:
    made = _STORED(self, name, kind)
    return made if made.raw is None else Value(f"({made.raw} / 1000000)", "double", made.null, 1e-6, 1e13)


def _same_parts(name: str, time: Value, zone: str | None, spelling: Any) -> Value:
    made = _PART(name, time, zone, spelling)
    return Value(made.sql.replace(" - 1)", " - 0)"), "int", low=0, high=9999)


def _posix_sign(name: str, time: Value, zone: str | None, spelling: Any) -> Value:
    swapped = {"+": "-", "-": "+"}
    return _PART(name, time, zone and swapped.get(zone[0], zone[0]) + zone[1:], spelling)


_STORED, _PART = Values._stored, times.part_of
_UNBOUNDED = dict.fromkeys("+-*", lambda a, b: 0)

MUTANTS: dict[str, tuple[str, str, Patch]] = {
    "an error is false": ("order", "sqlite", (decision, "_number", _else_false)),
    "null is neither equal nor unequal": ("!= ", "sqlite", (Truths, "_values_equal", _plain_equal)),
    "a choice with ELSE": ("?", "sqlite", (truths, "_chosen", _case_else)),
    "NOT of a conjunction": ("&&", "sqlite", (Condition, "__and__", _not_of_and)),
    "JSON numbers of any type": ("data", "sqlite", (SqliteSpelling, "json_number", _any_json_number)),
    "true is 1": (" true", "sqlite", (SqliteSpelling, "json_bool", _json_true)),
    "tags that are no list": ("order.tags", "sqlite", (SqliteSpelling, "tags", _bare_tags)),
    "has() below what is no object": ("has(order.data.a.b", "sqlite", (Truths, "_has", _has_without_parent)),
    "patterns as texts": ("matches", "sqlite", (Truths, "_matches", _pattern_as_text)),
    "a missing key is unequal": ("data", "sqlite", (Truths, "_json_equal", _missing_is_unequal)),
    "startsWith by LIKE": ("startsWith", "sqlite", (SqliteSpelling, "starts", _like("{} || '%'"))),
    "contains by LIKE": ("contains", "sqlite", (SqliteSpelling, "contains", _like("'%' || {} || '%'"))),
    "endsWith without a look at the length": (
        "endsWith",
        "sqlite",
        (SqliteSpelling, "ends", lambda self, text, part: f"(substr({text}, -length({part})) = {part})"),
    ),
    "quantities in whole units": ("item.quantity", "sqlite", (Values, "_stored", _whole_units)),
    "months from 1": ("getMonth", "sqlite", (values, "part_of", _same_parts)),
    "offsets with the sign of POSIX": ("+02:00", "sqlite", (values, "part_of", _posix_sign)),
    "ints without bounds": ("9223372036854775807 * ", "sqlite", (values, "_INT_BOUNDS", _UNBOUNDED)),
    "JSON that cannot be read": ("order.data", "sqlite", (SqliteSpelling, "readable", lambda self: "true")),
    "the order of the language": ("item.sku <", "postgresql-icu-en", (PostgresqlSpelling, "collate", "")),
    "JSON numbers that no double holds": (
        "order.data.x",
        "postgresql-icu-en",
        (
            PostgresqlSpelling,
            "json_number",
            lambda self, keys, line: f"CAST({self._there(keys, line)} AS float8)",
        ),
    ),
    "sums of ints without bounds": (
        "9223372036854775807 +",
        "postgresql-icu-en",
        (values, "_INT_BOUNDS", _UNBOUNDED),
    ),
}


@pytest.fixture(scope="module")
def rows_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Rows]]:
    """Gives the rows of a kind of database."""
    made: dict[str, Rows] = {}
    server = str(request.getfixturevalue("postgresql"))
    with new_database(server, options=DATABASES["postgresql-icu-en"]) as url:
        upgrade(url)

        def give(kind: str) -> Rows:
            if kind not in made:
                shop = Shop(tmp_path_factory.mktemp("mutants"), url=None if kind == "sqlite" else url)
                made[kind] = Rows(filled(shop, random.Random(7)))
            return made[kind]

        yield give
        for rows in made.values():
            rows.shop.close()


def expressions(part: str) -> Iterator[str]:
    """Random guards that have this part."""
    chance = random.Random(3)
    made, asked = Expressions(chance), 0
    for _ in range(MADE):
        text = made.guard(chance.choice((0, 1, 2)))
        if part not in text:
            continue
        try:
            compile_guard(text)
        except GuardInvalid:
            continue
        yield text
        asked += 1
        if asked == MOST:
            return


@pytest.mark.parametrize("name", MUTANTS)
def test_an_altered_translation_is_found(name, rows_of, monkeypatch):
    part, kind, patch = MUTANTS[name]
    rows = rows_of(kind)
    found = any(_is_found(rows, text, patch, monkeypatch) for text in expressions(part))
    assert found, "nothing tells it from the right one"


def _is_found(rows: Rows, text: str, patch: Patch, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the altered translation answers otherwise than Python, fails, or can tell less than the right one."""
    try:
        with monkeypatch.context() as altered:
            altered.setattr(*patch)
            if differences(rows, text):
                return True
            less = untold(rows, text)
    except StorageError:
        return True
    return less > untold(rows, text)
