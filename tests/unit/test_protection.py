"""Names that a spreadsheet would change: what protects them, and that reading takes exactly that away."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.protection import protected, unmistakable, unprotected

CHANGED = [
    "0017", "00", "1E5", "1e-5", "12E3", "=1+1", "-2", "+5", "@x", "\tx", "4251740700989", "123456789012", "1.10",
    "1,5", "1-2", "3/4", "2026-11-28", "12:30", "MAR1", "SEPT2", "Dec-1", "1 May", "true", "FALSE", "5%", "$5",
    "10 000", "-",
]  # fmt: skip
KEPT = [
    "17", "0", "chair-oak", "001_25904006", "Berlin", "Warehouse1", "'s-Hertogenbosch", "A-1", "MARK1", "March", "",
    "Graz (Austria)", "E5", "1a", "decor", "a=b",
]  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_a_name_that_a_spreadsheet_would_change_has_an_apostrophe_before_it(name):
    assert protected(name) == f"'{name}"
    assert unprotected(f"'{name}") == name


@pytest.mark.parametrize("name", KEPT)
def test_other_names_stay_as_they_are(name):
    assert protected(name) == name == unprotected(name)


def test_a_number_that_others_protect_is_read_without_the_apostrophe():
    assert unprotected("'17") == "17"


def test_a_name_that_begins_with_the_apostrophe_itself_gets_one_more():
    assert (protected("'0017"), unmistakable("'0017"), unprotected("''0017")) == ("''0017", "''0017", "'0017")


@given(st.text(max_size=12) | st.text(alphabet="'0017eE=+-@.x ,/m\t", max_size=8))
@example("''")
def test_reading_gives_back_whatever_was_written(name):
    assert unprotected(protected(name)) == name
    assert unprotected(unmistakable(name)) == name
