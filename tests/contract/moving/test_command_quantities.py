"""A command answers with quantities: so much of an item goes on, the rest stays with a step of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.hooks import CommandResult, Scope
from tests.helpers.clock import HOUR
from tests.helpers.shop import codes

SALE = """
    states new paid* packed* shipped*
    new -> paid : pay
    paid -> packed : pick
    packed -> shipped : ship
    event pick onEnter command=pick manual
"""


def picks(quantity, **more):
    """A command that finds so much of each item."""

    def pick(asked, context):
        items = asked if isinstance(asked, list | tuple) else (asked,)
        return CommandResult(quantities={item.id: quantity for item in items}, **more)

    return pick


def pieces(world):
    return [(int(item.quantity), item.state) for item in world.engine.order("order-1").items]


@pytest.fixture
def sale(make_shop):
    world = make_shop().stocked(tea_1=100, tea_2=100)
    world.deploy(SALE)
    return world


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("scope", Scope)
def test_so_much_goes_on_and_the_rest_is_left_out(sale, scope, transactional):
    sale.command("pick", scope, picks("3", data={"shelf": 7}), transactional=transactional)
    first, second = sale.place("tea-1 10", "tea-2 3", reference="order-1")
    report = sale.trigger("pay", first, second)
    assert (report.examined, report.moved, report.stayed, report.refused) == (2, 2, 0, False)
    (part,) = report.parts
    assert (part.of, part.quantity, part.stays) == (first, 3, 7)
    assert pieces(sale) == [(7, "paid"), (3, "packed"), (3, "packed")]
    assert (sale.reserved(), sale.drift()) == (10, [])
    assert sale.outcomes(first) == ["placed", "moved", "split", "left_out"]
    assert sale.history(part.item)[-1].data == {"shelf": 7}
    assert sale.query("SELECT * FROM due_step") == [], "what was left out is not picked again by itself"


def test_the_rest_can_be_tried_again_until_nothing_is_left(sale):
    sale.command("pick", does=picks(Decimal(4)))
    (item,) = sale.place("tea-1 10", reference="order-1")
    sale.trigger("pay", item)
    sale.trigger("pick", item)
    assert pieces(sale) == [(2, "paid"), (4, "packed"), (4, "packed")]
    sale.command("pick", does=picks(2))
    assert sale.trigger("pick", item).parts == []
    assert pieces(sale) == [(2, "packed"), (4, "packed"), (4, "packed")]
    assert sale.drift() == []


def test_of_a_part_that_was_asked_for_a_smaller_one_may_go(sale):
    sale.command("pick", does=lambda item, context: CommandResult(items=[]))
    (item,) = sale.place("tea-1 10", reference="order-1")
    sale.trigger("pay", item)
    sale.command("pick", does=picks(2))
    report = sale.part("pick", item, 5)
    assert [(part.quantity, part.stays) for part in report.parts] == [(2, 8)]
    assert pieces(sale) == [(8, "paid"), (2, "packed")]


def test_a_timeout_of_the_rest_starts_again(sale):
    sale.command("try", does=picks(1))
    sale.deploy(
        """
        states new* paid*
        new -> paid : collect
        event collect timeout=1hour command=try
        """,
        name="T",
    )
    (item,) = sale.place("tea-1 3", reference="order-1", process="T")
    for expected in ([(2, "new"), (1, "paid")], [(1, "new"), (1, "paid"), (1, "paid")]):
        sale.forward(HOUR)
        sale.engine.run_timeouts()
        assert pieces(sale) == expected
    assert sale.timeouts(item)


@pytest.mark.parametrize("quantity", [0, -1, 11, "x", 1.5, None, "0.1234567"])
@pytest.mark.parametrize("transactional", [False, True])
def test_an_answer_that_is_no_part_of_the_item_is_a_failure(sale, transactional, quantity):
    sale.command("pick", does=picks(quantity), transactional=transactional)
    (item,) = sale.place("tea-1 10", reference="order-1")
    report = sale.trigger("pay", item)
    assert codes(report.failed) == {item: "command_failed"}
    assert pieces(sale) == [(10, "paid")]


@pytest.mark.parametrize("quantities", [{4711: 1}, {"1": 1}, [1]])
def test_quantities_that_are_not_of_the_call_are_a_failure(sale, quantities):
    sale.command("pick", does=lambda item, context: CommandResult(quantities=quantities))
    (item,) = sale.place("tea-1 10", reference="order-1")
    assert codes(sale.trigger("pay", item).failed) == {item: "command_failed"}


@pytest.mark.parametrize("transactional", [False, True])
def test_an_answer_finer_than_the_unit_is_a_failure(make_shop, transactional):
    world = make_shop()
    world.topology(
        units=[{"name": "piece", "decimals": 0}],
        default_unit="piece",
        warehouses=[{"name": "North"}],
        stores=[{"name": "DE", "warehouses": ["North"]}],
        products=[{"sku": "tea", "concretes": [{"sku": "tea-1"}]}],
    )
    world.restock("tea-1,North,100")
    world.deploy(SALE)
    world.command("pick", does=picks("2.5"), transactional=transactional)
    first, _ = world.place("tea-1 10", "tea-1 2", reference="order-1")
    world.trigger("pay", first)
    assert pieces(world) == [(10, "paid"), (2, "new")]
    assert "2.5 is too fine" in world.history(first)[-1].error


def test_pieces_from_two_warehouses_are_named_apart_and_counted_once(sale):
    def pick(item, context):
        return CommandResult(quantities={item.id: 4}, warehouses={item.id: "North"})

    sale.command("pick", does=pick)
    (item,) = sale.place("tea-1 10", reference="order-1")
    sale.trigger("pay", item)
    sale.command("pick", does=lambda item, context: CommandResult(warehouses={item.id: "South"}))
    sale.trigger("pick", item)
    found = [(int(one.quantity), one.warehouse, one.state) for one in sale.engine.order("order-1").items]
    assert found == [(6, "South", "packed"), (4, "North", "packed")]
    # What is to come from South, which does not serve the store, takes nothing off North.
    assert (sale.reserved(), sale.available(), sale.drift()) == (10, 96, [])
