"""Macros in statements: their text with the arguments in place, spelled as the dialect does."""

from __future__ import annotations

import pytest

from engine.storage.macros import Macro, Macros, split_arguments
from engine.storage.statements import statements
from engine.storage.words import ARRAYS, WORDS

MACROS = {
    "plain": Macro.parsed("plain", "1 + 1"),
    "live": Macro.parsed("live(c)", "{c}.until > :now"),
    "item": Macro.parsed("item(i, fresh = 1, since = {i}.since)", "{i}.id, {since}, {fresh}"),
    "move": Macro.parsed("move(table, settings...)", "UPDATE {table} SET {settings}"),
    "both": Macro.parsed("both(a, b)", "@live({a}) AND @live({b})"),
}


def expanded(text: str, dialect: str = "sqlite") -> str:
    return Macros(MACROS, WORDS[dialect], ARRAYS[dialect]).expanded(text)[0]


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("SELECT @plain, 2", "SELECT 1 + 1, 2"),
        ("WHERE @live(c) AND x", "WHERE c.until > :now AND x"),
        ("@item(i)", "i.id, i.since, 1"),
        ("@item(i, m.fresh)", "i.id, i.since, m.fresh"),
        ("@item(i, 0, g.since)", "i.id, g.since, 0"),
        ("@move(t, a = 1, b = coalesce(a, 2))", "UPDATE t SET a = 1, b = coalesce(a, 2)"),
        ("@item(i, @plain)", "i.id, i.since, 1 + 1"),
        ("@both(a, b)", "a.until > :now AND b.until > :now"),
        ("x @lock(a, b)", "x "),
        ("@texts(names)", "(SELECT value FROM json_each(:names))"),
        (
            "@records(rows: id int, name text) r",
            "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS name "
            "FROM json_each(:rows)) r",
        ),
    ],
)
def test_a_macro_stands_for_its_text(text, sql):
    assert expanded(text) == sql


def test_a_dialect_spells_its_words():
    assert expanded("@lock(a, b)", "postgresql") == "FOR NO KEY UPDATE OF a, b"
    assert expanded("@records(rows: id int)", "postgresql") == (
        "(SELECT CAST(value ->> 0 AS bigint) AS id FROM jsonb_array_elements(CAST(:rows AS jsonb)))"
    )


def test_ids_are_an_array_where_the_database_has_arrays():
    text = "@both(@ids(items), @texts(names))"
    found = {d: Macros(MACROS, WORDS[d], ARRAYS[d]).expanded(text)[1] for d in WORDS}
    assert found == {"sqlite": set(), "postgresql": {"items"}}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("@nothing(a)", "there is no macro @nothing"),
        ("@live", "@live has other arguments than none"),
        ("@live(a, b)", "@live has other arguments than a, b"),
        ("@plain(1)", "@plain has other arguments than 1"),
        ("@move", "@move has other arguments than none"),
        ("@live(f(a)", "a bracket is not closed"),
    ],
)
def test_a_macro_that_is_used_wrongly_is_refused(text, wrong):
    with pytest.raises(ValueError, match=wrong):
        expanded(text)


@pytest.mark.parametrize(("signature", "text"), [("live(c)", "{d}.until"), ("live(c", "{c}"), ("Live", "")])
def test_a_macro_that_is_written_wrongly_is_refused(signature, text):
    with pytest.raises(ValueError, match=r"no parameter d|this is no macro"):
        Macro.parsed(signature, text)


def test_arguments_are_parted_outside_of_brackets():
    assert split_arguments("a, coalesce(b, (c)), ' d '") == ["a", "coalesce(b, (c))", "' d '"]
    assert split_arguments("  ") == []


@pytest.mark.parametrize("dialect", WORDS)
def test_no_macro_is_left_in_what_is_sent(dialect):
    assert [s.name for s in statements(dialect).values() if "@" in s.sql or "{" in s.sql] == []
