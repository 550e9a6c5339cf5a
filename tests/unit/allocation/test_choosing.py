"""Which warehouses ship an order: tables of inputs and results, and every plan against all there are."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.allocation.choosing import Candidate, Limits, Line, Pick, Supply, choose

M = 1_000_000


def houses(*weights):
    """Warehouses 1, 2, ... by their weights, of parcels and of pieces."""
    found = [Candidate(number, f"W{number}", *one) for number, one in enumerate(weights, start=1)]
    return sorted(found, key=lambda one: (tuple(map(sum, zip(one.parcel, one.piece, strict=True))), one.name))


def fewest(count, *second):
    """Warehouses of which the fewest are best, then the one with the least in ``second``."""
    second = second or (0,) * count
    return houses(*(((1.0, 0.0), (0.0, float(rank))) for rank in second))


def ship(lines, candidates, left, **limits):
    """Return how much of each line comes from where: ``{warehouse: pieces}`` for each line."""
    asked = [Line(number, quantity * M, M) for number, quantity in enumerate(lines, start=1)]
    supply = Supply({place: quantity * M for place, quantity in left.items()})
    chosen = choose(asked, candidates, supply, Limits(**limits))
    return [{pick.warehouse: pick.quantity // M for pick in line} for line in chosen.plan.picks]


@pytest.mark.parametrize(
    ("lines", "left", "expected"),
    [
        pytest.param([2], {(1, 1): 5, (1, 2): 5}, [{1: 2}], id="the first by name"),
        pytest.param([2], {(1, 1): 1, (1, 2): 5}, [{2: 2}], id="who has enough"),
        pytest.param([2, 1], {(1, 1): 5, (1, 2): 5, (2, 2): 5}, [{2: 2}, {2: 1}], id="one for both lines"),
        pytest.param([2, 1], {(1, 1): 5, (2, 2): 5}, [{1: 2}, {2: 1}], id="one for each"),
        pytest.param([5], {(1, 1): 3, (1, 2): 2}, [{1: 3, 2: 2}], id="a line from two"),
        pytest.param([5], {(1, 1): 3, (1, 2): 1}, [{1: 3, 2: 1, None: 1}], id="less than is asked for"),
        pytest.param([5], {}, [{None: 5}], id="nothing anywhere"),
        pytest.param([3], {(1, 1): 2, (1, 2): 2, (1, 3): 3}, [{3: 3}], id="one rather than two"),
    ],
)
def test_fewest(lines, left, expected):
    assert ship(lines, fewest(3), left) == expected


def test_two_lines_of_a_product_share_what_there_is():
    lines = [Line(1, 2 * M, M), Line(1, 2 * M, M)]
    supply = Supply({(1, 1): 3 * M, (1, 2): 2 * M})
    chosen = choose(lines, fewest(2), supply, Limits())
    taken = [pick for line in chosen.plan.picks for pick in line]
    assert sum(pick.quantity for pick in taken if pick.warehouse == 1) <= 3 * M
    assert chosen.plan.short == 0


def test_a_line_that_may_not_be_split_comes_from_one_warehouse_or_none():
    assert ship([5], fewest(2), {(1, 1): 3, (1, 2): 2}, split_lines=False) == [{None: 5}]
    assert ship([5], fewest(2), {(1, 1): 3, (1, 2): 5}, split_lines=False) == [{2: 5}]


def test_the_second_strategy_decides_where_the_first_finds_no_difference():
    assert ship([2], fewest(3, 3, 1, 2), {(1, 1): 5, (1, 2): 5, (1, 3): 5}) == [{2: 2}]


def test_the_first_strategy_wins_over_all_others():
    candidates = houses(((0.0, 1.0), (1.0, 0.0)), ((0.0, 1.0), (5.0, 0.0)))
    assert ship([2, 2], candidates, {(1, 1): 2, (1, 2): 2, (2, 2): 2}, fewest_first=False) == [{1: 2}, {2: 2}]
    near = houses(((1.0,), (0.0,)), ((5.0,), (0.0,)))  # the ways of all parcels: 5 rather than 1 + 5
    assert ship([2, 2], near, {(1, 1): 2, (1, 2): 2, (2, 2): 2}, fewest_first=False) == [{2: 2}, {2: 2}]


def test_no_more_warehouses_than_may_be():
    left = {(1, number): 1 for number in range(1, 6)}
    (line,) = ship([5], fewest(5), left, most_warehouses=3)
    assert line == {1: 1, 2: 1, 3: 1, None: 2}


def test_what_rejected_it_is_not_asked_again():
    lines = [Line(1, 2 * M, M, frozenset({1}))]
    chosen = choose(lines, fewest(2), Supply({(1, 1): 9 * M, (1, 2): 9 * M}), Limits())
    assert chosen.plan.picks == ((Pick(2, 2 * M),),)


def test_a_warehouse_that_never_runs_out_has_everything():
    chosen = choose([Line(1, 900 * M, M)], fewest(2), Supply({(1, 1): M}, {(1, 2)}), Limits())
    assert chosen.plan.picks == ((Pick(2, 900 * M),),)


def test_a_parcel_that_goes_anyway_costs_nothing_more():
    chosen = choose(
        [Line(1, M, M)], fewest(2, 1, 2), Supply({(1, 1): M, (1, 2): M}), Limits(), frozenset({2})
    )
    assert chosen.plan.picks == ((Pick(2, M),),)


def test_no_part_is_finer_than_the_unit():
    lines = [Line(1, 3 * M, M)]
    chosen = choose(lines, fewest(2), Supply({(1, 1): 1_500_000, (1, 2): 1_500_000}), Limits())
    assert chosen.plan.picks == ((Pick(1, M), Pick(2, M), Pick(None, M)),)


def test_the_comparison_is_bounded_and_says_so():
    left = {(line, number): 1 * M for line in range(1, 6) for number in range(line, 41, 5)}
    lines = [Line(line, M, M) for line in range(1, 6)]
    chosen = choose(lines, fewest(40), Supply(left), Limits(most_warehouses=5, most_compared=50))
    assert (chosen.compared, chosen.complete, chosen.plan.short) == (
        40 + 50,
        False,
        0,
    )  # alone, and in groups


def test_the_next_best_is_told():
    chosen = choose([Line(1, M, M)], fewest(3, 1, 2, 3), Supply({(1, n): M for n in (1, 2, 3)}), Limits())
    assert chosen.plan.names == ("W1",)
    assert chosen.other is not None and chosen.other.names == ("W2",)


numbers = st.integers(0, 4)


@settings(deadline=None, max_examples=200)
@given(
    quantities=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    stocks=st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=4),
    ranks=st.lists(numbers, min_size=4, max_size=4),
    split=st.booleans(),
    first=st.booleans(),
)
def test_nothing_is_allocated_twice_and_no_group_of_warehouses_is_better(
    quantities, stocks, ranks, split, first
):
    candidates = [
        Candidate(
            n,
            f"W{n}",
            (1.0, 0.0) if first else (0.0, 1.0),
            (0.0, float(ranks[n])) if first else (float(ranks[n]), 0.0),
        )
        for n in range(len(stocks))
    ]
    candidates.sort(key=lambda one: (tuple(map(sum, zip(one.parcel, one.piece, strict=True))), one.name))
    lines = [Line(number, quantity * M, M) for number, quantity in enumerate(quantities)]
    left = {(line, n): stocks[n][line] * M for n in range(len(stocks)) for line in range(len(lines))}
    limits = Limits(split_lines=split, most_warehouses=3, most_compared=10_000, fewest_first=first)
    plan = choose(lines, candidates, Supply(left), limits).plan
    taken: dict[tuple[int, int], int] = {}
    for line, picks in zip(lines, plan.picks, strict=True):
        assert sum(pick.quantity for pick in picks) == line.quantity
        assert split or len(picks) == 1
        for pick in picks:
            if pick.warehouse is not None:
                place = (line.product, pick.warehouse)
                taken[place] = taken.get(place, 0) + pick.quantity
    assert all(quantity <= left[place] for place, quantity in taken.items())
    assert len({house for _, house in taken}) <= 3
    if first:
        assert len({house for _, house in taken}) <= least_that_cover(lines, left, len(stocks), split=split)


def least_that_cover(lines, left, count, *, split):
    """The fewest warehouses that have all of it, up to 3; 3 where none of these have."""
    for size, group in ((n, g) for n in range(1, 4) for g in combinations(range(count), n)):
        have = [[left[line.product, house] for house in group] for line in lines]
        if all(
            (sum(own) if split else max(own)) >= line.quantity for own, line in zip(have, lines, strict=True)
        ):
            return size
    return 3
