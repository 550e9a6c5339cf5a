"""Reservations and history of items that move: of each item for itself, whatever the others of its call do."""

from __future__ import annotations

import pytest

SPLITTING = """
    states new* stays* leaves enters*
    new -> leaves : go [odd]
    new -> stays : go
    leaves -> enters : back [odd]
    leaves -> leaves : back
    stays -> leaves : back [odd]
    stays -> enters : back
"""


@pytest.mark.parametrize("odd_comes_last", [True, False])
def test_items_of_one_call_that_part_ways_are_reserved_by_the_state_that_each_reaches(shop, odd_comes_last):
    chosen = []
    shop.condition("odd", lambda item, _: item.id in chosen)
    shop.deploy(SPLITTING)
    items = shop.place("green", "green", "green", "black")
    assert (shop.reserved(), shop.reserved("black")) == (3, 1)
    chosen += [items[3], items[2]] if odd_comes_last else [items[0], items[1]]
    shop.fire("go", *items)
    released = {"green": 1, "black": 1} if odd_comes_last else {"green": 2, "black": 0}
    assert shop.reserved() == 3 - released["green"]
    assert shop.reserved("black") == 1 - released["black"]
    shop.fire("back", *items)
    assert (shop.reserved(), shop.reserved("black")) == (3, 1)


def test_items_of_many_states_in_one_conditions_run_are_reserved_each_by_its_own(shop):
    shop.deploy("""
        states new a* b c* d*
        new -> a : to-a
        new -> b : to-b
        new -> c : to-c
        a -> new
        b -> d
        c -> d
    """)
    one, two, three = shop.place("green", "black", "green")
    shop.fire("to-a", one)
    shop.fire("to-b", two)
    shop.fire("to-c", three)
    assert (shop.reserved(), shop.reserved("black")) == (2, 0)
    assert shop.engine.run_conditions().moved == 3
    assert shop.states(one, two, three) == ["new", "d", "d"]
    assert (shop.reserved(), shop.reserved("black")) == (1, 1)


def test_between_two_reserved_states_the_reservation_stays_as_it_is(shop):
    shop.deploy("states new* paid* sent\nnew -> paid : pay\npaid -> sent : send")
    (item,) = shop.place()
    shop.fire("pay", item)
    assert shop.reserved() == 1
    shop.fire("send", item)
    assert shop.reserved() == 0


def test_the_quantity_counts_and_only_in_the_store_of_the_order(shop):
    shop.deploy("states new*")
    shop.place(items=[{"sku": "green", "quantity": "2.5"}], store="US")
    row = shop.engine.availability(["green"], "US")[0]
    assert (str(row.reserved), str(row.available)) == ("2.5", "997.5")
    assert shop.reserved(store="DE") == 0


def test_a_state_of_the_same_name_that_another_process_does_not_reserve_does_not_count(shop):
    shop.deploy("states open*")
    shop.deploy("states open", name="Service")
    shop.place()
    shop.place(process="Service")
    assert shop.reserved() == 1


def test_the_history_has_a_row_for_every_state_entered_with_the_placement_first(shop):
    shop.deploy("states new open done\nnew -> open : begin\nopen -> done : go")
    (item,) = shop.place()
    shop.later(minutes=5)
    shop.fire("begin", item)
    shop.later(minutes=5)
    shop.fire("go", item)
    steps = shop.engine.history(item)
    assert [(step.source, step.target, step.event) for step in steps] == [
        (None, "new", None),
        ("new", "open", "begin"),
        ("open", "done", "go"),
    ]
    assert shop.shown(item).state_since == steps[-1].at


def test_a_step_to_its_own_state_is_logged_and_neither_enters_nor_reserves_anew(shop):
    hello = shop.command("hello")
    shop.condition("never", False)
    shop.deploy("""
        states new open* out
        new -> open : begin
        open -> open : note
        open -> out : greet [never]
        event greet onEnter command=hello
    """)
    (item,) = shop.place()
    shop.fire("begin", item)
    since = shop.shown(item).state_since
    shop.later(hours=1)
    assert shop.fire("note", item).moved == 1
    assert (hello.calls, shop.reserved(), shop.shown(item).state_since) == ([(item,)], 1, since)
    last = shop.engine.history(item)[-1]
    assert (last.event, last.source, last.target, last.outcome) == ("note", "open", "open", "moved")
