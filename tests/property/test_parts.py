"""What others get wrong of parts of a line, for random orders: nothing is freed, kept or counted wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.errors import QuantityInvalid
from engine.hooks import CommandResult
from engine.requests import Selection
from tests.helpers.shop import Shop
from tests.property.shops import end, new_shop

SALE = """
    states new paid* shipped* delivered returned cancelled
    new -> paid : pay
    paid -> shipped : ship
    paid -> cancelled : cancel
    shipped -> delivered : deliver
    delivered -> returned : return
    delivered -> paid : exchange
    returned -> paid : exchange
    event ship command=pick manual
"""
STOCK = 100
RESERVED = ("paid", "shipped")
EVENTS = {
    "ship": ("paid", "shipped"),
    "cancel": ("paid", "cancelled"),
    "deliver": ("shipped", "delivered"),
    "return": ("delivered", "returned"),
}

quantities = st.lists(st.integers(1, 20), min_size=1, max_size=3)
acts = st.lists(
    st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, 50), st.integers(1, 20)), max_size=12
)


@contextmanager
def shop() -> Iterator[Shop]:
    world = new_shop(f"tea-1,North,{STOCK}", "tea-1,South,0")
    try:
        world.command("pick")
        world.deploy(SALE)
        yield world
    finally:
        end(world)


def paid(world: Shop, ordered: list[int]) -> None:
    world.trigger("pay", *world.place(*(f"tea-1 {quantity}" for quantity in ordered), reference="o"))


def pieces(world: Shop) -> dict[int, tuple[int, str, int]]:
    """Quantity, state and line of every item."""
    items = world.engine.order("o").items
    return {item.id: (int(item.quantity), item.state, item.line) for item in items}


def check(world: Shop, ordered: list[int], *, spared: int = 0) -> None:
    """The lines are of what was ordered, and what is reserved is what stands where it should be."""
    lines = world.engine.order("o").lines
    assert [int(line.quantity) for line in lines] == ordered
    reserved = sum(quantity for quantity, state, _ in pieces(world).values() if state in RESERVED)
    assert (world.reserved(), world.available()) == (reserved, STOCK - reserved + spared)
    assert world.drift() == []


@given(ordered=quantities, acts=acts)
def test_a_part_frees_itself_and_nothing_else_whatever_was_done_before(
    ordered: list[int], acts: list[tuple[str, int, int]]
) -> None:
    with shop() as world:
        paid(world, ordered)
        for event, which, quantity in acts:
            before = pieces(world)
            item = sorted(before)[which % len(before)]
            there, state, line = before[item]
            asked = min(quantity, there)
            report = world.part(event, item, asked)
            after = pieces(world)
            if state != EVENTS[event][0]:
                assert (report.moved, after) == (0, before)
            elif asked == there:
                assert after == before | {item: (there, EVENTS[event][1], line)}
            else:
                (part,) = report.parts
                assert after == before | {
                    item: (there - asked, state, line),
                    part.item: (asked, EVENTS[event][1], line),
                }
            check(world, ordered)


@given(ordered=st.integers(2, 20), data=st.data())
def test_cancelling_the_rest_of_a_partly_shipped_line_frees_the_rest_alone(
    ordered: int, data: st.DataObject
) -> None:
    with shop() as world:
        paid(world, [ordered])
        (item,) = pieces(world)
        shipped = 0
        for _ in range(data.draw(st.integers(1, 3))):
            if ordered - shipped > 1:
                portion = data.draw(st.integers(1, ordered - shipped - 1))
                world.part("ship", item, portion)
                shipped += portion
        world.trigger("cancel", item)
        assert (world.reserved(), world.available()) == (shipped, STOCK - shipped)
        again = world.trigger("cancel", *pieces(world))
        assert (again.moved, world.available()) == (0, STOCK - shipped)
        check(world, [ordered])


@given(ordered=st.integers(2, 20), portions=st.lists(st.integers(1, 10), min_size=1, max_size=5))
def test_pieces_that_two_warehouses_pick_are_counted_once(ordered: int, portions: list[int]) -> None:
    with shop() as world:
        paid(world, [ordered])
        (item,) = pieces(world)
        picked: list[tuple[int, str]] = []
        for number, portion in enumerate(portions):
            left, state, _ = pieces(world)[item]
            if state != "paid":
                break
            house, took = ("North", "South")[number % 2], min(portion, left)
            answer = CommandResult(quantities={item: took}, warehouses={item: house})
            world.command("pick", does=lambda one, context, answer=answer: answer)
            world.trigger("ship", item)
            picked.append((took, house))
        items = world.engine.order("o").items
        found = sorted((int(one.quantity), one.warehouse) for one in items if one.state == "shipped")
        assert found == sorted(picked)
        assert world.reserved() == ordered
        # The south does not serve the store: what is picked there is no stock of the north.
        south = [one for one in items if one.warehouse == "South" and one.state in RESERVED]
        check(world, [ordered], spared=sum(int(one.quantity) for one in south))


@given(ordered=st.integers(3, 20), data=st.data())
def test_a_part_that_comes_back_is_reserved_once_and_at_one_place(ordered: int, data: st.DataObject) -> None:
    with shop() as world:
        paid(world, [ordered])
        (item,) = pieces(world)
        gone = data.draw(st.integers(1, ordered - 1))
        (part,) = world.part("ship", item, gone).parts
        world.trigger("deliver", part.item)
        back = data.draw(st.integers(1, gone))
        world.part("exchange", part.item, back)
        assert world.reserved() == ordered - gone + back
        check(world, [ordered])


@given(
    ordered=st.integers(1, 20),
    asked=st.one_of(
        st.integers(-5, 0), st.integers(21, 10**12), st.sampled_from(["x", "", "1e2", "0.0000001", "NaN"])
    ),
)
def test_what_is_no_part_of_the_item_changes_nothing(ordered: int, asked: int | str) -> None:
    with shop() as world:
        paid(world, [ordered])
        before = pieces(world)
        try:
            world.engine.trigger("cancel", Selection(quantities=dict.fromkeys(before, asked)))
        except QuantityInvalid:
            pass
        else:
            raise AssertionError("it was taken")
        assert pieces(world) == before
        check(world, [ordered])


@given(
    ordered=st.decimals(1, 20, places=6),
    parts=st.lists(st.decimals("0.000001", 5, places=6), min_size=1, max_size=6),
)
def test_quantities_are_divided_to_the_last_millionth(ordered: Decimal, parts: list[Decimal]) -> None:
    with shop() as world:
        (item,) = world.place({"sku": "tea-1", "quantity": str(ordered)}, reference="o")
        world.trigger("pay", item)
        left = ordered
        for part in parts:
            if part < left:
                world.part("cancel", item, str(part))
                left -= part
        assert world.counted(item) == (left, 0)
        assert world.reserved() == left
        assert sum(one.quantity for one in world.engine.order("o").items) == ordered
        assert world.drift() == []
