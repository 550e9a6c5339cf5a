"""A process dies at any statement of splitting an item: the item is whole, or both parts are as they should be."""

from __future__ import annotations

import pytest

from engine.requests import Selection
from tests.chaos.audit import audit
from tests.helpers.crashes import crashes
from tests.helpers.shop import Shop

SALE = """
    states new paid* packed* cancelled
    new -> paid : pay
    paid -> packed : pack
    paid -> cancelled : cancel
    event pack command=collect manual
    event cancel timeout=1day manual
"""
MOST = 60
"""No call has so many statements."""


def pieces(world: Shop) -> list[tuple[int, str]]:
    return [(int(item.quantity), item.state) for item in world.engine.order("order-1").items]


@pytest.mark.parametrize(("event", "target"), [("cancel", "cancelled"), ("pack", "packed")])
def test_an_item_is_split_wholly_or_not_at_all(make_shop, event, target):
    world = make_shop(execution={"lease_s": 1e-7, "lock_wait_s": 0.0}).stocked(tea_1=1000)
    world.command("collect")
    world.deploy(SALE)
    (item,) = world.place("tea-1 500", reference="order-1")
    world.trigger("pay", item)
    expected, moment, crashed = pieces(world), 0, True
    while crashed:
        moment += 1
        assert moment < MOST
        crashed = crashes(world, moment, lambda: world.engine.trigger(event, Selection(quantities={item: 2})))
        done = [(expected[0][0] - 2, "paid"), *expected[1:], (2, target)]
        found = pieces(world)
        assert found in (expected, done), f"at statement {moment}"
        assert crashed or found == done
        expected = found
        reserved = sum(quantity for quantity, state in found if state != "cancelled")
        assert world.reserved() == reserved
        audit(world)
    assert moment > 10
