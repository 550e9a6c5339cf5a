"""Dividing stock between channel groups: tables, and what holds for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules import Part, balance, divide, is_due, trigger_level

AMOUNTS = st.integers(0, 10**15)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)
STEPS = st.sampled_from([1, 10, 1_000, 1_000_000])


@pytest.mark.parametrize(
    ("total", "groups", "expected"),
    [
        (180, 2, [90, 90]),
        (180, 3, [60, 60, 60]),
        (80, 1, [80]),
        (12, 1, [12]),
        (100, 3, [34, 33, 33]),
        (101, 3, [34, 34, 33]),
        (2, 3, [1, 1, 0]),
        (0, 3, [0, 0, 0]),
        (7, 2, [4, 3]),
        (1, 4, [1, 0, 0, 0]),
        (10, 4, [3, 3, 2, 2]),
        (11, 4, [3, 3, 3, 2]),
        (5, 0, []),
        (-5, 2, [0, 0]),
    ],
)
def test_equal_groups_divide_and_the_first_get_what_is_left_over(total, groups, expected):
    assert divide(total, [1] * groups) == expected
    assert divide(total * 1_000_000, [1] * groups, 1_000_000) == [part * 1_000_000 for part in expected]


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (100, [3, 1], [75, 25]),
        (10, [3, 1], [8, 2]),  # 7.5 and 2.5: the first of equal remainders
        (10, [1, 3], [3, 7]),
        (100, [5, 3, 1], [56, 33, 11]),  # 55.6, 33.3, 11.1
        (7, [0, 1], [0, 7]),
        (7, [0, 0], [4, 3]),  # no weight at all: equal
        (3, [10, 10, 10, 1], [1, 1, 1, 0]),
    ],
)
def test_weights_divide_by_largest_remainders(total, weights, expected):
    assert divide(total, weights) == expected


def test_what_is_no_whole_piece_goes_to_the_largest_part():
    assert divide(3_500_000, [1, 2], 1_000_000) == [1_000_000, 2_500_000]
    assert divide(500_000, [1, 2], 1_000_000) == [0, 500_000]


@pytest.mark.parametrize(
    ("total", "promised", "expected"),
    [
        (180, [30, 0], [105, 75]),  # 150 are left: 75 each can be sold
        (10, [12, 0], [10, 0]),  # more is promised than there is: nothing can be sold
        (10, [8, 4], [7, 3]),  # 6.7 and 3.3: the lack is shared in proportion
        (0, [5, 5], [0, 0]),
        (100, [70, 0], [85, 15]),
    ],
)
def test_each_has_what_it_has_promised_and_its_part_of_the_rest(total, promised, expected):
    assert balance(total, [Part(amount) for amount in promised]) == expected


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (100, [(0, 80), (0, 20)], [80, 20]),
        (100, [(64, 80), (0, 20)], [80, 20]),  # what it has sold is of its own share
        (100, [(0, 80), (50, 20)], [50, 50]),  # what is promised beyond a share is taken off the others
        (100, [(0, 50), (40, 25), (0, 25)], [40, 40, 20]),
        (100, [(90, 0), (0, 100)], [90, 10]),
        (30, [(0, 80), (50, 20)], [0, 30]),
    ],
)
def test_fixed_shares_are_of_the_whole(total, parts, expected):
    assert balance(total, [Part(*part) for part in parts], fixed=True) == expected


@pytest.mark.parametrize(
    ("balanced", "left", "threshold", "due"),
    [
        (100, 20, 0.2, True),
        (100, 50, 0.2, False),
        (100, 50, 0.5, True),
        (100, 21, 0.2, False),
        (0, 0, 0.2, False),
        (5, 0, 0.2, True),
        (5, 1, 0.2, True),
        (0, -1, 0.2, True),  # promised beyond the allotment, which only a forced step can do
        (7, 7, 1.0, True),
    ],
)
def test_a_group_is_due_once_it_can_sell_no_more_than_its_threshold(balanced, left, threshold, due):
    level = trigger_level(balanced * 1_000_000, int(threshold * 1_000_000))
    assert is_due(left * 1_000_000, level) is due


@given(st.integers(-(10**15), 10**15), WEIGHTS, STEPS)
def test_a_division_is_exact_and_never_negative(total, weights, step):
    parts = divide(total, weights, step)
    assert sum(parts) == max(total, 0)
    assert len(parts) == len(weights)
    assert min(parts) >= 0


@given(AMOUNTS, WEIGHTS, STEPS)
def test_a_larger_weight_never_gets_less_and_of_equal_ones_the_earlier_gets_more(total, weights, step):
    parts = divide(total, weights, step)
    for place, (weight, part) in enumerate(zip(weights, parts, strict=True)):
        for other, least in zip(weights[place + 1 :], parts[place + 1 :], strict=True):
            assert part >= least if weight >= other else part <= least


@given(AMOUNTS, st.integers(1, 12), STEPS)
def test_equal_groups_never_lose_by_a_larger_total(total, groups, step):
    more = divide(total + step, [1] * groups, step)
    assert all(one <= other for one, other in zip(divide(total, [1] * groups, step), more, strict=True))


@given(AMOUNTS, WEIGHTS, STEPS)
def test_nobody_is_a_step_beside_the_exact_part(total, weights, step):
    total -= total % step
    among = sum(weights)
    for weight, part in zip(weights, divide(total, weights, step), strict=True):
        if among:
            assert abs(part * among - total * weight) < step * among


PARTS = st.lists(st.builds(Part, st.integers(-5, 10**13), st.integers(0, 1000)), min_size=1, max_size=8)


@given(st.integers(-5, 10**14), PARTS, st.booleans(), STEPS)
@example(100, [Part(10, 0), Part(90, 0)], True, 1)
def test_allotments_add_up_and_keep_what_is_promised(total, parts, fixed, step):
    allotments = balance(total, parts, fixed=fixed, step=step)
    promised = [max(part.promised, 0) for part in parts]
    assert sum(allotments) == max(total, 0)
    assert min(allotments) >= 0
    if sum(promised) <= max(total, 0):
        assert all(own >= need for own, need in zip(allotments, promised, strict=True))


@given(AMOUNTS, PARTS, st.booleans(), STEPS)
def test_balancing_what_is_balanced_changes_nothing(total, parts, fixed, step):
    first = balance(total, parts, fixed=fixed, step=step)
    assert balance(total, parts, fixed=fixed, step=step) == first
