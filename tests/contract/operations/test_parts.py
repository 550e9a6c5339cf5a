"""What else is done with orders of which parts have gone: migration and undo, purge, release, events of files."""

from __future__ import annotations

import pytest

from engine.requests import ItemEvent
from tests.helpers.clock import DAY, HOUR

SALE = """
    states new paid* shipped* done cancelled
    new -> paid : pay
    paid -> shipped : ship
    paid -> cancelled : cancel
    shipped -> done : stock-update
"""


@pytest.fixture
def sale(make_shop):
    world = make_shop().stocked(tea_1=100)
    world.deploy(SALE)
    return world


@pytest.fixture
def item(sale):
    (placed,) = sale.place({"sku": "tea-1", "quantity": 10, "reference": "a"}, reference="order-1")
    sale.trigger("pay", placed)
    return placed


def pieces(world):
    return [(int(item.quantity), item.state) for item in world.engine.order("order-1").items]


def test_items_are_migrated_with_what_they_are_by_now_and_the_rest_goes_back(sale, item):
    sale.part("cancel", item, 1)
    sale.deploy(SALE.replace("done", "closed").replace("shipped*", "shipped* lost"))
    number = sale.migrate().migration
    (part,) = sale.part("ship", item, 3).parts
    report = sale.engine.undo_migration(number)
    refused = {refusal.code: refusal.items for group in report.groups for refusal in group.refused}
    assert (report.moved, refused) == (2, {"moved_since": 1})
    assert pieces(sale) == [(6, "paid"), (1, "cancelled"), (3, "shipped")]
    assert sale.engine.item(item).version != sale.engine.item(part.item).version
    assert (sale.reserved(), sale.drift()) == (9, [])
    assert [entry.outcome for entry in sale.history(part.item)][-2:] == ["migrated", "moved"]


def test_the_history_of_a_line_is_kept_until_all_its_parts_are_over(sale, item):
    (part,) = sale.part("ship", item, 3).parts
    sale.trigger("cancel", item)
    sale.forward(30 * DAY)
    assert sale.engine.purge("10 days", dry_run=True).history == 0
    assert sale.engine.purge("10 days").history == 0
    assert sale.path(part.item) == ["new", "paid", "shipped"]
    sale.restock("tea-1,North,97", "tea-1,South,0")
    sale.forward(30 * DAY)
    assert sale.engine.purge("10 days").history > 0
    assert sale.engine.history(part.item) == []


def test_a_purge_keeps_the_steps_of_a_part_until_the_rest_is_closed_too(sale, item):
    (part,) = sale.part("cancel", item, 3).parts
    sale.forward(30 * DAY)
    assert sale.engine.purge("10 days", dry_run=True).history == 0
    assert sale.engine.purge("10 days").history == 0
    assert sale.path(part.item) == ["new", "paid", "cancelled"]


def test_a_shipped_part_is_released_by_a_count_and_the_rest_is_not(sale, item):
    sale.part("ship", item, 3)
    sale.forward(HOUR)
    sale.restock("tea-1,North,97", "tea-1,South,0")
    assert pieces(sale) == [(7, "paid"), (3, "done")]
    assert (sale.reserved(), sale.available()) == (7, 90)


def test_a_part_shipped_after_the_count_stays_reserved(sale, item):
    sale.part("ship", item, 3)
    sale.forward(HOUR)
    counted = sale.clock()
    sale.forward(HOUR)
    sale.part("ship", item, 2)
    sale.forward(HOUR)
    rows = ("tea-1,North,97,0,0", "tea-1,South,0,0,0")
    sale.engine.import_stock(sale.stock_file(*rows), as_of=counted)
    assert pieces(sale) == [(5, "paid"), (3, "done"), (2, "shipped")]
    assert sale.drift() == []


def test_an_event_of_a_file_is_for_what_of_the_line_can_take_it(sale, item):
    sale.part("cancel", item, 3)
    report = sale.engine.import_events([ItemEvent(2, "a", "ship", order="order-1")])
    assert (report.moved, report.refused) == (1, [])
    assert pieces(sale) == [(7, "shipped"), (3, "cancelled")]


def test_an_event_of_a_file_that_several_parts_can_take_is_refused_with_their_ids(sale, item):
    sale.deploy(SALE + "\npaid -> paid : note")
    (other,) = sale.place({"sku": "tea-1", "quantity": 10, "reference": "b"}, reference="order-2")
    sale.trigger("pay", other)
    (part,) = sale.part("note", other, 3).parts
    report = sale.engine.import_events([ItemEvent(2, "b", "ship", order="order-2")])
    (refusal,) = report.refused
    assert (refusal.code, refusal.line) == ("ambiguous_item", 2)
    assert f"{other}, {part.item}" in refusal.message


def test_a_force_moves_a_part_like_any_item(sale, item):
    from engine.requests import Selection

    (part,) = sale.part("ship", item, 3).parts
    sale.engine.force("paid", Selection(items=(part.item,)), reason="came back")
    assert pieces(sale) == [(7, "paid"), (3, "paid")]
    assert (sale.reserved(), sale.drift()) == (10, [])


def test_what_is_due_of_the_rest_is_still_due(make_shop):
    world = make_shop(execution={"retry_attempts": 3}).stocked(tea_1=100)
    broken = [True]

    def charge(item, context):
        if broken:
            raise RuntimeError("down")

    world.command("charge", does=charge)
    world.deploy(
        """
        states new paid* cancelled
        new -> paid : pay
        new -> cancelled : cancel
        event pay onEnter command=charge
        """
    )
    (item,) = world.place("tea-1 10", reference="order-1")
    world.part("cancel", item, 4)
    assert pieces(world) == [(6, "new"), (4, "cancelled")]
    broken.clear()
    world.forward(DAY)
    world.engine.run_timeouts()
    assert pieces(world) == [(6, "paid"), (4, "cancelled")]
    assert (world.reserved(), world.held(), world.drift()) == (6, 0, [])


def test_what_waits_for_a_condition_waits_on_after_a_failure(make_shop):
    world = make_shop(execution={"retry_attempts": 3}).stocked(tea_1=100)
    broken = [True]

    def ready(item, context):
        if broken:
            raise RuntimeError("down")
        return True

    world.plugins.add_condition("ready", ready)
    world.deploy(
        """
        states new paid* cancelled
        new -> paid [ready]
        new -> cancelled : cancel
        """
    )
    (item,) = world.place("tea-1 10", reference="order-1")
    world.engine.run_conditions()
    before = world.query("SELECT item_id, attempts, due_at FROM sweep_failure")
    world.part("cancel", item, 4)
    assert world.query("SELECT item_id, attempts, due_at FROM sweep_failure") == before != []
    broken.clear()
    assert world.engine.run_conditions().moved == 0
    world.forward(DAY)
    assert world.engine.run_conditions().moved == 1
    assert pieces(world) == [(6, "paid"), (4, "cancelled")]
