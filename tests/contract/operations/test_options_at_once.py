"""Options while others sell: nobody gets beyond a threshold or a limit, and a change is whole or is not."""

from __future__ import annotations

import threading

import pytest

from engine.errors import EarmarkError, NotAvailable
from rules.options.model import Options
from tests.helpers.at_once import at_once
from tests.helpers.crashes import crashes
from tests.helpers.shop import order

SALE = "states new* paid*\nnew -> paid : pay"

LIMITS = [
    ({"inventory_threshold": 3}, 7, 3),
    ({"backorders": True, "backorder_limit": 4}, 14, -4),
    ({"backorders": True, "backorder_limit": 0}, 10, 0),
]
"""Options, how many of ten pieces are sold with them, and the level that is left."""


@pytest.fixture
def shop(make_shop):
    world = make_shop().stocked(tea_1=10, tea_2=10)
    world.deploy(SALE)
    return world


def say(engine, **own):
    engine.use_options(Options.model_validate({"products": {"tea-1": own}}))


@pytest.mark.parametrize(("options", "sold", "level"), LIMITS)
def test_buyers_at_the_limit_get_together_what_it_leaves(shop, options, sold, level):
    say(shop.engine, **options)
    engines = [shop.engine, shop.another(), shop.another()]
    start, accepted = threading.Barrier(6), []

    def buy(number: int) -> None:
        start.wait(60)
        for turn in range(4):
            try:
                request = order(f"{number}-{turn}", "tea-1", store=("DE", "AT")[number % 2])
                engines[number % 3].place(request)
            except NotAvailable:
                return
            accepted.append(number)

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(accepted) == sold
    for store in ("DE", "AT"):
        view = shop.engine.availability(["tea-1"], store)[0]
        assert (view.level, view.available, view.shortfall) == (level, 0, 0)
    assert shop.drift() == []


def test_who_buys_while_a_threshold_is_raised_waits_for_it(shop):
    with pytest.raises(NotAvailable):
        at_once(
            shop,
            lambda engine: say(engine, inventory_threshold=8),
            "write_options",
            lambda engine: engine.place(order("A", "tea-1 3")),
        )
    assert shop.reserved("tea-1") == 0


def test_a_threshold_that_is_raised_while_somebody_buys_waits_for_the_order(shop):
    at_once(
        shop,
        lambda engine: engine.place(order("A", "tea-1 3")),
        "ledger_add_promised",
        lambda engine: say(engine, inventory_threshold=8),
    )
    view = shop.engine.availability(["tea-1"], "DE")[0]
    assert (view.level, view.available, view.shortfall) == (7, 0, 0)
    assert shop.drift() == []


def test_a_change_that_is_cut_off_has_changed_nothing(shop):
    say(shop.engine, inventory_threshold=2)
    last = 1
    while crashes(shop, last, lambda: say(shop.engine, backorders=True, maximum_quantity_to_order=4)):
        seen = shop.engine.availability(["tea-1"], "DE")[0]
        told = shop.engine.explain_options("tea-1", "DE").options
        whole = (seen.available, told["backorders"].value, len(shop.engine.option_history()))
        assert whole in ((8, False, 1), (10, True, 4))
        assert shop.drift() == []
        last += 1
    assert last > 10
    assert shop.engine.explain_options("tea-1", "DE").options["maximum_quantity_to_order"].value == 4
    with pytest.raises(EarmarkError):
        shop.engine.place(order("A", "tea-1 5"))
