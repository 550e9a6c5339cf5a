"""What an item counts in a state: its quantity as reserved, a hold of it, or nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inventory.counting import Amounts, Counting
from tests.helpers.processes import load

PROCESS = """
    states new paid* shipped done
    new -> paid : pay
    paid -> shipped : ship
    shipped -> paid : back
    shipped -> done : close
"""

countings = st.builds(Counting, reserves=st.just(True), keeps_hold=st.just(False)) | st.builds(
    Counting, reserves=st.just(False), keeps_hold=st.booleans()
)
quantities = st.integers(1, 10**15)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    return load(tmp_path_factory.mktemp("processes"), PROCESS)


@pytest.mark.parametrize(
    ("state", "reserves", "keeps_hold"),
    [("new", False, True), ("paid", True, False), ("shipped", False, True), ("done", False, False)],
)
def test_a_state_reserves_or_keeps_a_hold_while_a_reserved_one_can_follow(
    process, state, reserves, keeps_hold
):
    assert Counting.in_state(process, process.state_by_name[state]) == Counting(reserves, keeps_hold)


def test_states_that_count_alike_are_told_apart_from_those_that_do_not(process):
    new, paid, shipped, done = (Counting.in_state(process, state) for state in process.states)
    assert new == shipped
    assert len({new, paid, done}) == 3


@pytest.mark.parametrize(
    ("state", "hold", "counts"),
    [
        ("new", True, Amounts(reserved=0, held=7)),
        ("new", False, Amounts(0, 0)),
        ("paid", True, Amounts(7, 0)),
        ("paid", False, Amounts(7, 0)),
        ("done", True, Amounts(0, 0)),
    ],
)
def test_a_new_item_reserves_holds_or_counts_nothing(process, state, hold, counts):
    assert Counting.in_state(process, process.state_by_name[state]).when_placed(7, hold=hold) == counts


@given(countings, quantities, st.booleans())
def test_an_item_never_counts_more_than_its_quantity(counting, quantity, hold):
    assert sum(counting.when_placed(quantity, hold=hold)) in (0, quantity)
    assert sum(counting.after(quantity, quantity if hold else 0)) in (0, quantity)


@given(st.lists(countings, min_size=1), quantities, st.booleans())
def test_a_hold_that_has_ended_is_not_taken_up_again_on_the_way(way, quantity, hold):
    held, ended = quantity if hold else 0, not hold
    for counting in way:
        held = counting.after(quantity, held).held
        ended = ended or not counting.keeps_hold
        assert held == (0 if ended else quantity)


@given(countings, quantities)
def test_coming_again_to_a_state_that_counts_alike_changes_nothing(counting, quantity):
    once = counting.after(quantity, quantity)
    assert counting.after(quantity, once.held) == once


def test_it_is_known_without_a_database():
    code = (
        "import sys, engine.inventory.counting; "
        "print(*{'sqlalchemy', 'transitions', 'pydantic'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""
