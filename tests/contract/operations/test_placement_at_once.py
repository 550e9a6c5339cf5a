"""The same order placed twice at the same time, as a shop does whose customer clicks twice: it is one order."""

from __future__ import annotations

from functools import partial

import pytest

from engine.errors import NotAvailable, OrderConflict
from tests.helpers.at_once import at_once, interrupted
from tests.helpers.shop import numbered, order

SALE = "states new* paid*\nnew -> paid : pay"


@pytest.fixture
def shop(make_shop):
    """Two pieces of tea-1 and of tea-2."""
    world = make_shop().stocked(tea_1=2, tea_2=2)
    world.deploy(SALE)
    return world


@pytest.fixture
def late(shop, database_url):
    """An engine whose next placement comes second: the other one is done once it has looked for its order."""
    rival = shop.another()
    # An embedded database lets one write at a time, so there the other one comes before the transaction.
    moment = "ledger_read_locked" if database_url.startswith("postgresql") else "stores"

    yield partial(interrupted, rival, moment)
    rival.close()


def test_it_is_the_stored_order_for_whoever_comes_second(shop, late):
    rival = late(lambda: shop.engine.place(order("A", "tea-1")))
    view = rival.place(order("A", "tea-1"))
    assert view.existing
    assert view.items == shop.engine.order("A").items
    assert shop.reserved("tea-1") == 1


def test_its_last_pieces_are_not_sold_out_to_itself(shop, late):
    rival = late(lambda: shop.engine.place(order("A", "tea-1 2")))
    assert rival.place(order("A", "tea-1 2")).existing
    assert shop.reserved("tea-1") == 2


@pytest.mark.parametrize("lines", [["tea-1 2"], ["tea-2"]])
def test_another_order_under_its_reference_is_a_conflict(shop, late, lines):
    rival = late(lambda: shop.engine.place(order("A", "tea-1")))
    with pytest.raises(OrderConflict):
        rival.place(order("A", *lines))
    assert (shop.reserved("tea-1"), shop.reserved("tea-2")) == (1, 0)


def test_another_order_that_took_the_last_piece_leaves_it_sold_out(shop, late):
    rival = late(lambda: shop.engine.place(order("A", "tea-1 2")))
    with pytest.raises(NotAvailable):
        rival.place(order("B", "tea-1"))


def test_in_bulk_the_stored_ones_are_told_and_the_others_placed(shop, late):
    rival = late(lambda: shop.engine.place(order("B", "tea-2 2")))
    report = rival.place_many(numbered([order("A", "tea-1"), order("B", "tea-2 2"), order("C", "tea-2")]))
    assert (report.placed, report.existing) == (1, 1)
    assert [(refusal.line, refusal.code) for refusal in report.refused] == [(3, "not_available")]
    assert (shop.reserved("tea-1"), shop.reserved("tea-2")) == (1, 2)
    assert shop.drift() == []


def test_another_order_under_its_reference_that_nobody_could_see_yet_is_a_conflict(shop):
    """Their products differ, so that nothing but the reference makes the second one wait."""
    first = lambda engine: engine.place(order("A", "tea-1"))  # noqa: E731
    with pytest.raises(OrderConflict):
        at_once(shop, first, "insert_orders", lambda engine: engine.place(order("A", "tea-2")))
    assert (shop.reserved("tea-1"), shop.reserved("tea-2"), shop.drift()) == (1, 0, [])
