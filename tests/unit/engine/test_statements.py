"""Statements as they are written in files: told apart by name and dialect, and refused where that fails."""

from __future__ import annotations

import re

import pytest

from engine.storage.statements import Written, gathered, written

ONE = """-- What is in front of the first statement belongs to none.

-- name: one
-- The first.
SELECT 1

-- name: one [postgresql]
-- The first, there.
SELECT 2
"""


def test_a_statement_has_a_spelling_for_all_and_one_of_its_own_dialect():
    found = gathered([("moving/claims", ONE)])
    assert found.keys() == {("name", "one")}
    assert found["name", "one"] == {
        None: Written("moving/claims", "The first.", "SELECT 1"),
        "postgresql": Written("moving/claims", "The first, there.", "SELECT 2"),
    }


@pytest.mark.parametrize(
    "again", ["-- name: one\n-- Again.\nSELECT 3", "-- name: one [sqlite]\n-- Again.\nSELECT 3"]
)
def test_a_name_is_not_given_twice_in_two_files(again):
    with pytest.raises(ValueError, match="moving/log: one is defined twice"):
        gathered([("moving/claims", ONE), ("moving/log", again)])


def test_a_name_is_not_given_twice_in_one_file():
    with pytest.raises(ValueError, match="defined twice"):
        gathered([("moving/claims", ONE + ONE)])


def test_a_dialect_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="oracle, which is no dialect"):
        gathered([("moving/claims", ONE.replace("postgresql", "oracle"))])


@pytest.mark.parametrize(
    "line", ["-- name one", "--name: one", "-- Name: one", "-- name: one, two", "-- macro: one (a)"]
)
def test_a_line_that_begins_a_statement_in_another_way_is_refused(line):
    with pytest.raises(ValueError, match="this begins neither a statement nor a macro: " + re.escape(line)):
        gathered([("moving/claims", ONE.replace("-- name: one", line, 1))])


def test_everything_that_is_written_says_what_it_is_for():
    described = {
        f"{w.home} {name}": w.description for (_, name), all_ in written().items() for w in all_.values()
    }
    assert [name for name, text in described.items() if not text.rstrip().endswith(".")] == []
