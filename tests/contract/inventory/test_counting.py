"""What items count, by ``engine.inventory.counting`` and by the statements of the database: both say the same.

Random processes of a few states, reserved or not; items are placed, forced from state to state and migrated to
another version. After every step what each item counts is what the Python says, and so are the sums.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.definition import Process
from engine.inventory.counting import Amounts, Counting
from engine.quantity import to_decimal
from engine.requests import Selection
from tests.helpers.shop import Shop, order

NAMES = ("a", "b", "c", "d")
QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = count(1)


@st.composite
def processes(draw: st.DrawFn) -> str:
    states = [name + draw(st.sampled_from(["", "*"])) for name in NAMES]
    pairs = st.lists(st.permutations(NAMES).map(lambda names: names[:2]), min_size=1, max_size=5)
    moves = [f"{source} -> {target} : e{number}" for number, (source, target) in enumerate(draw(pairs))]
    return "\n".join((f"states {' '.join(states)}", *moves))


@pytest.fixture(params=[True, False], ids=["hold", "no hold"])
def shop(make_shop: Callable[..., Shop], request: pytest.FixtureRequest) -> Shop:
    return make_shop(checkout={"hold": request.param}).stocked(tea_1=10**6, tea_2=10**6)


class Items:
    """Two items of an order, with what the Python says that they count."""

    def __init__(self, shop: Shop, text: str) -> None:
        self.shop, self.name = shop, f"P{next(numbers)}"
        self.process = self.deploy(text)
        placed = shop.engine.place(order(self.name, "tea-1 3", "tea-2 0.5", process=self.name)).items
        self.quantities = {item.id: 3_000_000 if item.sku == "tea-1" else 500_000 for item in placed}
        hold = shop.rules.checkout.hold
        counting = Counting.in_state(self.process, self.process.states[0])
        self.counts = {i: counting.when_placed(q, hold=hold) for i, q in self.quantities.items()}

    def deploy(self, text: str) -> Process:
        process = self.shop.process(text, name=self.name)
        self.shop.engine.deploy(process, force=True)
        return process

    def come_to(self, process: Process, state: str, *, migrated: bool = False) -> dict[int, Amounts]:
        """Note that the items come to a state; return by how much what they count changes."""
        before, counting = self.counts, Counting.in_state(process, process.state_by_name[state])
        hold = migrated and self.shop.rules.checkout.hold
        self.counts = {i: counting.migrated(q, before[i], hold=hold) for i, q in self.quantities.items()}
        return {
            i: Amounts(*(new - old for new, old in zip(self.counts[i], before[i], strict=True)))
            for i in before
        }

    def check(self) -> None:
        for item, counts in self.counts.items():
            assert self.shop.counted(item) == tuple(map(to_decimal, counts)), self.shop.path(item)
        assert self.shop.drift() == []


@QUICK
@given(text=processes(), way=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_items_that_are_placed_and_moved(shop: Shop, text: str, way: list[str]) -> None:
    items = Items(shop, text)
    items.check()
    here, chosen = "a", Selection(items=tuple(items.quantities))
    for state in way:
        if state == here:
            continue
        told = shop.engine.force_preview(state, chosen).reservation
        assert shop.engine.force(state, chosen, reason="to see what it counts").moved == 2
        changes = items.come_to(items.process, state)
        assert sorted((change.reserved, change.held) for change in told) == sorted(
            (to_decimal(change.reserved), to_decimal(change.held))
            for change in changes.values()
            if any(change)
        )
        items.check()
        here = state


@QUICK
@given(text=processes(), other=processes())
def test_items_that_are_migrated(shop: Shop, text: str, other: str) -> None:
    items = Items(shop, text)
    process = items.deploy(other)
    if process.version == items.process.version:
        return
    (group,) = shop.migrate(process=items.name).groups
    changes = items.come_to(process, "a", migrated=True).values()
    assert group.moved == 2
    assert (group.reserved, group.held) == tuple(
        sum(map(to_decimal, amounts), Decimal(0)) for amounts in zip(*changes, strict=True)
    )
    items.check()


@QUICK
@given(
    text=processes(),
    state=st.sampled_from(NAMES[1:]),
    damage=st.lists(st.sampled_from([0, 500_000, 3_000_000]), min_size=4, max_size=4),
)
def test_items_whose_amounts_were_damaged(shop: Shop, text: str, state: str, damage: list[int]) -> None:
    items = Items(shop, text)
    shop.engine.force(state, Selection(items=tuple(items.quantities)), reason="to see what it counts")
    counting = Counting.in_state(items.process, items.process.state_by_name[state])
    wrong = 0
    for (item, quantity), reserved, held in zip(
        items.quantities.items(), damage[:2], damage[2:], strict=True
    ):
        shop.sql(
            "UPDATE order_item SET counted_reserved = ?, counted_hold = ? WHERE id = ?", reserved, held, item
        )
        # A hold is of the whole quantity, or there is none.
        items.counts[item] = counting.after(quantity, held=quantity if held else 0)
        wrong += items.counts[item] != (reserved, held)
    assert shop.engine.reconcile(dry_run=True, full=True).items == wrong
    shop.engine.reconcile(full=True)
    items.check()
