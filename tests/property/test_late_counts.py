"""Counts and deltas of a warehouse come in in any order, and twice: the stock is what lies there at the end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.clock import HOUR
from tests.helpers.shop import FeedRows
from tests.property.shops import end, new_shop

MANY = 1000
"""How much there is at first: no delta comes to less than nothing, in whatever order."""

told = st.one_of(st.just("count"), st.integers(-9, 9).filter(bool))


@settings(max_examples=60, deadline=None)
@given(st.lists(told, min_size=1, max_size=7), st.data())
def test_the_order_in_which_the_files_of_a_warehouse_come_in_does_not_matter(what, data):
    shop = new_shop(f"tea-1,North,{MANY}")
    try:
        lies, files = MANY, []
        for number, one in enumerate(what):
            shop.forward(HOUR)
            if one == "count":
                files.append((FeedRows(f"tea-1,North,{lies}"), shop.clock()))
            else:
                lies += one
                files.append(
                    (FeedRows(f"tea-1,North,{one}", kind="delta", feed=f"feed {number}"), shop.clock())
                )
        shop.forward(HOUR)
        again = data.draw(st.lists(st.sampled_from(files), max_size=3))
        for source, time in data.draw(st.permutations([*files, *again])):
            shop.feed(source=source, as_of=time)
        assert shop.engine.stock("tea-1")[0].quantity == lies
        assert shop.drift() == []
    finally:
        end(shop)
