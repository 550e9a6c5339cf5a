"""Items that only a call can move on and that count nothing are closed to a purge; what waits keeps its history."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from tests.helpers.clock import DAY, HOUR
from tests.helpers.plugins import fails

SALE = """
    states new paid* shipped* closed returned* refunded
    new -> paid : pay
    paid -> shipped : ship
    shipped -> closed : stock-update
    closed -> closed : note
    closed -> returned : return
    returned -> refunded : refund
    refunded -> closed : reopen
"""


def closed_item(world):
    """An item that was shipped and counted, a day ago."""
    (item,) = world.place_many(1)
    world.trigger("pay", item)
    world.forward(HOUR)
    world.trigger("ship", item)
    world.forward(DAY)
    world.restock("tea-1,North,9")
    world.forward(DAY)
    assert world.state(item) == "closed"
    return item


def purged(world, age="90 days"):
    """How many steps a purge deletes, as a dry run told before."""
    told = world.engine.purge(age, dry_run=True).history
    done = world.engine.purge(age).history
    assert done == told
    return done


def test_the_steps_of_an_item_that_could_be_returned_go(sale):
    item = closed_item(sale)
    assert purged(sale) == 0
    sale.forward(90 * DAY)
    assert purged(sale) == 4
    assert sale.history(item) == []


def test_returning_it_afterwards_goes_on_as_ever(sale):
    item = closed_item(sale)
    sale.forward(1000 * DAY)
    purged(sale)
    before = sale.reserved()
    assert [wait.event for wait in sale.engine.why(item).waits] == ["note", "return"]
    sale.trigger("return", item)
    assert (sale.state(item), sale.reserved() - before, sale.held()) == ("returned", 1, 0)
    sale.trigger("refund", item)
    assert (sale.path(item), sale.reserved()) == (["returned", "refunded"], before)
    assert sale.drift() == []


def test_an_item_that_took_a_step_without_leaving_its_state_keeps_all_of_its_steps(sale):
    item = closed_item(sale)
    sale.forward(80 * DAY)
    sale.trigger("note", item)
    sale.forward(80 * DAY)
    assert purged(sale) == 0
    sale.forward(10 * DAY + 1)
    assert purged(sale) == 5


def test_an_event_that_a_program_fires_moves_nothing_by_itself(make_shop):
    world = make_shop().stocked(tea_1=10)
    world.deploy(SALE + "event return\n")
    closed_item(world)
    world.forward(90 * DAY)
    assert purged(world) == 4


@pytest.mark.parametrize(
    "way",
    [
        "closed -> returned [asked]",
        "closed -> returned : late\nevent late timeout=500~days",
        "closed -> returned : again [asked]\nevent again onEnter",
        "closed -> returned : stock-update [asked]",
    ],
)
def test_an_item_that_something_may_still_move_keeps_its_history(make_shop, way):
    world = make_shop().stocked(tea_1=10)
    world.plugins.add_constant("asked", False)
    world.deploy(SALE + way)
    item = closed_item(world)
    world.forward(400 * DAY)
    assert purged(world) == 0
    assert len(world.history(item)) >= 4


def test_another_stock_update_event_is_the_one_that_counts(make_shop):
    world = make_shop(stock_update={"event": "counted"}).stocked(tea_1=10)
    world.deploy("""
        states new closed done
        new -> closed : close
        closed -> done : stock-update
        closed -> new : back
    """)
    (item,) = world.place_many(1)
    world.trigger("close", item)
    world.forward(100 * DAY)
    assert purged(world) == 2


def test_what_an_item_reserves_or_holds_keeps_its_history(sale):
    waiting, returned = sale.place_many(1)[0], closed_item(sale)
    sale.trigger("return", returned)
    sale.forward(1000 * DAY)
    assert sale.held() == 1
    assert purged(sale) == 0
    assert (len(sale.history(waiting)), len(sale.history(returned))) == (1, 5)


def test_a_command_that_was_begun_keeps_the_history(make_shop):
    world = make_shop().stocked(tea_1=10)
    world.command("ask", Scope.ORDER, does=fails())
    world.deploy(SALE + "event return command=ask manual\n")
    item = closed_item(world)
    world.trigger("return", item)
    world.forward(400 * DAY)
    assert world.engine.why(item).waits[0].kind == "command_call"
    assert purged(world) == 0


def test_a_claim_of_the_step_at_which_the_item_stands_keeps_the_history(sale):
    """Whoever had it died, and the command may have had its effect."""
    item = closed_item(sale)
    sale.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'h', 'return', ?, 1, 2)",
        item, sale.step(item),
    )  # fmt: skip
    sale.forward(400 * DAY)
    assert purged(sale) == 0


def test_a_migration_can_be_undone_as_long_as_the_limit_says(sale):
    item = closed_item(sale)
    sale.forward(50 * DAY)
    sale.deploy(SALE + "closed -> refunded : drop")
    assert sale.migrate().moved == 1
    sale.forward(60 * DAY)
    assert purged(sale) == 0
    assert sale.engine.undo_migration(1).moved == 1
    assert (sale.state(item), sale.drift()) == ("closed", [])
