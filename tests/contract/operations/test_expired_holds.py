"""A hold counts until its time is over, not until a job has ended it."""

from __future__ import annotations

import threading

import pytest

from engine.errors import NotAvailable
from tests.helpers.clock import HOUR
from tests.helpers.shop import numbered, order

SALE = "states new paid* done\nnew -> paid : pay\npaid -> done : close"


@pytest.fixture
def shop(make_shop):
    """One piece of tea-1 and ten of tea-2 in DE and AT, which share them; holds end after an hour."""
    world = make_shop(checkout={"hold_timeout_s": HOUR}).stocked(tea_1=1, tea_2=10)
    world.deploy(SALE)
    return world


def view(world, sku="tea-1", store="DE", **options):
    return world.engine.availability([sku], store, **options)[0]


def amounts(world, sku="tea-1", store="DE"):
    found = view(world, sku, store)
    return found.stock, found.reserved, found.held, found.available, found.shortfall


def test_a_piece_can_be_bought_at_the_very_time_its_hold_is_over(shop):
    (first,) = shop.place("tea-1")
    shop.forward(HOUR - 1)
    with pytest.raises(NotAvailable):
        shop.place("tea-1")
    shop.forward(1)
    (second,) = shop.place("tea-1", store="AT")
    assert (shop.counted(first), shop.counted(second)) == ((0, 0), (0, 1))
    last = shop.history(first)[-1]
    assert (last.trigger, last.outcome, shop.state(first)) == ("hold-timeout", "hold_ended", "new")
    with pytest.raises(NotAvailable):
        shop.place("tea-1")
    assert shop.drift() == []


def test_answers_leave_out_what_is_over_also_of_stores_that_share(shop):
    shop.place("tea-1")
    shop.forward(HOUR / 2)
    shop.place("tea-2 4", store="AT")
    assert (amounts(shop), amounts(shop, store="AT")) == ((1, 0, 1, 0, 0),) * 2
    shop.forward(HOUR / 2)
    assert (amounts(shop), amounts(shop, store="AT")) == ((1, 0, 0, 1, 0),) * 2
    assert amounts(shop, "tea-2") == (10, 0, 4, 6, 0)
    assert amounts(shop, "tea") == (11, 0, 4, 7, 0)
    assert [term["term"] for term in view(shop, store="AT", explain=True).terms] == ["stock"]
    shop.engine.run_timeouts()
    assert (amounts(shop), shop.drift()) == ((1, 0, 0, 1, 0), [])


def test_whoever_looks_at_an_item_sees_no_hold_that_is_over(shop):
    (item,) = shop.place("tea-1")

    def held():
        why, (row,) = shop.engine.why(item), shop.engine.matrix()
        (listed,) = shop.engine.items().items
        shown = shop.engine.order(why.order).items[0], shop.engine.item(item).item, listed.item
        return [why.held, row.held, *(one.held for one in shown)], why.hold_until is not None

    assert held() == ([1, 1, True, True, True], True)
    shop.forward(HOUR)
    over = ([0, 0, False, False, False], False)
    assert held() == over
    shop.engine.run_timeouts()
    assert held() == over


def test_a_hold_that_is_over_is_no_shortfall(shop):
    shop.place("tea-2 10")
    shop.restock("tea-2,North,3")
    assert amounts(shop, "tea-2") == (3, 0, 10, 0, 7)
    assert {(short.shortfall, short.held) for short in shop.engine.shortfalls()} == {(7, 10)}
    shop.forward(HOUR)
    assert amounts(shop, "tea-2") == (3, 0, 0, 3, 0)
    assert shop.engine.shortfalls() == [] and shop.engine.health().shortfalls == 0


def test_an_order_that_pays_late_is_told_to_be_short(shop):
    (late,) = shop.place("tea-1")
    shop.forward(HOUR)
    (buyer,) = shop.place("tea-1")
    shop.trigger("pay", late, buyer)
    assert amounts(shop) == (1, 2, 0, 0, 1)
    assert shop.drift() == []


def test_of_many_orders_as_many_are_placed_as_pieces_come_free(shop):
    shop.place("tea-2 4", "tea-1")
    shop.forward(HOUR / 2)
    shop.place("tea-2 2")
    shop.forward(HOUR / 2)
    asked = numbered(order(f"N{number}", "tea-2 3") for number in range(4))
    report = shop.engine.place_many(asked)
    assert (report.placed, [refusal.code for refusal in report.refused]) == (2, ["not_available"] * 2)
    assert amounts(shop, "tea-2") == (10, 0, 8, 2, 0)
    assert shop.drift() == []


def test_no_hold_is_looked_for_while_nothing_is_short(shop):
    shop.place("tea-2 4")
    shop.forward(HOUR)
    sent = shop.statements(lambda: shop.place("tea-2 6"))
    assert not any("hold_until <=" in statement for statement in sent)
    assert shop.value("SELECT count(*) FROM order_item WHERE hold_until IS NOT NULL") == 2


def test_two_buyers_of_a_piece_that_came_free_get_one_yes_and_one_no(shop):
    for turn in range(10):
        shop.engine.place(order(f"old-{turn}", "tea-1"))
        shop.forward(HOUR)
        answers: list[bool] = []
        start = threading.Barrier(2)

        def buy(number, answers=answers, start=start, turn=turn):
            engine = shop.another()
            start.wait(30)
            try:
                engine.place(order(f"buyer-{turn}-{number}", "tea-1", store=("DE", "AT")[number]))
                answers.append(True)
            except NotAvailable:
                answers.append(False)
            engine.close()

        threads = [threading.Thread(target=buy, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(answers) == [False, True]
        assert amounts(shop) == (1, 0, 1, 0, 0)
        assert shop.drift() == []
        shop.forward(HOUR)


@pytest.mark.parametrize("asked", ["by the run", "by a buyer"])
def test_holds_that_end_together_are_told_of_each_item_where_it_stands(make_shop, asked):
    world = make_shop(checkout={"hold_timeout_s": HOUR}).stocked(tea_1=3)
    world.deploy(
        "states new asked noted paid*\nnew -> asked : ask\nasked -> noted : note\nnoted -> paid : pay"
    )
    items = world.place("tea-1", "tea-1", "tea-1")
    world.trigger("ask", *items[1:])
    world.trigger("note", items[2])
    world.forward(HOUR)
    if asked == "by the run":
        world.engine.run_timeouts()
    else:
        world.place("tea-1 3")
    for item, state in zip(items, ("new", "asked", "noted"), strict=True):
        ended = [entry for entry in world.history(item) if entry.outcome == "hold_ended"]
        assert [(entry.source, entry.target) for entry in ended] == [(state, None)]
    runs = world.query("SELECT items, history_rows FROM transition_run WHERE outcome = 'hold_ended'")
    assert runs == [(1, 1)] * 3
    assert world.drift() == []
