"""Days of a shop whose warehouses are divided: whatever happens, allotments are the stock and nobody oversells."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NotAvailable
from tests.helpers.shop import Shop, numbered, order

STORES = ("DE", "AT", "US")
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.sampled_from(STORES), st.integers(1, 9)),
        st.tuples(st.just("many"), st.sampled_from(STORES), st.integers(1, 9)),
        st.tuples(st.just("hold"), st.sampled_from(STORES), st.integers(1, 9)),
        st.tuples(st.just("leave"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("count"), st.sampled_from(("North", "South")), st.integers(0, 30)),
        st.tuples(st.just("release"), st.integers(0, 9), st.just(0)),
    ),
    max_size=12,
)
STRATEGIES = st.sampled_from(
    [
        {"strategy": "equal"},
        {"strategy": "equal", "threshold": 1.0},
        {"strategy": "weight", "weights": {"web": 3}, "threshold": 0.0},
        {"strategy": "fixed_share", "shares": {"web": 70, "market": 30}},
    ]
)


@pytest.mark.parametrize("backend", ["sqlite"])
@given(acts=ACTS, sharing=STRATEGIES)
def test_allotments_are_the_stock_and_nobody_sells_more(backend, tmp_path_factory, acts, sharing):
    del backend
    groups = {
        "warehouse_groups": {"All": ["North", "South"]},
        "channel_groups": {"web": ["DE", "AT"], "market": ["US"]},
        "links": {"All": ["web", "market"]},
    }
    shop = Shop(tmp_path_factory.mktemp("shop"), sharing={**groups, **sharing})
    try:
        shop.stocked(tea_1=20)
        shop.deploy("states open* gone\nopen -> gone : leave")
        _play(shop, acts)
        assert shop.drift() == []
    finally:
        shop.close()


def _play(shop: Shop, acts: list[tuple[str, str | int, int]]) -> None:
    items: list[int] = []
    stock = {"North": 20, "South": 0}
    for number, (kind, where, amount) in enumerate(acts):
        before = _free(shop)
        with suppress(NotAvailable):
            if kind == "place":
                items += shop.place(f"tea-1 {amount}", store=str(where))
            elif kind == "many":
                asked = [order(f"m-{number}-{n}", "tea-1", store=str(where)) for n in range(amount)]
                shop.engine.place_many(numbered(asked))
            elif kind == "hold":
                shop.hold(f"h-{number}", f"tea-1 {amount}", store=str(where))
        if kind == "leave" and items:
            shop.trigger("leave", items.pop(int(where) % len(items)))
        elif kind == "count":
            stock[str(where)] = amount
            shop.restock(f"tea-1,{where},{amount}")
        allotted = shop.value("SELECT sum(quantity) FROM allotment WHERE product_id = 1")
        assert allotted == sum(stock.values()) * 1_000_000
        if kind in ("place", "many", "hold"):
            assert _free(shop) >= min(before, 0)


def _free(shop: Shop) -> int:
    """What is left of all there is; below zero where more is promised."""
    promised = shop.value("SELECT sum(reserved + held) FROM reservation WHERE product_id = 1")
    total = shop.value("SELECT coalesce(sum(quantity), 0) FROM stock WHERE product_id = 1")
    return int(total) - int(promised)
