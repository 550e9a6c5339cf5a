"""Statements as they are written in files: told apart by name and dialect, and refused where that fails."""

from __future__ import annotations

import pytest

from engine.storage.statements import gathered, statements

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
    assert found.keys() == {"one"}
    assert found["one"].keys() == {None, "postgresql"}
    home, text = found["one"][None]
    assert (home, text.split()) == ("moving/claims", ["--", "The", "first.", "SELECT", "1"])


@pytest.mark.parametrize(
    "again", ["-- name: one\n-- Again.\nSELECT 3", "-- name: one [sqlite]\n-- Again.\nSELECT 3"]
)
def test_a_name_is_not_given_twice_in_two_files(again):
    with pytest.raises(ValueError, match="moving/log: the statement one is defined twice"):
        gathered([("moving/claims", ONE), ("moving/log", again)])


def test_a_name_is_not_given_twice_in_one_file():
    with pytest.raises(ValueError, match="defined twice"):
        gathered([("moving/claims", ONE + ONE)])


def test_a_dialect_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="oracle, which is no dialect"):
        gathered([("moving/claims", ONE.replace("postgresql", "oracle"))])


@pytest.mark.parametrize("line", ["-- name one", "--name: one", "-- Name: one", "-- name: one, two"])
def test_a_line_that_begins_a_statement_in_another_way_is_refused(line):
    with pytest.raises(ValueError, match="this begins no statement: " + line):
        gathered([("moving/claims", ONE.replace("-- name: one", line, 1))])


def test_every_statement_says_what_it_is_for():
    every = [s for dialect in ("sqlite", "postgresql") for s in statements(dialect).values()]
    assert [s.name for s in every if not s.description.rstrip().endswith((".", ":"))] == []
