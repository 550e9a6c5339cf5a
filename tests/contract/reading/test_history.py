"""The story of an item and what its history names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from earmark.words.story import is_cut, tell
from engine.errors import InputError
from engine.hooks import Scope
from engine.moving.step import Origin
from engine.operations.trigger import trigger
from engine.requests import Selection
from tests.helpers.clock import DAY
from tests.helpers.plugins import fails

SALE = """
    states new paid* sent
    new -> paid : pay [ok]
    paid -> sent : send
    event pay command=charge manual
    event send timeout=3days
"""


@pytest.fixture
def sale(sale):
    sale.engine.runtime.actor = "anna"
    sale.plugins.add_constant("ok", True)
    return sale


def test_a_step_names_who_asked_and_what_the_command_returned(sale):
    sale.command("charge", does=lambda item, _context: {"ref": f"R{item.id}"})
    first, second = sale.place_many(2)
    sale.trigger("pay", first, second)
    placed, paid = sale.history(second)
    assert (placed.actor, paid.actor, paid.items) == ("anna", "anna", 2)
    assert paid.data == {"ref": f"R{second}"}
    assert paid.command_key == f"item {second} step 0 pay"
    assert paid.source_version == paid.target_version == placed.target_version
    assert placed.source_version is None


def test_the_data_of_an_order_call_are_those_of_the_items_own_order(sale):
    sale.command("charge", Scope.ORDER, does=lambda items, _context: {"of": items[0].order_reference})
    (first,) = sale.place("tea-1", reference="A")
    (second,) = sale.place("tea-1", reference="B")
    sale.trigger("pay", first, second)
    assert sale.history(first)[-1].data == {"of": "A"}
    assert sale.history(second)[-1].data == {"of": "B"}
    assert sale.history(second)[-1].command_key.startswith("order ")


def test_the_reason_of_a_run_is_told(sale):
    sale.command("charge")
    (item,) = sale.place("tea-1")
    origin = Origin("api", "c", actor="ben", reason="asked by phone")
    trigger(sale.engine.runtime, "pay", Selection(items=(item,)), origin)
    entry = sale.history(item)[-1]
    assert (entry.actor, entry.reason) == ("ben", "asked by phone")
    assert "reason: asked by phone" in next(iter(tell([entry]))).details


def test_whoever_placed_an_order_is_named_in_what_followed_by_itself(world):
    world.engine.runtime.actor = "anna"
    world.deploy("states new open\nnew -> open : on\nevent on onEnter")
    (item,) = world.place("tea-1")
    assert [(entry.trigger, entry.actor) for entry in world.history(item)] == [
        ("place", "anna"),
        ("on-enter", "anna"),
    ]


def test_the_story_of_an_item(sale):
    sale.command("charge", does=fails("declined"))
    (item,) = sale.place("tea-1")
    for _ in range(3):
        sale.forward(30)
        sale.trigger("pay", item)
    sale.command("charge", does=lambda _item, _context: {"ref": "R1"})
    sale.trigger("pay", item)
    sale.forward(3 * DAY)
    sale.engine.run_timeouts()
    entries = sale.history(item)
    assert not is_cut(entries)
    assert is_cut(entries[1:])
    assert is_cut([])
    told = list(tell(entries))
    assert [(p.at, p.sentence, p.failed) for p in told] == [
        ("2026-01-01 00:00:00", "placed in 'new' (order place, by anna)", False),
        (
            "2026-01-01 00:00:30",
            "the event 'pay' failed in 'new' 3 times from 2026-01-01 00:00:30 to 2026-01-01 00:01:30: "
            "command_failed: charge: RuntimeError: declined",
            True,
        ),
        (
            "2026-01-01 00:01:30",
            "moved from 'new' to 'paid' by the event 'pay', triggered by anna",
            False,
        ),
        ("2026-01-04 00:01:30", "after 3 days: moved from 'paid' to 'sent' by the timeout 'send'", False),
    ]
    command, conditions = told[2].details
    assert command.startswith("command charge took ")
    assert command.endswith('returned {"ref": "R1"}')
    assert conditions == "conditions: ok true"


def test_what_the_trigger_was_given_is_told_beside_what_the_command_returned(sale):
    sale.command("charge", does=lambda item, _context: {"ref": f"R{item.id}"})
    (item,) = sale.place("tea-1")
    sale.trigger("pay", item, data={"by": "card", "amount": Decimal("12.5"), "exact": Decimal("0.1") ** 30})
    placed, paid = sale.history(item)
    assert paid.given == {"by": "card", "amount": 12.5, "exact": 1e-30}
    assert paid.data == {"ref": f"R{item}"}
    assert placed.given == {}
    assert any(
        detail.startswith('given: {"by": "card"') for p in tell(sale.history(item)) for detail in p.details
    )


def test_what_the_trigger_was_given_is_told_of_a_failure_too(sale):
    sale.command("charge", does=fails("no cover"))
    (item,) = sale.place("tea-1")
    sale.trigger("pay", item, data={"by": "card"})
    failed = sale.history(item)[-1]
    assert (failed.outcome, failed.given) == ("failed", {"by": "card"})


def test_data_that_the_history_cannot_hold_is_refused_before_anything_is_done(sale):
    charge = sale.command("charge")
    (item,) = sale.place("tea-1")
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(InputError, match="cannot be written to the history"):
        sale.trigger("pay", item, data=endless)
    assert charge.members == [] and sale.history(item)[-1].outcome == "placed"
