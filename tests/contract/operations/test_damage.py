"""A stored reservation that somebody damaged: never more is sold than there is, and it is told at once."""

from __future__ import annotations

import json

import pytest

from engine.errors import NotAvailable

SALE = "states new* gone\nnew -> gone : cancel"
MILLION = 1_000_000


@pytest.fixture
def damaged(make_shop):
    """Ten pieces, of which eight are reserved; the stored sum says two, and five were cancelled since."""
    world = make_shop().stocked(tea_1=10)
    world.deploy(SALE)
    five, _ = world.place("tea-1 5", "tea-1 3")
    world.sql("UPDATE reservation SET reserved = ? WHERE reserved > 0", 2 * MILLION)
    assert world.trigger("cancel", five).moved == 1
    return world


def test_never_more_can_be_sold_than_there_is(damaged):
    view = damaged.engine.availability(["tea-1"], "DE")[0]
    assert (view.reserved, view.available) == (-3, 10)
    with pytest.raises(NotAvailable):
        damaged.place("tea-1 11")
    damaged.restock("tea-1,North,9")
    assert damaged.available() == 9


def test_it_is_told_at_once_and_until_it_is_mended(damaged):
    told = [json.loads(text) for text in damaged.payloads("drift")]
    assert told == [{"store": "DE", "sku": "tea-1", "reserved": "-3", "held": "0"}]
    assert damaged.engine.health().negatives == 1
    terms = damaged.engine.availability(["tea-1"], "DE", explain=True)[0].terms
    assert [(term["items"], term["quantity"]) for term in terms if term["term"] == "reserved"] == [
        (1, 3),
        (0, -6),
    ]
    damaged.engine.reconcile()
    assert damaged.engine.health().negatives == 0
    assert (damaged.available(), damaged.drift()) == (7, [])
